/**
 * What a server keeps in memory of each event, to answer a lambda of window aggregates without a scan: expressions of DuckDB over one
 * event, and what is made of their values. All that is counted crosses as DOUBLE, for which a whole number of at most 2^53 − 1 is exact.
 */
import { duckdb } from '../emit/dialect.ts';
import { toSql } from '../emit/expression.ts';
import { printExpression } from '../emit/print.ts';
import type { Plan, PlanColumn, PlanExpr } from '../plan/plan.ts';
import { countedColumns, type Finish } from '../plan/window/finishing.ts';
import type { Interval } from '../plan/window/interval.ts';
import { type WindowAggregates, windowAggregatesOf } from '../plan/window/window-aggregates.ts';
import { name } from '../sql/tree.ts';
import { nullType, type SqlType, typeName } from '../sql-type.ts';
import { lambdaSql } from './lambda.ts';

/** What the expressions call the event. */
const eventRelation = 'EVENT';

export interface EventIndex {
  readonly source: string;
  /** What the source is called in the expressions. */
  readonly relation: string;
  /** VARCHAR, NULL for an event of nobody. */
  readonly key: readonly Plain[];
  /** BIGINT microseconds. */
  readonly time: Plain;
  /** BOOLEAN; null: every event counts. */
  readonly when: string | null;
  /** number: BIGINT, the unscaled value, NULL also where it needs more than 64 bits. text: VARCHAR. known: BOOLEAN, TRUE where it counts. */
  readonly columns: readonly EventColumn[];
  /** Microseconds after T: from the first on, before the second. */
  readonly within: readonly [string, string];
  readonly aggregates: readonly EventAggregate[];
  /** Null: they are the engine's, of what was counted. */
  readonly outputs: readonly { readonly value: EventOutput; readonly absent: string | null }[] | null;
  /** A lambda that is asked with what was counted, whether there was an event (1 or 0), and a number of its own for each row. */
  readonly finishing: { readonly sql: string; readonly parameters: readonly { readonly name: string; readonly type: string }[] };
}

export interface Plain {
  readonly sql: string;
  /** The source's column whose value it is, or whose being there; null: it is more than that. */
  readonly column: string | null;
}

export interface EventColumn extends Plain {
  readonly kind: 'number' | 'text' | 'known';
  /** Whether a NULL of `sql` is one. */
  readonly isNull: string | null;
}

export interface EventAggregate {
  readonly fn: 'count' | 'distinct' | 'sum' | 'min' | 'max';
  /** Indices of columns; null: none. */
  readonly of: number | null;
  readonly when: number | null;
  readonly within: readonly [string, string];
  readonly zeroOtherwise: boolean;
}

/** A number is unscaled. */
export type EventOutput = { readonly aggregate: number } | { readonly literal: string | null } | { readonly first: readonly EventOutput[] };

/** Undefined: such a server reads its store for each request. */
export function eventIndexOf(plan: Plan): EventIndex | undefined {
  const found = windowAggregatesOf(plan);
  if (found === undefined) return undefined;
  const { scan } = found;
  const sql = (e: PlanExpr): string =>
    printExpression(toSql(e, { engine: 'duckdb', column: (_, column) => name(eventRelation, column) }), duckdb);
  const all = (conditions: readonly PlanExpr[]): string | null =>
    conditions.length === 0 ? null : conditions.map((c) => `(${sql(c)})`).join(' AND ');
  const columns: EventColumn[] = [];
  const column = (wanted: EventColumn): number => {
    const known = columns.findIndex((c) => c.kind === wanted.kind && c.sql === wanted.sql);
    return known >= 0 ? known : columns.push(wanted) - 1;
  };
  const key = found.key.map((e, i) => ({ e, type: plan.entity[i]?.type }));
  if (!key.every(({ e, type }) => type !== undefined && isKey(e.type) && e.type.kind === type.kind && isKey(type))) return undefined;
  const aggregates: EventAggregate[] = [];
  for (const { fn, of, when, within, zeroOtherwise } of found.aggregates) {
    const value = of === null ? null : valueOf(fn, of, sql);
    if (value === undefined) return undefined;
    const condition = all(when);
    aggregates.push({
      fn,
      of: value === null ? null : column(value),
      when: condition === null ? null : column({ sql: condition, column: null, kind: 'known', isNull: null }),
      within: texts(within),
      zeroOtherwise,
    });
  }
  const typeOf = (index: number): SqlType | undefined => {
    const { fn, of } = found.aggregates[index] ?? {};
    return fn === 'count' || fn === 'distinct' ? { kind: 'number', precision: 18, scale: 0 } : of?.type;
  };
  if (!found.aggregates.every(({ type }, i) => sameScale(typeOf(i) ?? nullType, type))) return undefined;
  return {
    source: scan.source,
    relation: eventRelation,
    key: key.map(({ e }) => ({ sql: `CAST(${sql(e)} AS VARCHAR)`, column: columnOf(e) })),
    time: { sql: `epoch_us(${sql(found.time)})`, column: columnOf(found.time) },
    when: all(found.when),
    columns,
    within: texts(found.within),
    aggregates,
    outputs: outputsOf(found, plan, typeOf),
    finishing: { sql: finishingSql(found), parameters: countedColumns(found.aggregates).map(parameterOf) },
  };
}

