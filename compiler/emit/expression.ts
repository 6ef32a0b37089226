/** From plan expressions to an engine's SQL, by the rows of the function list. */
import { isNullable } from '../check/bound.ts';
import type { Frame, FrameBound, SortKey } from '../check/checked.ts';
import { castSql } from '../functions/casts.ts';
import { arrayOfElements } from '../functions/clickhouse-arrays.ts';
import type { Arg } from '../functions/define.ts';
import { sqlFor } from '../functions/engine-sql.ts';
import { findFunction } from '../functions/index.ts';
import { collated } from '../functions/postgres-sql.ts';
import { relationsOf } from '../plan/expr.ts';
import type { PlanExpr } from '../plan/plan.ts';
import { binary, call, caseWhen, cast, type Engine, isNull, prefix, type Sql, type SqlSortKey, str, token } from '../sql/tree.ts';
import { type SqlType, varchar } from '../sql-type.ts';
import { clickhouseRange, isDistance } from './clickhouse-range.ts';
import { intervalText } from './dialect.ts';

export interface ExpressionContext {
  readonly engine: Engine;
  /** How a column of a relation is addressed. */
  readonly column: (relation: string, column: string) => Sql;
}

export function toSql(expr: PlanExpr, context: ExpressionContext): Sql {
  // Half of all expressions are one of these, and need no function for their parts.
  if (expr.kind === 'column') return context.column(expr.relation, expr.name);
  return expr.kind === 'literal' ? literalSql(expr.text, expr.type, context.engine) : compoundSql(expr, context);
}

function compoundSql(expr: Exclude<PlanExpr, { kind: 'column' | 'literal' }>, context: ExpressionContext): Sql {
  const sub = (e: PlanExpr): Sql => toSql(e, context);
  switch (expr.kind) {
    case 'call': {
      const row = findFunction(expr.fn);
      if (row?.kind !== 'scalar') throw new Error(`${expr.fn} is no scalar function`);
      return sqlFor(row, row.sql, context.engine)(expr.args.map(sub), { args: expr.args.map(argOf), type: expr.type });
    }
    case 'case':
      return caseWhen(
        expr.branches.map((b) => ({ when: sub(b.when), then: sub(b.then) })),
        expr.otherwise === null ? null : sub(expr.otherwise),
      );
    case 'cast':
      return castSql(context.engine, sub(expr.argument), expr.argument.type, expr.type, expr.try);
    case 'aggregate': {
      const row = findFunction(expr.fn);
      if (row?.kind !== 'aggregate') throw new Error(`${expr.fn} is no aggregate`);
      const call = { args: expr.args.map(argOf), type: expr.type, distinct: expr.distinct, orderBy: sortSql(expr.orderBy, context) };
      return sqlFor(row, row.sql, context.engine)(expr.args.map(sub), call);
    }
    case 'window':
      return windowSql(expr, context);
    case 'in-list':
      return inList(sub(expr.argument), expr.list.map(sub), expr.negated, context.engine);
    case 'as-of':
    case 'in-query':
    case 'exists':
    case 'subquery':
      throw new Error(`${expr.kind} is left in a plan`);
  }
}

function argOf(expr: PlanExpr): Arg {
  const { type } = expr;
  const nullable = isNullable(expr);
  const digits = digitsOf(expr);
  if (expr.kind !== 'literal') return digits === undefined ? { type, nullable } : { type, nullable, digits };
  return digits === undefined ? { type, nullable, literal: expr.text } : { type, nullable, literal: expr.text, digits };
}

/** As the rows themselves derive it; columns are as wide as their type. */
function digitsOf(expr: PlanExpr): number | undefined {
  if (expr.kind === 'literal') return expr.type.kind === 'number' ? Math.max(0, expr.type.precision - expr.type.scale) : undefined;
  if (expr.kind !== 'call' && expr.kind !== 'aggregate' && expr.kind !== 'window') return undefined;
  // A call is asked for each engine, and again for each call around it.
  let digits = digitsOfCalls.get(expr);
  if (digits === undefined) {
    digits = digitsOfCall(expr) ?? null;
    digitsOfCalls.set(expr, digits);
  }
  return digits ?? undefined;
}

