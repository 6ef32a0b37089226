/** Text of a SQL tree for an engine, every part in parentheses. Not the product's printer: tests of rows must not depend on it. */

import { decimalText } from '../../compiler/functions/decimal.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { dateText, timestampText, timeText } from '../../compiler/functions/iso-time.ts';
import type { Engine, Sql, SqlSortKey } from '../../compiler/sql/tree.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';

function duckdbType(type: SqlType): string {
  switch (type.kind) {
    case 'number':
      return type.scale > 0 ? `DECIMAL(${type.precision},${type.scale})` : type.precision > 18 ? 'HUGEINT' : 'BIGINT';
    case 'float':
      return 'DOUBLE';
    case 'timestamp':
      return type.zone === 'ntz' ? 'TIMESTAMP' : 'TIMESTAMPTZ';
    case 'variant':
      return 'JSON';
    case 'binary':
      return 'BLOB';
    case 'array':
      return `${duckdbType(type.of)}[]`;
    case 'null':
      return 'INTEGER';
    default:
      return type.kind.toUpperCase();
  }
}

function postgresType(type: SqlType): string {
  switch (type.kind) {
    case 'number':
      return `NUMERIC(${type.precision},${type.scale})`;
    case 'float':
      return 'DOUBLE PRECISION';
    case 'timestamp':
      return type.zone === 'ntz' ? 'TIMESTAMP' : 'TIMESTAMPTZ';
    case 'array':
      return `${postgresType(type.of)}[]`;
    case 'variant':
      return 'JSON';
    case 'binary':
      return 'BYTEA';
    case 'varchar':
    case 'null':
      return 'TEXT';
    default:
      return type.kind.toUpperCase();
  }
}

function clickhouseType(type: SqlType): string {
  switch (type.kind) {
    case 'number':
      return `Nullable(Decimal(${type.precision}, ${type.scale}))`;
    case 'float':
      return 'Nullable(Float64)';
    case 'boolean':
      return 'Nullable(Bool)';
    case 'date':
      return 'Nullable(Date32)';
    case 'timestamp':
      return "Nullable(DateTime64(6, 'UTC'))";
    case 'varchar':
    case 'binary':
    case 'variant':
    case 'null':
      return 'Nullable(String)';
    case 'array':
      return `Nullable(Tuple(Array(${clickhouseType(type.of)})))`;
    case 'element':
      return clickhouseType(type.of);
    default:
      throw new NotOnEngine(type.kind, 'clickhouse');
  }
}

function typeFor(type: SqlType, engine: Engine): string {
  return engine === 'clickhouse' ? clickhouseType(type) : engine === 'postgres' ? postgresType(type) : duckdbType(type);
}

function quote(text: string, engine: Engine): string {
  const escaped = engine === 'clickhouse' ? text.replaceAll('\\', '\\\\') : text;
  return `'${escaped.replaceAll("'", "''")}'`;
}

