/**
 * Queries in expressions become joins on T that neither drop nor multiply rows: IN looks its value up among the distinct
 * non-NULL values, with explicit tests for NULL; EXISTS asks whether T has a row; one value is left-joined from T.
 */
import { isNullable } from '../check/bound.ts';
import type { CheckedQuery, Expr } from '../check/checked.ts';
import { exprKey } from '../check/expr-key.ts';
import { boolean, integer, timestamp } from '../sql-type.ts';
import type { Builder } from './builder.ts';
import { type CarriedKey, type SubqueryRows, sameKeys, subqueryRows } from './correlated.ts';
import { asColumn, callOf, equals, isNotNull, nowhere, replaceTop, rewrite } from './expr.ts';
import { asOfColumn, type PlanColumn, type PlanExpr, type PlanFrom } from './plan.ts';

export interface SubqueryJoin {
  readonly from: PlanFrom;
  /** Queries replaced by columns of the joined steps. */
  readonly rewrite: (e: Expr) => PlanExpr;
}

export function liftSubqueries(expressions: readonly Expr[], from: PlanFrom, asOf: PlanExpr, builder: Builder): SubqueryJoin {
  let joined = from;
  const replacements = new Map<string, PlanExpr>();
  const rows = (query: CheckedQuery, name: string): SubqueryRows => subqueryRows(query, name, from, asOf, builder);
  const join = (step: string, alias: string, on: (relation: string) => readonly PlanExpr[]): string => {
    builder.nextRelation += 1;
    const relation = `q${builder.nextRelation}`;
    const sameInstant = equals(asColumn(relation, asOfColumn, timestamp, true), asOf);
    joined = {
      kind: 'join',
      join: 'left',
      left: joined,
      right: { kind: 'step', step, relation, alias },
      on: [sameInstant, ...on(relation)],
    };
    return relation;
  };
  const replace = (e: Expr): PlanExpr =>
    replacements.size === 0 ? e : replaceTop(e, (x) => (isQuery(x) ? replacements.get(exprKey(x)) : undefined));
  const visit = (e: Expr): void => {
    rewrite(e, (x) => {
      if (!isQuery(x) || replacements.has(exprKey(x))) return x;
      replacements.set(exprKey(x), lifted(x, { join, replace, rows, asOf, builder }));
      return x;
    });
  };
  expressions.forEach(visit);
  return { from: joined, rewrite: replace };
}

type Query = Extract<Expr, { kind: 'in-query' | 'exists' | 'subquery' }>;

function isQuery(e: Expr): e is Query {
  return e.kind === 'in-query' || e.kind === 'exists' || e.kind === 'subquery';
}

/** The select around a query. */
interface Around {
  readonly join: (step: string, alias: string, on: (relation: string) => readonly PlanExpr[]) => string;
  readonly replace: (e: Expr) => PlanExpr;
  readonly rows: (query: CheckedQuery, name: string) => SubqueryRows;
  readonly asOf: PlanExpr;
  readonly builder: Builder;
}

function lifted(e: Query, around: Around): PlanExpr {
  const { join, rows, builder } = around;
  if (e.kind === 'subquery') {
    const { step, keys } = rows(e.query, 'ONE_VALUE');
    const relation = join(step, 'ONE_VALUE', (r) => sameKeys(keys, r));
    return asColumn(relation, e.query.columns[0]?.name ?? '', e.type, true);
  }
  if (e.kind === 'exists') {
    const { step, keys } = rows(e.query, 'EXISTING');
    const distinct = distinctRows(step, keys, builder);
    const relation = join(distinct, 'EXISTING', (r) => sameKeys(keys, r));
    const found = asColumn(relation, asOfColumn, timestamp, true);
    return e.negated ? callOf('IS NULL', [found], boolean, false) : isNotNull(found);
  }
  return liftIn(e, around);
}

const columnsOf = (keys: readonly CarriedKey[]): readonly PlanColumn[] => [
  { name: asOfColumn, type: timestamp },
  ...keys.map((k) => ({ name: k.name, type: k.outer.type })),
];

