/**
 * A subquery that reads columns of the select around it is computed once for each distinct combination of those columns at
 * each T: they become a relation beside the subquery's own FROM, and the answer is joined back on them, NULL for NULL.
 */
import type { CheckedFrom, CheckedQuery, CheckedSelect, Expr } from '../check/checked.ts';
import { type ColumnExpr, outerColumns } from '../check/correlation.ts';
import { timestamp } from '../sql-type.ts';
import type { Builder } from './builder.ts';
import { asColumn, callOf, rewrite } from './expr.ts';
import { asOfColumn, type PlanExpr, type PlanFrom } from './plan.ts';

/** A column of the subquery's rows that says which outer value they belong to. */
export interface CarriedKey {
  readonly name: string;
  readonly outer: ColumnExpr;
}

export interface SubqueryRows {
  readonly step: string;
  readonly keys: readonly CarriedKey[];
}

/** The subquery's rows at every T, for every combination of the outer columns that it reads. */
export function subqueryRows(query: CheckedQuery, name: string, from: PlanFrom, asOf: PlanExpr, builder: Builder): SubqueryRows {
  const outer = outerColumns(query);
  if (outer.length === 0) return { step: builder.liftQuery(query, name), keys: [] };
  if (query.body.kind !== 'select') throw new Error('a correlated union');
  const taken = new Set(['AS_OF', ...query.columns.map((c) => c.name.toUpperCase())]);
  const keys = outer.map((column): CarriedKey => ({ name: freshName(`OUTER_${column.name.toUpperCase()}`, taken), outer: column }));
  const values = builder.add(
    'OUTER_VALUES',
    [{ name: asOfColumn, type: timestamp }, ...keys.map((k) => ({ name: k.name, type: k.outer.type }))],
    {
      kind: 'select',
      from,
      where: [],
      groupBy: null,
      having: null,
      qualify: null,
      items: [{ name: asOfColumn, expr: asOf }, ...keys.map((k) => ({ name: k.name, expr: k.outer }))],
      distinct: true,
    },
  );
  const cte = `$${values}`;
  builder.cteSteps.set(cte, values);
  builder.nextRelation += 1;
  const relation = `c${builder.nextRelation}`;
  const columns = keys.map((k) => ({ name: k.name, type: k.outer.type, nullable: k.outer.nullable }));
  const leaf: CheckedFrom = { kind: 'cte', id: relation, cte, alias: 'OUTER_VALUES', columns };
  const carried = keys.map((k) => asColumn(relation, k.name, k.outer.type, k.outer.nullable));
  const own = replaceColumns(query.body, keys, carried);
  const select: CheckedSelect = {
    ...own,
    from: own.from === null ? leaf : { kind: 'join', join: 'cross', left: leaf, right: own.from, on: null },
    groupBy: own.groupBy === null ? null : [...carried, ...own.groupBy],
    qualify: own.qualify === null ? null : partitioned(own.qualify, carried),
    items: [
      ...carried.map((expr, i) => ({ name: keys[i]?.name as string, expr })),
      ...own.items.map((i) => ({ ...i, expr: partitioned(i.expr, carried) })),
    ],
    columns: [...columns, ...own.columns],
  };
  for (const c of query.ctes) builder.cteSteps.set(c.id, builder.liftQuery(c.query, c.name));
  const always = own.groupBy !== null && own.groupBy.length === 0;
  return { step: builder.liftSelect(select, name, always ? { step: values, columns: keys.map((k) => k.name) } : null), keys };
}

/** That a row of `relation`, a step with the carried keys, belongs to the outer row. */
export function sameKeys(keys: readonly CarriedKey[], relation: string): readonly PlanExpr[] {
  return keys.map(({ name, outer }) =>
    callOf(outer.nullable ? 'IS NOT DISTINCT FROM' : '=', [asColumn(relation, name, outer.type, true), outer]),
  );
}

function partitioned(e: Expr, by: readonly Expr[]): Expr {
  return rewrite(e, (x) => (x.kind === 'window' ? { ...x, partitionBy: [...by, ...x.partitionBy] } : x));
}

/** Everywhere in the select, also in the queries inside it. */
function replaceColumns(select: CheckedSelect, keys: readonly CarriedKey[], by: readonly PlanExpr[]): CheckedSelect {
  const wanted = new Map(keys.map(({ outer }, i) => [JSON.stringify([outer.relation, outer.name]), by[i] as PlanExpr]));
  const visit = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map(visit);
    if ('kind' in node && node.kind === 'column' && 'relation' in node && 'name' in node) {
      const replaced = wanted.get(JSON.stringify([node.relation, node.name]));
      return replaced ?? node;
    }
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, key === 'span' || key === 'type' ? inner : visit(inner)]));
  };
  return visit(select) as CheckedSelect;
}

function freshName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
  taken.add(name);
  return name;
}
