/** The one printer of SQL expressions. Parentheses follow from precedence. */
import type { Engine, Sql, SqlSortKey } from '../sql/tree.ts';
import { type Dialect, identifier, intervalText } from './dialect.ts';

const loosest = 0;
const atom = 100;

/** Higher binds tighter. || is kept apart from + on purpose: engines order the two differently. */
const binaryPrecedence: Readonly<Record<string, number>> = {
  OR: 10,
  AND: 20,
  '=': 40,
  '<>': 40,
  '<': 40,
  '<=': 40,
  '>': 40,
  '>=': 40,
  'IS DISTINCT FROM': 40,
  'IS NOT DISTINCT FROM': 40,
  LIKE: 40,
  '||': 45,
  '+': 50,
  '-': 50,
  '*': 60,
  '/': 60,
  '//': 60,
  '%': 60,
};
const comparison = 40;
const not = 30;
const unary = 70;

const hasTryCast: ReadonlySet<Engine> = new Set<Engine>(['snowflake', 'duckdb']);

export function printExpression(sql: Sql, dialect: Dialect): string {
  return print(sql, loosest, dialect);
}

export function precedence(sql: Sql): number {
  switch (sql.kind) {
    case 'binary':
      return binaryPrecedence[sql.operator] ?? 35;
    case 'prefix':
      return sql.operator === 'NOT' ? not : unary;
    case 'postfix':
    case 'between':
    case 'in':
    case 'like':
      return comparison;
    case 'token':
      return sql.text.startsWith('-') ? unary : atom;
    default:
      return atom;
  }
}

function print(sql: Sql, needed: number, dialect: Dialect): string {
  const text = bare(sql, dialect);
  return precedence(sql) < needed ? `(${text})` : text;
}

function bare(sql: Sql, dialect: Dialect): string {
  const p = (x: Sql, needed = loosest): string => print(x, needed, dialect);
  switch (sql.kind) {
    case 'name':
      return sql.path.map((part) => identifier(part, dialect)).join('.');
    case 'token':
      return sql.text;
    case 'string':
      return dialect.shield(dialect.string(sql.value));
    case 'call': {
      const args = sql.args.map((a) => p(a)).join(', ');
      const order = sql.orderBy === undefined || sql.orderBy.length === 0 ? '' : ` ORDER BY ${printSortKeys(sql.orderBy, dialect)}`;
      const within =
        sql.withinGroup === undefined || sql.withinGroup.length === 0
          ? ''
          : ` WITHIN GROUP (ORDER BY ${printSortKeys(sql.withinGroup, dialect)})`;
      const filter = sql.filter === undefined ? '' : ` FILTER (WHERE ${p(sql.filter)})`;
      const inside = sql.ignoreNulls === 'inside' ? ' IGNORE NULLS' : '';
      const behind = sql.ignoreNulls === 'behind' ? ' IGNORE NULLS' : '';
      return `${sql.name}(${sql.distinct === true ? 'DISTINCT ' : ''}${args}${inside}${order})${within}${filter}${behind}`;
    }
    case 'over': {
      const parts = [
        ...(sql.partitionBy.length > 0 ? [`PARTITION BY ${sql.partitionBy.map((e) => p(e)).join(', ')}`] : []),
        ...(sql.orderBy.length > 0 ? [`ORDER BY ${printSortKeys(sql.orderBy, dialect)}`] : []),
        ...(sql.frame === null ? [] : [sql.frame]),
      ];
      return `${p(sql.call, atom)} OVER (${parts.join(' ')})`;
    }
    case 'binary': {
      const own = precedence(sql);
      // Comparisons do not chain; AND, OR, + and * associate to the left.
      const left = p(sql.left, own === comparison ? own + 1 : own);
      const associative = sql.operator === 'AND' || sql.operator === 'OR';
      return `${left} ${sql.operator} ${p(sql.right, associative ? own : own + 1)}`;
    }
    case 'prefix':
      return sql.operator === 'NOT' ? `NOT ${p(sql.argument, not)}` : `${sql.operator}${p(sql.argument, unary + 1)}`;
    case 'postfix':
      return `${p(sql.argument, comparison + 1)} ${sql.operator}`;
    case 'between':
      return `${p(sql.argument, comparison + 1)} ${sql.negated ? 'NOT ' : ''}BETWEEN ${p(sql.low, comparison + 1)} AND ${p(sql.high, comparison + 1)}`;
    case 'in':
      return `${p(sql.argument, comparison + 1)} ${sql.negated ? 'NOT ' : ''}IN (${sql.list.map((e) => p(e)).join(', ')})`;
    case 'like':
      return `${p(sql.argument, comparison + 1)} ${sql.operator} ${p(sql.pattern, comparison + 1)}${sql.escape === null ? '' : ` ESCAPE ${p(sql.escape, atom)}`}`;
    case 'case': {
      const branches = sql.branches.map((b) => `WHEN ${p(b.when)} THEN ${p(b.then)}`).join(' ');
      return `CASE ${branches}${sql.otherwise === null ? '' : ` ELSE ${p(sql.otherwise)}`} END`;
    }
    case 'cast':
      if (sql.try === true && !hasTryCast.has(dialect.engine)) throw new Error(`${dialect.engine} has no TRY_CAST`);
      return `${sql.try === true ? 'TRY_CAST' : 'CAST'}(${p(sql.argument)} AS ${typeof sql.to === 'string' ? sql.to : dialect.typeName(sql.to)})`;
    case 'interval':
      return `INTERVAL '${intervalText(sql.amount, sql.unit, dialect.engine)}'`;
  }
}

function printSortKeys(keys: readonly SqlSortKey[], dialect: Dialect): string {
  // No engine's default order of NULLs is relied on.
  return keys
    .map((k) => `${print(k.expr, loosest, dialect)}${k.descending ? ' DESC' : ''} NULLS ${k.nullsFirst ? 'FIRST' : 'LAST'}`)
    .join(', ');
}
