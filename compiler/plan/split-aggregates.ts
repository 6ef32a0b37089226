/** A grouped select in two: the aggregates as columns of the groups, and the select list over those columns. */
import type { CheckedSelect, Expr } from '../check/checked.ts';
import { exprKey } from '../check/expr-key.ts';
import { findFunction } from '../functions/index.ts';
import { asColumn, callOf, nowhere, replaceTop } from './expr.ts';
import type { PlanColumn, PlanExpr } from './plan.ts';

export interface SplitAggregates {
  readonly columns: readonly PlanColumn[];
  readonly items: readonly { readonly name: string; readonly expr: PlanExpr }[];
  /**
   * The expression over the groups' columns: aggregates become columns of `groupRelation`, with their empty value where
   * the group is absent; group keys become the given columns; T becomes `asOf`.
   */
  readonly afterGrouping: (
    e: Expr,
    keys: readonly { readonly key: Expr; readonly column: PlanExpr }[],
    groupRelation: string,
    asOf: PlanExpr,
  ) => PlanExpr;
}

export function splitAggregates(select: CheckedSelect, rewriteInput: (e: Expr) => PlanExpr): SplitAggregates {
  const named = new Map<string, { readonly name: string; readonly aggregate: Expr & { kind: 'aggregate' } }>();
  const taken = new Set(['AS_OF', ...select.items.map((i) => i.name.toUpperCase())]);
  const collect = (e: Expr, wanted: string, whole: boolean): void => {
    replaceTop(e, (x) => {
      if (x.kind !== 'aggregate') return undefined;
      const key = exprKey(x);
      if (!named.has(key)) named.set(key, { name: whole && x === e ? wanted : fresh(wanted, taken), aggregate: x });
      return x;
    });
  };
  for (const item of select.items) if (item.expr.kind === 'aggregate') collect(item.expr, item.name, true);
  for (const item of select.items) collect(item.expr, item.name, false);
  if (select.having !== null) collect(select.having, 'HAVING', false);
  if (select.qualify !== null) collect(select.qualify, 'QUALIFY', false);
  const all = [...named.values()];
  return {
    columns: all.map(({ name, aggregate }) => ({ name, type: aggregate.type })),
    items: all.map(({ name, aggregate }) => ({ name, expr: rewriteInput(aggregate) })),
    afterGrouping: (e, keys, groupRelation, asOf) => {
      const keyColumns = new Map(keys.map(({ key, column }) => [exprKey(key), column]));
      return replaceTop(e, (x) => {
        if (x.kind === 'aggregate') {
          const found = named.get(exprKey(x));
          if (found === undefined) throw new Error(`aggregate ${x.fn} was not collected`);
          return orEmpty(asColumn(groupRelation, found.name, x.type, true), x);
        }
        if (x.kind === 'as-of') return asOf;
        return keyColumns.get(exprKey(x));
      });
    },
  };
}

function fresh(wanted: string, taken: Set<string>): string {
  for (let n = 1; ; n++) {
    const name = `${wanted}_${n}`;
    if (taken.has(name.toUpperCase())) continue;
    taken.add(name.toUpperCase());
    return name;
  }
}

/** An aggregate whose empty value is not NULL is never NULL itself, so NULL means that the group is absent. */
function orEmpty(column: PlanExpr, aggregate: Expr & { kind: 'aggregate' }): PlanExpr {
  const row = findFunction(aggregate.fn);
  if (row?.kind !== 'aggregate') throw new Error(`${aggregate.fn} is no aggregate`);
  if (row.empty === null) return column;
  return callOf('COALESCE', [column, { kind: 'literal', text: row.empty, type: aggregate.type, span: nowhere }], aggregate.type, false);
}
