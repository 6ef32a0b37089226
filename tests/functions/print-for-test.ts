/** DuckDB text of a SQL tree, every part in parentheses. Not the product's printer: tests of rows must not depend on it. */

import { decimalText } from '../../compiler/functions/decimal.ts';
import { dateText, timestampText, timeText } from '../../compiler/functions/iso-time.ts';
import type { Sql, SqlSortKey } from '../../compiler/sql/tree.ts';
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
    case 'null':
      return 'INTEGER';
    default:
      return type.kind.toUpperCase();
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function print(sql: Sql): string {
  switch (sql.kind) {
    case 'name':
      return sql.path.join('.');
    case 'token':
      return sql.text;
    case 'string':
      return quote(sql.value);
    case 'call': {
      const order = sql.orderBy?.length ? ` ORDER BY ${keys(sql.orderBy)}` : '';
      const filter = sql.filter ? ` FILTER (WHERE ${print(sql.filter)})` : '';
      const nulls = (place: 'inside' | 'behind'): string => (sql.ignoreNulls === place ? ' IGNORE NULLS' : '');
      return `${sql.name}(${sql.distinct ? 'DISTINCT ' : ''}${sql.args.map(print).join(', ')}${nulls('inside')}${order})${filter}${nulls('behind')}`;
    }
    case 'over': {
      const partition = sql.partitionBy.length ? `PARTITION BY ${sql.partitionBy.map(print).join(', ')}` : '';
      const order = sql.orderBy.length ? ` ORDER BY ${keys(sql.orderBy)}` : '';
      return `${print(sql.call)} OVER (${partition}${order} ${sql.frame ?? ''})`;
    }
    case 'binary':
      return `(${print(sql.left)} ${sql.operator} ${print(sql.right)})`;
    case 'prefix':
      return `(${sql.operator} ${print(sql.argument)})`;
    case 'postfix':
      return `(${print(sql.argument)} ${sql.operator})`;
    case 'between':
      return `(${print(sql.argument)} ${sql.negated ? 'NOT ' : ''}BETWEEN ${print(sql.low)} AND ${print(sql.high)})`;
    case 'in':
      return `(${print(sql.argument)} ${sql.negated ? 'NOT ' : ''}IN (${sql.list.map(print).join(', ')}))`;
    case 'like':
      return `(${print(sql.argument)} ${sql.operator} ${print(sql.pattern)}${sql.escape ? ` ESCAPE ${print(sql.escape)}` : ''})`;
    case 'case':
      return `(CASE ${sql.branches.map((b) => `WHEN ${print(b.when)} THEN ${print(b.then)}`).join(' ')}${sql.otherwise ? ` ELSE ${print(sql.otherwise)}` : ''} END)`;
    case 'cast':
      return `${sql.try ? 'TRY_CAST' : 'CAST'}(${print(sql.argument)} AS ${typeof sql.to === 'string' ? sql.to : duckdbType(sql.to)})`;
    case 'interval':
      return `(INTERVAL '${sql.amount}' ${sql.unit})`;
  }
}

function keys(orderBy: readonly SqlSortKey[]): string {
  return orderBy
    .map((key) => `${print(key.expr)} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`)
    .join(', ');
}

/** A typed constant. */
export function constant(value: Value, type: SqlType): string {
  if (value === null) return `CAST(NULL AS ${duckdbType(type)})`;
  return `CAST(${quote(valueText(value, type))} AS ${duckdbType(type)})`;
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
    default:
      return String(value);
  }
}
