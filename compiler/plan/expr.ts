/** Small constructions and a walk over plan expressions. */
import type { Expr, SortKey } from '../check/checked.ts';
import type { Span } from '../source.ts';
import { boolean, type SqlType } from '../sql-type.ts';
import type { PlanExpr } from './plan.ts';

/** For expressions that the lift itself introduces. */
export const nowhere: Span = { file: '', start: 0, end: 0 };

export function asColumn(relation: string, name: string, type: SqlType, nullable: boolean): Expr & { kind: 'column' } {
  return { kind: 'column', relation, name, type, nullable, span: nowhere };
}

export function callOf(fn: string, args: readonly PlanExpr[], type: SqlType = boolean, nullable = true): PlanExpr {
  return { kind: 'call', fn, args, type, nullable, span: nowhere };
}

export function equals(left: PlanExpr, right: PlanExpr): PlanExpr {
  return callOf('=', [left, right]);
}

export function isNotNull(e: PlanExpr): PlanExpr {
  return callOf('IS NOT NULL', [e], boolean, false);
}

export function conjunctsOf(e: Expr | null): readonly Expr[] {
  if (e === null) return [];
  return e.kind === 'call' && e.fn === 'AND' ? e.args.flatMap(conjunctsOf) : [e];
}

/** The expression with `change` made to each of its direct parts; queries inside are left alone. */
function withParts(e: Expr, change: (e: Expr) => Expr): Expr {
  const keys = (list: readonly SortKey[]): readonly SortKey[] => list.map((k) => ({ ...k, expr: change(k.expr) }));
  switch (e.kind) {
    case 'literal':
    case 'as-of':
    case 'column':
    case 'exists':
    case 'subquery':
      return e;
    case 'call':
      return { ...e, args: e.args.map(change) };
    case 'case':
      return {
        ...e,
        branches: e.branches.map((b) => ({ when: change(b.when), then: change(b.then) })),
        otherwise: e.otherwise === null ? null : change(e.otherwise),
      };
    case 'cast':
    case 'in-query':
      return { ...e, argument: change(e.argument) };
    case 'in-list':
      return { ...e, argument: change(e.argument), list: e.list.map(change) };
    case 'aggregate':
      return { ...e, args: e.args.map(change), orderBy: keys(e.orderBy) };
    case 'window':
      return { ...e, args: e.args.map(change), partitionBy: e.partitionBy.map(change), orderBy: keys(e.orderBy) };
  }
}

/** From the inside out: first the parts, then the whole. */
export function rewrite(e: Expr, change: (e: Expr) => Expr): Expr {
  return change(withParts(e, (part) => rewrite(part, change)));
}

/** From the outside in: what `change` gives for an expression is final. */
export function replaceTop(e: Expr, change: (e: Expr) => Expr | undefined): Expr {
  return change(e) ?? withParts(e, (part) => replaceTop(part, change));
}

/** Relations whose columns the expression reads. */
export function relationsOf(e: Expr): ReadonlySet<string> {
  const found = new Set<string>();
  rewrite(e, (x) => {
    if (x.kind === 'column') found.add(x.relation);
    return x;
  });
  return found;
}
