/** Comparisons. Arguments of two types are refused, except numbers, a DATE beside a TIMESTAMP, and ISO text beside either. */
import { binary, prefix, type Sql } from '../sql/tree.ts';
import { boolean, isSemiStructured, type SqlType, typeName } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, castsTo, refuse, scaleOf, sharedType } from './arguments.ts';
import { clickhouseCompared, clickhouseDistinct } from './clickhouse-comparison.ts';
import { compareValues } from './compare-values.ts';
import { rescale } from './decimal.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { collated } from './postgres-sql.ts';

export function resolveComparison(fn: string, args: readonly Arg[], count = 2): Signature | Refusal {
  const wrong = arity(fn, args, count);
  if (wrong) return wrong;
  const type = sharedType(fn, args);
  if ('refused' in type) return type;
  if (isSemiStructured(type)) return refuse('type-mismatch', `${fn} does not compare ${typeName(type)}`, 'cast both sides: x::VARCHAR');
  return { type: boolean, nullable: anyNullable(args), params: castsTo(type, args) };
}

/** Arguments of a comparison brought to one scale; neither is NULL. */
export function compareArgs(values: readonly Value[], { args }: CallTypes, i: number, j: number): number {
  const [a, b] = [values[i] as Value, values[j] as Value];
  const [x, y] = [(args[i] as Arg).type, (args[j] as Arg).type];
  return compareValues(atScale(a, x, y), atScale(b, y, x));
}

/** Scales differ only between NUMBERs: any other pair has been cast to one type. */
function atScale(value: Value, type: SqlType, other: SqlType): Value {
  if (typeof value !== 'bigint' || type.kind !== 'number' || other.kind !== 'number') return value;
  return rescale(value, type.scale, Math.max(type.scale, scaleOf(other)));
}

function comparisonRow(name: string, summary: string, holds: (order: number) => boolean, aliases: readonly string[] = []): ScalarRow {
  return {
    kind: 'scalar',
    name,
    aliases,
    summary,
    nulls: 'propagate',
    resolve: (args) => resolveComparison(name, args),
    sql: {
      standard: ([a, b]) => binary(a as Sql, name, b as Sql),
      // Equal is the same bytes in every collation that a column has by default.
      postgres: name === '=' || name === '<>' ? 'standard' : ([a, b], { args }) => binary(ordered(a as Sql, args[0]), name, b as Sql),
      clickhouse: ([a, b], { args }) => clickhouseCompared(a as Sql, name, b as Sql, args[0] as Arg, args[1] as Arg),
    },
    evaluate: (values, types) => holds(compareArgs(values, types, 0, 1)),
    examples: [],
  };
}

function distinctRow(name: string, summary: string, equal: boolean, aliases: readonly string[] = []): ScalarRow {
  return {
    kind: 'scalar',
    name,
    aliases,
    summary,
    nulls: 'handles',
    resolve: (args) => {
      const signature = resolveComparison(name, args);
      return 'refused' in signature ? signature : { ...signature, nullable: false };
    },
    sql: {
      standard: ([a, b]) => binary(a as Sql, name, b as Sql),
      postgres: 'standard',
      clickhouse: ([a, b], { args }) => clickhouseDistinct(a as Sql, name, b as Sql, args[0] as Arg, args[1] as Arg),
    },
    evaluate: (values, types) => {
      const [a, b] = values;
      const same = a === null || b === null ? a === b : compareArgs(values, types, 0, 1) === 0;
      return same === equal;
    },
    examples: [],
  };
}

/** In Postgres text is compared by a collation, and one side says which. */
function ordered(x: Sql, arg: Arg | undefined): Sql {
  return arg?.type.kind === 'varchar' ? collated(x) : x;
}

const between = (name: string, negated: boolean): ScalarRow => ({
  kind: 'scalar',
  name,
  summary: negated ? 'Outside the two bounds.' : 'From the first bound to the second, both included.',
  nulls: 'handles',
  resolve: (args) => resolveComparison(name, args, 3),
  sql: {
    standard: ([argument, low, high]) => ({ kind: 'between', argument: argument as Sql, low: low as Sql, high: high as Sql, negated }),
    postgres: ([argument, low, high], { args }) => ({
      kind: 'between',
      argument: ordered(argument as Sql, args[0]),
      low: low as Sql,
      high: high as Sql,
      negated,
    }),
    clickhouse: ([argument, low, high], { args }) => {
      const [x, from, to] = args as [Arg, Arg, Arg];
      const above = clickhouseCompared(argument as Sql, '>=', low as Sql, x, from);
      const inside = binary(above, 'AND', clickhouseCompared(argument as Sql, '<=', high as Sql, x, to));
      return negated ? prefix('NOT', inside) : inside;
    },
  },
  evaluate: (values, types) => {
    const [x, low, high] = values;
    const above = x === null || low === null ? null : compareArgs(values, types, 0, 1) >= 0;
    const below = x === null || high === null ? null : compareArgs(values, types, 0, 2) <= 0;
    if (above === false || below === false) return negated;
    return above === null || below === null ? null : !negated;
  },
  examples: [],
});

export const comparisonRows: readonly ScalarRow[] = [
  comparisonRow('=', 'Equal. NaN equals itself.', (order) => order === 0),
  comparisonRow('<>', 'Different.', (order) => order !== 0, ['!=']),
  comparisonRow('<', 'Less. Text goes by code points, NaN is the greatest FLOAT.', (order) => order < 0),
  comparisonRow('<=', 'Less or equal.', (order) => order <= 0),
  comparisonRow('>', 'Greater.', (order) => order > 0),
  comparisonRow('>=', 'Greater or equal.', (order) => order >= 0),
  between('BETWEEN', false),
  between('NOT BETWEEN', true),
  distinctRow('IS DISTINCT FROM', 'Different, NULL being a value like any other.', false),
  distinctRow('IS NOT DISTINCT FROM', 'Equal, NULL being a value like any other.', true, ['EQUAL_NULL']),
];