type Call = Extract<PlanExpr, { kind: 'call' | 'aggregate' | 'window' }>;
const digitsOfCalls = new WeakMap<Call, number | null>();

function digitsOfCall(expr: Call): number | undefined {
  const row = findFunction(expr.fn);
  if (row === undefined) return undefined;
  const args = expr.args.map(argOf);
  const signature =
    expr.kind === 'window' && row.kind === 'aggregate'
      ? row.window?.resolve(args)
      : row.kind === 'aggregate'
        ? row.resolve(args, expr.kind === 'aggregate' && expr.distinct)
        : row.resolve(args);
  return signature === undefined || 'refused' in signature ? undefined : signature.digits;
}

/** A literal in the author's SQL; values of requests and rows are bound, never printed. */
export function literalSql(text: string | boolean | null, type: SqlType, engine: Engine): Sql {
  if (text === null) return cast(token('NULL'), type);
  if (typeof text === 'boolean') return token(text ? 'TRUE' : 'FALSE');
  switch (type.kind) {
    case 'varchar':
      // A bare literal has no type yet in Postgres, and rows, arrays and polymorphic functions need one.
      return engine === 'postgres' ? cast(str(text), 'TEXT') : str(text);
    case 'number':
      // Digits with a point are a double in ClickHouse.
      if (engine === 'clickhouse') return cast(str(text), decimalName(type));
      // A bare whole number is 32 or 64 bits wide in Postgres.
      return engine === 'postgres' && /^[+-]?[0-9]+$/.test(text) ? cast(token(text), 'NUMERIC') : token(text);
    case 'float':
      return cast(token(text), type);
    case 'variant':
      return engine === 'snowflake' ? call('PARSE_JSON', str(text)) : cast(str(text), type);
    case 'array':
      return emptyArray(type, engine);
    default:
      return cast(str(text), type);
  }
}

/** Not Nullable, so that it stays a constant where functions want one. */
const decimalName = ({ precision, scale }: Extract<SqlType, { kind: 'number' }>): string => `Decimal(${precision}, ${scale})`;

/** The one array literal that the compiler writes: what ARRAY_AGG gives over no rows. */
function emptyArray(type: SqlType, engine: Engine): Sql {
  if (engine === 'snowflake') return call('ARRAY_CONSTRUCT');
  if (engine === 'clickhouse') return arrayOfElements(token('[]'), type);
  return cast(engine === 'duckdb' ? token('[]') : str('{}'), type);
}

function sortSql(keys: readonly SortKey[], context: ExpressionContext): readonly SqlSortKey[] {
  // A constant orders nothing, and engines take it for a mistake or for a column's number.
  return keys
    .filter((k) => relationsOf(k.expr).size > 0)
    .map((k) => ({
      expr: inCodePointOrder(toSql(k.expr, context), k.expr.type, context.engine),
      type: k.expr.type,
      descending: k.descending,
      nullsFirst: k.nullsFirst,
    }));
}

/** Snowflake orders text by code points; in Postgres a database, a column and a function's result have a collation each. */
export function inCodePointOrder(sql: Sql, type: SqlType, engine: Engine): Sql {
  // By the text, which is the same everywhere; Snowflake alone would go by what is in it.
  if (type.kind === 'variant') return inCodePointOrder(engine === 'snowflake' ? call('TO_JSON', sql) : cast(sql, varchar), varchar, engine);
  return engine === 'postgres' && type.kind === 'varchar' ? collated(sql) : sql;
}

