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
  return print(sql, dialect);
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

function print(sql: Sql, dialect: Dialect, needed = loosest): string {
  const text = bare(sql, dialect);
  return needed !== loosest && precedence(sql) < needed ? `(${text})` : text;
}

// Called for every node, most of them names: what needs a closure has a function of its own.
function bare(sql: Sql, dialect: Dialect): string {
  switch (sql.kind) {
    case 'name':
      return printPath(sql.path, dialect);
    case 'token':
      return sql.text;
    case 'string':
      return dialect.shield(dialect.string(sql.value));
    case 'call':
      return printCall(sql, dialect);
    case 'over': {
      const parts = [
        ...(sql.partitionBy.length > 0 ? [`PARTITION BY ${printList(sql.partitionBy, dialect)}`] : []),
        ...(sql.orderBy.length > 0 ? [`ORDER BY ${printSortKeys(sql.orderBy, dialect)}`] : []),
        ...(sql.frame === null ? [] : [sql.frame]),
      ];
      return `${print(sql.call, dialect, atom)} OVER (${parts.join(' ')})`;
    }
    case 'binary': {
      const own = precedence(sql);
      // Comparisons do not chain; AND, OR, + and * associate to the left.
      const left = print(sql.left, dialect, own === comparison ? own + 1 : own);
      const associative = sql.operator === 'AND' || sql.operator === 'OR';
      return `${left} ${sql.operator} ${print(sql.right, dialect, associative ? own : own + 1)}`;
    }
    case 'prefix':
      return sql.operator === 'NOT'
        ? `NOT ${print(sql.argument, dialect, not)}`
        : `${sql.operator}${print(sql.argument, dialect, unary + 1)}`;
    case 'postfix':
      return `${print(sql.argument, dialect, comparison + 1)} ${sql.operator}`;
    case 'between':
      return `${print(sql.argument, dialect, comparison + 1)} ${sql.negated ? 'NOT ' : ''}BETWEEN ${print(sql.low, dialect, comparison + 1)} AND ${print(sql.high, dialect, comparison + 1)}`;
    case 'in':
      return `${print(sql.argument, dialect, comparison + 1)} ${sql.negated ? 'NOT ' : ''}IN (${printList(sql.list, dialect)})`;
    case 'like':
      return `${print(sql.argument, dialect, comparison + 1)} ${sql.operator} ${print(sql.pattern, dialect, comparison + 1)}${sql.escape === null ? '' : ` ESCAPE ${print(sql.escape, dialect, atom)}`}`;
    case 'case':
      return `CASE ${printBranches(sql.branches, dialect)}${sql.otherwise === null ? '' : ` ELSE ${print(sql.otherwise, dialect)}`} END`;
    case 'cast':
      if (sql.try === true && !hasTryCast.has(dialect.engine)) throw new Error(`${dialect.engine} has no TRY_CAST`);
      return `${sql.try === true ? 'TRY_CAST' : 'CAST'}(${print(sql.argument, dialect)} AS ${typeof sql.to === 'string' ? sql.to : dialect.typeName(sql.to)})`;
    case 'interval':
      return `INTERVAL '${intervalText(sql.amount, sql.unit, dialect.engine)}'`;
  }
}

function printCall(sql: Sql & { readonly kind: 'call' }, dialect: Dialect): string {
  let inside = printList(sql.args, dialect);
  if (sql.distinct === true) inside = `DISTINCT ${inside}`;
  if (sql.ignoreNulls === 'inside') inside += ' IGNORE NULLS';
  if (sql.orderBy !== undefined && sql.orderBy.length > 0) inside += ` ORDER BY ${printSortKeys(sql.orderBy, dialect)}`;
  let text = `${sql.name}(${inside})`;
  if (sql.withinGroup !== undefined && sql.withinGroup.length > 0)
    text += ` WITHIN GROUP (ORDER BY ${printSortKeys(sql.withinGroup, dialect)})`;
  if (sql.filter !== undefined) text += ` FILTER (WHERE ${print(sql.filter, dialect)})`;
  return sql.ignoreNulls === 'behind' ? `${text} IGNORE NULLS` : text;
}

function printList(list: readonly Sql[], dialect: Dialect): string {
  let text = '';
  for (let i = 0; i < list.length; i++) text += i === 0 ? print(list[i] as Sql, dialect) : `, ${print(list[i] as Sql, dialect)}`;
  return text;
}

function printPath(path: readonly string[], dialect: Dialect): string {
  let text = identifier(path[0] as string, dialect);
  for (let i = 1; i < path.length; i++) text += `.${identifier(path[i] as string, dialect)}`;
  return text;
}

function printBranches(branches: readonly { readonly when: Sql; readonly then: Sql }[], dialect: Dialect): string {
  return branches.map((b) => `WHEN ${print(b.when, dialect)} THEN ${print(b.then, dialect)}`).join(' ');
}

function printSortKeys(keys: readonly SqlSortKey[], dialect: Dialect): string {
  // No engine's default order of NULLs is relied on.
  return keys.map((k) => `${print(k.expr, dialect)}${k.descending ? ' DESC' : ''} NULLS ${k.nullsFirst ? 'FIRST' : 'LAST'}`).join(', ');
}