export function print(sql: Sql, engine: Engine): string {
  const p = (x: Sql): string => print(x, engine);
  switch (sql.kind) {
    case 'name':
      return sql.path.join('.');
    case 'token':
      return sql.text;
    case 'string':
      return quote(sql.value, engine);
    case 'call': {
      const order = sql.orderBy?.length ? ` ORDER BY ${keys(sql.orderBy, engine)}` : '';
      const filter = sql.filter ? ` FILTER (WHERE ${p(sql.filter)})` : '';
      const nulls = (place: 'inside' | 'behind'): string => (sql.ignoreNulls === place ? ' IGNORE NULLS' : '');
      const within = sql.withinGroup?.length ? ` WITHIN GROUP (ORDER BY ${keys(sql.withinGroup, engine)})` : '';
      return `${sql.name}(${sql.distinct ? 'DISTINCT ' : ''}${sql.args.map(p).join(', ')}${nulls('inside')}${order})${within}${filter}${nulls('behind')}`;
    }
    case 'over': {
      const partition = sql.partitionBy.length ? `PARTITION BY ${sql.partitionBy.map(p).join(', ')}` : '';
      const order = sql.orderBy.length ? ` ORDER BY ${keys(sql.orderBy, engine)}` : '';
      return `${p(sql.call)} OVER (${partition}${order} ${sql.frame ?? ''})`;
    }
    case 'binary':
      return `(${p(sql.left)} ${sql.operator} ${p(sql.right)})`;
    case 'prefix':
      return `(${sql.operator} ${p(sql.argument)})`;
    case 'postfix':
      return `(${p(sql.argument)} ${sql.operator})`;
    case 'between':
      return `(${p(sql.argument)} ${sql.negated ? 'NOT ' : ''}BETWEEN ${p(sql.low)} AND ${p(sql.high)})`;
    case 'in':
      return `(${p(sql.argument)} ${sql.negated ? 'NOT ' : ''}IN (${sql.list.map(p).join(', ')}))`;
    case 'like':
      return `(${p(sql.argument)} ${sql.operator} ${p(sql.pattern)}${sql.escape ? ` ESCAPE ${p(sql.escape)}` : ''})`;
    case 'case':
      return `(CASE ${sql.branches.map((b) => `WHEN ${p(b.when)} THEN ${p(b.then)}`).join(' ')}${sql.otherwise ? ` ELSE ${p(sql.otherwise)}` : ''} END)`;
    case 'cast':
      return `${sql.try ? 'TRY_CAST' : 'CAST'}(${p(sql.argument)} AS ${typeof sql.to === 'string' ? sql.to : typeFor(sql.to, engine)})`;
    case 'interval':
      if (engine === 'postgres' && sql.unit === 'quarter') return `INTERVAL '${Number(sql.amount) * 3} month'`;
      return `INTERVAL '${sql.amount} ${sql.unit}'`;
  }
}

function keys(orderBy: readonly SqlSortKey[], engine: Engine): string {
  return orderBy
    .map((key) => `${print(key.expr, engine)} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`)
    .join(', ');
}

/** A typed constant; of text with a collation that no row may depend on, which sorts as people do. */
export function constant(value: Value, type: SqlType, engine: Engine): string {
  if (type.kind === 'array' && value !== null) {
    const elements = (value as readonly Value[]).map((element) => constant(element, type.of, engine)).join(', ');
    const array = engine === 'postgres' ? `ARRAY[${elements}]` : engine === 'clickhouse' ? `tuple([${elements}])` : `[${elements}]`;
    return `CAST(${array} AS ${typeFor(type, engine)})`;
  }
  if (type.kind === 'binary' && value !== null) return bytesOf(quote(String(value), engine), engine);
  const made = `CAST(${value === null ? 'NULL' : quote(valueText(value, type), engine)} AS ${typeFor(type, engine)})`;
  return engine === 'postgres' && type.kind === 'varchar' ? `${made} COLLATE "unicode"` : made;
}

function bytesOf(hex: string, engine: Engine): string {
  switch (engine) {
    case 'postgres':
      return `decode(${hex}, 'hex')`;
    case 'clickhouse':
      // What is no NULL has the same type as what is.
      return `CAST(unhex(${hex}) AS Nullable(String))`;
    default:
      return `from_hex(${hex})`;
  }
}

/** A value as text that tells its scale. */
export function valueText(value: Value, type: SqlType): string {
  switch (type.kind) {
    case 'number':
      return decimalText(value as bigint, type.scale);
    case 'date':
      return dateText(value as bigint);
    case 'time':
      return timeText(value as bigint);
    case 'timestamp':
      return timestampText(value as bigint).replace('T', ' ');
    case 'array':
      return `[${(value as readonly Value[]).map((element) => valueText(element, type.of)).join('|')}]`;
    case 'element':
      return valueText(value, type.of);
    default:
      return String(value);
  }
}