/** Null: some are more than what was counted. */
function outputsOf({ outputs }: WindowAggregates, plan: Plan, typeOf: (aggregate: number) => SqlType | undefined): EventIndex['outputs'] {
  const found = (outputs ?? []).flatMap(({ value, absent }, i) => {
    const type = plan.outputs[i]?.type ?? nullType;
    const finished = outputOf(value, type, typeOf);
    const without = constantOf(absent, type);
    return finished === undefined || without === undefined ? [] : [{ value: finished, absent: without }];
  });
  return found.length === plan.outputs.length ? found : null;
}

const parameterOf = ({ name: column, type }: PlanColumn): { readonly name: string; readonly type: string } => ({
  name: column.toLowerCase(),
  type: typeName(type),
});

function finishingSql({ finishing, aggregates }: WindowAggregates): string {
  const counted = countedColumns(aggregates);
  return lambdaSql(finishing, counted);
}

const texts = ({ from, until }: Interval): readonly [string, string] => [String(from), String(until)];

const columnOf = (e: PlanExpr): string | null => (e.kind === 'column' ? e.name : null);

/** Types of which two equal values have the same text. */
const isKey = (type: SqlType): boolean => type.kind === 'varchar' || (type.kind === 'number' && type.scale === 0);

/** Undefined: its values are not looked at this way. */
function valueOf(fn: EventAggregate['fn'], e: PlanExpr, sql: (e: PlanExpr) => string): EventColumn | undefined {
  const { type } = e;
  const text = sql(e);
  const column = columnOf(e);
  if (fn === 'count')
    return type.kind === 'variant' || type.kind === 'element'
      ? undefined
      : { sql: `(${text}) IS NOT NULL`, column, kind: 'known', isNull: null };
  if (type.kind === 'timestamp' && type.zone === 'ntz' && fn !== 'sum')
    return { sql: `epoch_us(${text})`, column, kind: 'number', isNull: `(${text}) IS NULL` };
  if (type.kind === 'number' && type.scale <= 18)
    return {
      sql: type.scale === 0 ? `TRY_CAST(${text} AS BIGINT)` : `TRY_CAST(${wide(text, type.scale)} AS BIGINT)`,
      column,
      kind: 'number',
      isNull: `(${text}) IS NULL`,
    };
  return fn === 'distinct' && type.kind === 'varchar' ? { sql: text, column, kind: 'text', isNull: null } : undefined;
}

/** Times a power of ten, which takes no more digits than there are: what does not fit becomes NULL. */
const wide = (text: string, scale: number): string =>
  `TRY_CAST(${text} AS DECIMAL(19, ${scale})) * CAST(1${'0'.repeat(scale)} AS DECIMAL(19, 0))`;

function outputOf(finish: Finish, type: SqlType, typeOf: (aggregate: number) => SqlType | undefined): EventOutput | undefined {
  switch (finish.kind) {
    case 'aggregate': {
      const of = typeOf(finish.index);
      return of !== undefined && sameScale(of, type) ? { aggregate: finish.index } : undefined;
    }
    case 'literal': {
      const literal = literalOf(finish, type);
      return literal === undefined ? undefined : { literal };
    }
    case 'coalesce': {
      const first = finish.args.map((arg) => outputOf(arg, type, typeOf));
      return first.includes(undefined) ? undefined : { first: first as readonly EventOutput[] };
    }
  }
}

const sameScale = (a: SqlType, b: SqlType): boolean =>
  a.kind === 'number' && b.kind === 'number' ? a.scale === b.scale : a.kind === b.kind;

/** Unscaled; undefined: no number of this type. */
function literalOf({ literal }: Finish & { readonly kind: 'literal' }, type: SqlType): string | null | undefined {
  const { text } = literal;
  if (text === null) return null;
  if (type.kind !== 'number' || literal.type.kind !== 'number' || typeof text !== 'string') return undefined;
  const [, sign = '', digits = '', decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (digits === '' || decimals.length > type.scale) return undefined;
  return String(BigInt(`${sign}${digits}${decimals.padEnd(type.scale, '0')}`));
}

function constantOf(finish: Finish, type: SqlType): string | null | undefined {
  if (finish.kind === 'literal') return literalOf(finish, type);
  if (finish.kind === 'aggregate') return undefined;
  for (const arg of finish.args) {
    const value = constantOf(arg, type);
    if (value !== null) return value;
  }
  return null;
}