function windowSql(expr: PlanExpr & { kind: 'window' }, context: ExpressionContext): Sql {
  const row = findFunction(expr.fn);
  const args = expr.args.map((e) => toSql(e, context));
  const types = { args: expr.args.map(argOf), type: expr.type };
  const partitionBy = expr.partitionBy.map((e) => toSql(e, context));
  const written = sortSql(expr.orderBy, context);
  const [instant] = partitionBy;
  const orderBy =
    expr.orderBy.length > 0 && written.length === 0 && instant !== undefined
      ? [{ expr: instant, descending: false, nullsFirst: false }]
      : written;
  const frame = expr.frame === null || expr.orderBy.length === 0 ? null : expr.frame;
  const [key] = orderBy;
  const far = frame?.unit === 'range' && (isDistance(frame.start) || isDistance(frame.end));
  const range = context.engine === 'clickhouse' && far && key !== undefined ? clickhouseRange(frame, key) : undefined;
  const over = (inner: Sql): Sql => ({
    kind: 'over',
    call: inner,
    partitionBy,
    orderBy: range === undefined ? orderBy : [range.key],
    frame: range?.frame ?? (frame === null ? null : frameText(frame, context.engine)),
  });
  if (row?.kind === 'window') return sqlFor(row, row.sql, context.engine)(args, types, over);
  if (row?.kind === 'aggregate' && row.window !== undefined) {
    // Of all rows the order does not matter; and DuckDB to 1.5 mistakes partitions here, from a million on.
    const overAll = (inner: Sql): Sql => ({ kind: 'over', call: inner, partitionBy, orderBy: [], frame: null });
    const form = isWhole(expr.frame) ? overAll : over;
    return sqlFor(row, row.window.sql, context.engine)(args, { ...types, distinct: false, orderBy: [] }, form);
  }
  throw new Error(`${expr.fn} has no window form`);
}

function isWhole(frame: Frame | null): boolean {
  return frame?.start.kind === 'unbounded-preceding' && frame.end.kind === 'unbounded-following';
}

function frameText(frame: Frame, engine: Engine): string {
  const bound = (b: FrameBound): string => boundText(frame.unit === 'range' && isNoDistance(b) ? { kind: 'current-row' } : b, engine);
  return `${frame.unit.toUpperCase()} BETWEEN ${bound(frame.start)} AND ${bound(frame.end)}`;
}

/** The row and its equals: DuckDB to 1.5 leaves some of them out if this is said as a distance of 0. */
function isNoDistance(bound: FrameBound): boolean {
  return 'amount' in bound && !/[1-9]/.test(bound.amount);
}

function boundText(bound: FrameBound, engine: Engine): string {
  switch (bound.kind) {
    case 'unbounded-preceding':
      return 'UNBOUNDED PRECEDING';
    case 'unbounded-following':
      return 'UNBOUNDED FOLLOWING';
    case 'current-row':
      return 'CURRENT ROW';
    default:
      return `${bound.unit === null ? bound.amount : `INTERVAL '${intervalText(bound.amount, bound.unit, engine)}'`} ${bound.kind.toUpperCase()}`;
  }
}

/** Three-valued on every engine: the list holds no NULL, which is tested apart. */
function inList(argument: Sql, list: readonly Sql[], negated: boolean, engine: Engine): Sql {
  // ClickHouse takes a NULL in the list for a value like others, so what may be NULL is compared by itself.
  if (engine === 'clickhouse' && !list.every(isConstant)) {
    const found = list.map((e) => binary(argument, '=', e)).reduce((a, b) => binary(a, 'OR', b));
    return negated ? prefix('NOT', found) : found;
  }
  const known = list.filter((e) => !isNullLiteral(e));
  if (known.length === list.length) return { kind: 'in', argument, list: known, negated };
  const found: Sql = known.length === 0 ? token('FALSE') : { kind: 'in', argument, list: known, negated: false };
  const unknown = cast(token('NULL'), { kind: 'boolean' });
  return caseWhen(
    [
      { when: isNull(argument), then: unknown },
      { when: found, then: token(negated ? 'FALSE' : 'TRUE') },
    ],
    unknown,
  );
}

const isConstant = (e: Sql): boolean =>
  isNullLiteral(e) || e.kind === 'string' || (e.kind === 'cast' && (e.argument.kind === 'string' || e.argument.kind === 'token'));

function isNullLiteral(e: Sql): boolean {
  return e.kind === 'cast' && e.argument.kind === 'token' && e.argument.text === 'NULL';
}
