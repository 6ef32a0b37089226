/** Small constructions and a walk over plan expressions. */
import { children } from '../check/bound.ts';
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

/** The same list where nothing changed: most rewrites touch little, and what is kept keeps its key. */
function each<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as T;
    const now = change(item);
    if (now !== item) changed ??= list.slice();
    if (changed !== undefined) changed[i] = now;
  }
  return changed ?? list;
}

function eachKey(list: readonly SortKey[], change: (e: Expr) => Expr): readonly SortKey[] {
  return each(list, (k) => {
    const expr = change(k.expr);
    return expr === k.expr ? k : { ...k, expr };
  });
}

type Branches = Extract<Expr, { kind: 'case' }>['branches'];

function eachBranch(list: Branches, change: (e: Expr) => Expr): Branches {
  return each(list, (b) => {
    const when = change(b.when);
    const then = change(b.then);
    return when === b.when && then === b.then ? b : { when, then };
  });
}

/** The expression with `change` made to each of its direct parts; queries inside are left alone. */
function withParts(e: Expr, change: (e: Expr) => Expr): Expr {
  switch (e.kind) {
    case 'literal':
    case 'as-of':
    case 'column':
    case 'exists':
    case 'subquery':
      return e;
    case 'call': {
      const args = each(e.args, change);
      return args === e.args ? e : { ...e, args };
    }
    case 'case': {
      const branches = eachBranch(e.branches, change);
      const otherwise = e.otherwise === null ? null : change(e.otherwise);
      return branches === e.branches && otherwise === e.otherwise ? e : { ...e, branches, otherwise };
    }
    case 'cast':
    case 'in-query': {
      const argument = change(e.argument);
      return argument === e.argument ? e : { ...e, argument };
    }
    case 'in-list': {
      const argument = change(e.argument);
      const list = each(e.list, change);
      return argument === e.argument && list === e.list ? e : { ...e, argument, list };
    }
    case 'aggregate': {
      const args = each(e.args, change);
      const orderBy = eachKey(e.orderBy, change);
      return args === e.args && orderBy === e.orderBy ? e : { ...e, args, orderBy };
    }
    case 'window': {
      const args = each(e.args, change);
      const partitionBy = each(e.partitionBy, change);
      const orderBy = eachKey(e.orderBy, change);
      return args === e.args && partitionBy === e.partitionBy && orderBy === e.orderBy ? e : { ...e, args, partitionBy, orderBy };
    }
  }
}

/** From the inside out: first the parts, then the whole. */
export function rewrite(e: Expr, change: (e: Expr) => Expr): Expr {
  const whole = (x: Expr): Expr => change(withParts(x, whole));
  return whole(e);
}

/** From the outside in: what `change` gives for an expression is final. */
export function replaceTop(e: Expr, change: (e: Expr) => Expr | undefined): Expr {
  const whole = (x: Expr): Expr => change(x) ?? withParts(x, whole);
  return whole(e);
}

export function eachColumn(e: Expr, look: (column: Expr & { readonly kind: 'column' }) => void): void {
  if (e.kind === 'column') return look(e);
  const parts = children(e);
  for (let i = 0; i < parts.length; i++) eachColumn(parts[i] as Expr, look);
}

/** Whether its value depends on more than one row. */
export const isOverRows = (e: Expr): boolean => e.kind === 'window' || e.kind === 'aggregate';

/** Relations whose columns the expression reads. */
export function relationsOf(e: Expr): ReadonlySet<string> {
  const found = new Set<string>();
  eachColumn(e, (column) => found.add(column.relation));
  return found;
}