const itemsOf = (keys: readonly CarriedKey[], relation: string): readonly { readonly name: string; readonly expr: PlanExpr }[] => [
  { name: asOfColumn, expr: asColumn(relation, asOfColumn, timestamp, false) },
  ...keys.map((k) => ({ name: k.name, expr: asColumn(relation, k.name, k.outer.type, k.outer.nullable) })),
];

function distinctRows(step: string, keys: readonly CarriedKey[], builder: Builder): string {
  const relation = `d${++builder.nextRelation}`;
  return builder.add('EXISTING_AT', columnsOf(keys), {
    kind: 'select',
    from: { kind: 'step', step, relation, alias: 'EXISTING' },
    where: [],
    groupBy: null,
    having: null,
    qualify: null,
    items: itemsOf(keys, relation),
    distinct: true,
  });
}

function liftIn(e: Query & { kind: 'in-query' }, { join, replace, rows, asOf, builder }: Around): PlanExpr {
  const argument = rewrite(replace(e.argument), (x) => (x.kind === 'as-of' ? asOf : x));
  const { step, keys } = rows(e.query, 'LISTED');
  const column = e.query.columns[0] as CheckedQuery['columns'][number];
  const name = column.name;
  const relation = `d${++builder.nextRelation}`;
  const from: PlanFrom = { kind: 'step', step, relation, alias: 'LISTED' };
  const value = asColumn(relation, name, column.type, column.nullable);
  const values = builder.add('LISTED_VALUES', [...columnsOf(keys), { name, type: column.type }], {
    kind: 'select',
    from,
    where: [isNotNull(value)],
    groupBy: null,
    having: null,
    qualify: null,
    items: [...itemsOf(keys, relation), { name, expr: value }],
    distinct: true,
  });
  const match = join(values, 'LISTED', (r) => [
    equals(castTo(asColumn(r, name, column.type, false), argument), argument),
    ...sameKeys(keys, r),
  ]);
  const found = isNotNull(asColumn(match, asOfColumn, timestamp, true));
  const certain = !column.nullable && !isNullable(argument);
  if (certain) return e.negated ? callOf('NOT', [found], boolean, false) : found;
  const count = (args: readonly Expr[]): Expr => ({
    kind: 'aggregate',
    fn: 'COUNT',
    args,
    distinct: false,
    orderBy: [],
    type: integer,
    nullable: false,
    span: nowhere,
  });
  const stats = builder.add(
    'LISTED_COUNTS',
    [...columnsOf(keys), { name: 'ALL_ROWS', type: integer }, { name: 'KNOWN_ROWS', type: integer }],
    {
      kind: 'select',
      from,
      where: [],
      groupBy: itemsOf(keys, relation).map((i) => i.expr),
      having: null,
      qualify: null,
      items: [...itemsOf(keys, relation), { name: 'ALL_ROWS', expr: count([]) }, { name: 'KNOWN_ROWS', expr: count([value]) }],
      distinct: false,
    },
  );
  const s = join(stats, 'LISTED_COUNTS', (r) => sameKeys(keys, r));
  const all = asColumn(s, 'ALL_ROWS', integer, true);
  const truth = (v: boolean): Expr => ({ kind: 'literal', text: v, type: boolean, span: nowhere });
  const unknown = callOf('OR', [
    callOf('IS NULL', [argument], boolean, false),
    callOf('<', [asColumn(s, 'KNOWN_ROWS', integer, true), all]),
  ]);
  return {
    kind: 'case',
    branches: [
      { when: found, then: truth(!e.negated) },
      { when: callOf('IS NULL', [all], boolean, false), then: truth(e.negated) },
      { when: unknown, then: { kind: 'literal', text: null, type: boolean, span: nowhere } },
    ],
    otherwise: truth(e.negated),
    type: boolean,
    nullable: true,
    span: e.span,
  };
}

function castTo(value: Expr, like: Expr): Expr {
  return JSON.stringify(value.type) === JSON.stringify(like.type)
    ? value
    : { kind: 'cast', argument: value, try: false, type: like.type, nullable: true, span: nowhere };
}
