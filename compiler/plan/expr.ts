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

/** The expression with its parts, then itself, replaced by `change`; queries inside are left alone. */
export function rewrite(e: Expr, change: (e: Expr) => Expr): Expr {
  const sub = (x: Expr): Expr => rewrite(x, change);
  const keys = (list: readonly SortKey[]): readonly SortKey[] => list.map((k) => ({ ...k, expr: sub(k.expr) }));
  switch (e.kind) {
    case 'literal':
    case 'as-of':
    case 'column':
    case 'exists':
    case 'subquery':
      return change(e);
    case 'call':
      return change({ ...e, args: e.args.map(sub) });
    case 'case':
      return change({
        ...e,
        branches: e.branches.map((b) => ({ when: sub(b.when), then: sub(b.then) })),
        otherwise: e.otherwise === null ? null : sub(e.otherwise),
      });
    case 'cast':
    case 'in-query':
      return change({ ...e, argument: sub(e.argument) });
    case 'in-list':
      return change({ ...e, argument: sub(e.argument), list: e.list.map(sub) });
    case 'aggregate':
      return change({ ...e, args: e.args.map(sub), orderBy: keys(e.orderBy) });
    case 'window':
      return change({ ...e, args: e.args.map(sub), partitionBy: e.partitionBy.map(sub), orderBy: keys(e.orderBy) });
  }
}

/** As `rewrite`, but from the outside in: what `change` gives for an expression is final. */
export function replaceTop(e: Expr, change: (e: Expr) => Expr | undefined): Expr {
  const replaced = change(e);
  if (replaced !== undefined) return replaced;
  const sub = (x: Expr): Expr => replaceTop(x, change);
  const keys = (list: readonly SortKey[]): readonly SortKey[] => list.map((k) => ({ ...k, expr: sub(k.expr) }));
  switch (e.kind) {
    case 'literal':
    case 'as-of':
    case 'column':
    case 'exists':
    case 'subquery':
      return e;
    case 'call':
      return { ...e, args: e.args.map(sub) };
    case 'case':
      return {
        ...e,
        branches: e.branches.map((b) => ({ when: sub(b.when), then: sub(b.then) })),
        otherwise: e.otherwise === null ? null : sub(e.otherwise),
      };
    case 'cast':
    case 'in-query':
      return { ...e, argument: sub(e.argument) };
    case 'in-list':
      return { ...e, argument: sub(e.argument), list: e.list.map(sub) };
    case 'aggregate':
      return { ...e, args: e.args.map(sub), orderBy: keys(e.orderBy) };
    case 'window':
      return { ...e, args: e.args.map(sub), partitionBy: e.partitionBy.map(sub), orderBy: keys(e.orderBy) };
  }
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
