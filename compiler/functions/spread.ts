/** VARIANCE, STDDEV, MEDIAN. */
import { binary, call, caseWhen, cast, postfix, prefix, type Sql, token } from '../sql/tree.ts';
import { float, number, type SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { expectArgs, scaleOf } from './arguments.ts';
import { quotientAt as clickhouseQuotientAt, quotientCut, wide } from './clickhouse-sql.ts';
import { compareValues } from './compare-values.ts';
import { divideHalfAway, pow10, toDouble, withinNumber } from './decimal.ts';
import type { AggregateRow, Arg, CallTypes, Refusal, Signature } from './define.ts';
import { scaled, unscaled } from './duckdb-numbers.ts';
import { knownValues, numeric, quotientAt } from './postgres-sql.ts';

const values = (rows: readonly (readonly Value[])[]): Value[] => rows.flatMap(([x]) => (x === null || x === undefined ? [] : [x]));

/** Of the square of a NUMBER of scale s, as for a product that is then averaged. */
function varianceScale(s: number): number {
  return Math.max(2 * s, Math.min(2 * s + 6, 12));
}

const varianceType = (x: SqlType): SqlType => (x.kind === 'float' ? float : number(38, varianceScale(scaleOf(x))));

type Kind = 'sample' | 'population';

function variance(rows: readonly (readonly Value[])[], x: SqlType, kind: Kind): Value {
  const known = values(rows);
  const n = known.length;
  if (n === 0 || (kind === 'sample' && n === 1)) return null;
  const divisor = kind === 'sample' ? n - 1 : n;
  if (x.kind === 'float') {
    const floats = known as number[];
    const mean = floats.reduce((sum, v) => sum + v, 0) / n;
    return floats.reduce((sum, v) => sum + (v - mean) ** 2, 0) / divisor;
  }
  // Σ(v − mean)² · n² = Σ(n·v − Σv)², all whole.
  const numbers = known as bigint[];
  const count = BigInt(n);
  const total = numbers.reduce((sum, v) => sum + v, 0n);
  const squares = numbers.reduce((sum, v) => sum + (count * v - total) ** 2n, 0n);
  const s = scaleOf(x);
  return withinNumber(divideHalfAway(squares * pow10(varianceScale(s) - 2 * s), count * count * BigInt(divisor)));
}

function resolveSpread(name: string, args: readonly Arg[], type: (x: SqlType) => SqlType): Signature | Refusal {
  const refusal = expectArgs(name, args, ['numeric']);
  return refusal ?? { type: type((args[0] as Arg).type), nullable: true };
}

/** Makes a window function of an aggregate, or leaves it. */
type Over = (aggregate: Sql) => Sql;
const alone: Over = (aggregate) => aggregate;

/** From moments, exact in NUMERIC (template E4). */
function postgresVariance(x: Sql, type: SqlType, kind: Kind, over: Over): Sql {
  if (type.kind === 'float') return over(call(kind === 'sample' ? 'var_samp' : 'var_pop', x));
  const n = over(call('COUNT', x));
  const total = over(call('SUM', x));
  const squares = binary(binary(n, '*', over(call('SUM', binary(x, '*', x)))), '-', binary(total, '*', total));
  const pairs = binary(numeric(n), '*', kind === 'sample' ? binary(n, '-', token(1)) : n);
  return quotientAt(squares, call('NULLIF', pairs, token(0)), varianceScale(scaleOf(type)));
}

function postgresDeviation(x: Sql, type: SqlType, kind: Kind, over: Over): Sql {
  const squared = postgresVariance(x, type, kind, over);
  return call('sqrt', type.kind === 'float' ? squared : cast(squared, float));
}

function duckdbVariance(x: Sql, type: SqlType, kind: Kind, over?: Over): Sql {
  if (type.kind === 'float') {
    const native = call(kind === 'sample' ? 'var_samp' : 'var_pop', x);
    return over === undefined ? native : over(native);
  }
  const s = scaleOf(type);
  const scale = varianceScale(s);
  const factor = cast(token(`1${'0'.repeat(scale - 2 * s)}`), 'HUGEINT');
  const u = unscaled(x, s);
  if (over === undefined) return scaled(call(kind === 'sample' ? 'lockstep_var_samp' : 'lockstep_var_pop', u, factor), scale);
  const moments = [call('count', u), call('sum', u), call('sum', binary(u, '*', u))].map(over);
  return scaled(call(kind === 'sample' ? 'lockstep_moments_samp' : 'lockstep_moments_pop', ...moments, factor), scale);
}

function duckdbDeviation(x: Sql, type: SqlType, kind: Kind, over?: Over): Sql {
  const squared = duckdbVariance(x, type, kind, over);
  return call('sqrt', type.kind === 'float' ? squared : cast(cast(squared, 'VARCHAR'), float));
}

function clickhouseVariance(x: Sql, type: SqlType, kind: Kind, over: Over): Sql {
  const n = over(call('countIf', postfix(x, 'IS NOT NULL')));
  const enough = binary(n, '>', token(kind === 'sample' ? 1 : 0));
  if (type.kind === 'float') return caseWhen([{ when: enough, then: over(call(kind === 'sample' ? 'varSampStable' : 'varPopStable', x)) }]);
  const s = scaleOf(type);
  const u = wide(x, s);
  const total = over(call('sum', u));
  const squares = binary(binary(wide(n, 0), '*', over(call('sum', binary(u, '*', u)))), '-', binary(total, '*', total));
  const pairs = binary(wide(n, 0), '*', kind === 'sample' ? binary(wide(n, 0), '-', token(1)) : wide(n, 0));
  const made = clickhouseQuotientAt(squares, 2 * s, call('greatest', wide(pairs, 0), token(1)), 0, varianceScale(s));
  return caseWhen([{ when: enough, then: made }]);
}

function clickhouseDeviation(x: Sql, type: SqlType, kind: Kind, over: Over): Sql {
  const squared = clickhouseVariance(x, type, kind, over);
  return call('sqrt', type.kind === 'float' ? squared : cast(call('toString', squared), float));
}

const typeOf = ({ args }: { readonly args: readonly Arg[] }): SqlType => (args[0] as Arg).type;

const varianceRow = (name: string, aliases: readonly string[], kind: Kind): AggregateRow => ({
  kind: 'aggregate',
  name,
  aliases,
  summary: `Variance of the ${kind}; of NUMBERs exact, then rounded.`,
  resolve: (args) => resolveSpread(name, args, varianceType),
  empty: null,
  order: 'free',
  distinctAllowed: false,
  sql: {
    standard: ([x]) => call(name, x as Sql),
    duckdb: ([x], { args }) => duckdbVariance(x as Sql, (args[0] as Arg).type, kind),
    postgres: ([x], types) => postgresVariance(x as Sql, typeOf(types), kind, alone),
    clickhouse: ([x], types) => clickhouseVariance(x as Sql, typeOf(types), kind, alone),
  },
  evaluate: (rows, call) => variance(rows, typeOf(call), kind),
  window: {
    partitionOnly: true,
    resolve: (args) => resolveSpread(name, args, varianceType),
    sql: {
      standard: ([x], _, over) => over(call(name, x as Sql)),
      duckdb: ([x], types, over) => duckdbVariance(x as Sql, typeOf(types), kind, over),
      postgres: ([x], types, over) => postgresVariance(x as Sql, typeOf(types), kind, over),
      clickhouse: ([x], types, over) => clickhouseVariance(x as Sql, typeOf(types), kind, over),
    },
    evaluate: (rows, call) => variance(rows, typeOf(call), kind),
  },
  examples: [],
});

/** The root is of the variance as rounded: Snowflake prints 0.12583057378872592, not …392. */
const deviationRow = (name: string, aliases: readonly string[], kind: Kind): AggregateRow => ({
  kind: 'aggregate',
  name,
  aliases,
  summary: `Standard deviation of the ${kind}: the root of the rounded variance.`,
  resolve: (args) => resolveSpread(name, args, () => float),
  empty: null,
  order: 'free',
  distinctAllowed: false,
  sql: {
    standard: ([x]) => call(name, x as Sql),
    duckdb: ([x], types) => duckdbDeviation(x as Sql, typeOf(types), kind),
    postgres: ([x], types) => postgresDeviation(x as Sql, typeOf(types), kind, alone),
    clickhouse: ([x], types) => clickhouseDeviation(x as Sql, typeOf(types), kind, alone),
  },
  evaluate: (rows, call) => deviation(rows, typeOf(call), kind),
  window: {
    partitionOnly: true,
    resolve: (args) => resolveSpread(name, args, () => float),
    sql: {
      standard: ([x], _, over) => over(call(name, x as Sql)),
      duckdb: ([x], types, over) => duckdbDeviation(x as Sql, typeOf(types), kind, over),
      postgres: ([x], types, over) => postgresDeviation(x as Sql, typeOf(types), kind, over),
      clickhouse: ([x], types, over) => clickhouseDeviation(x as Sql, typeOf(types), kind, over),
    },
    evaluate: (rows, call) => deviation(rows, typeOf(call), kind),
  },
  examples: [],
});

function deviation(rows: readonly (readonly Value[])[], type: SqlType, kind: Kind): Value {
  const squared = variance(rows, type, kind);
  if (squared === null) return null;
  return Math.sqrt(typeof squared === 'bigint' ? toDouble(squared, varianceScale(scaleOf(type))) : (squared as number));
}

const medianType = (x: SqlType): SqlType =>
  x.kind === 'float' ? float : number((x.kind === 'number' ? x.precision : 38) + 3, scaleOf(x) + 3);

function postgresMiddle(low: Sql, high: Sql, type: SqlType): Sql {
  const twice = binary(low, '+', high);
  return type.kind === 'float' ? binary(twice, '/', token(2)) : cast(binary(twice, '*', token('0.5')), type);
}

function clickhouseMedian(known: Sql, { args, type }: CallTypes): Sql {
  const list = call('arraySort', known);
  const at = (place: Sql): Sql => call('arrayElementOrNull', list, call('greatest', place, token(1)));
  const n = call('length', list);
  const low = at(call('intDiv', binary(n, '+', token(1)), token(2)));
  const high = at(binary(call('intDiv', n, token(2)), '+', token(1)));
  if (type.kind === 'float') return binary(binary(low, '+', high), '/', token(2));
  const s = scaleOf((args[0] as Arg).type);
  return quotientCut(binary(wide(low, s), '+', wide(high, s)), s, token(2), 0, scaleOf(type));
}

const median: AggregateRow = {
  kind: 'aggregate',
  name: 'MEDIAN',
  summary: 'The middle value, or the mean of the two middle ones; of NUMBERs with three more decimals.',
  resolve: (args) => resolveSpread('MEDIAN', args, medianType),
  empty: null,
  order: 'free',
  distinctAllowed: false,
  sql: {
    standard: ([x]) => call('MEDIAN', x as Sql),
    duckdb: ([x], { args, type }) => {
      if (type.kind === 'float') return call('median', x as Sql);
      const twice = call('lockstep_median_twice', unscaled(x as Sql, scaleOf((args[0] as Arg).type)));
      return scaled(binary(twice, '*', token(500)), scaleOf(type));
    },
    clickhouse: ([x], types) => clickhouseMedian(call('groupArray', x as Sql), types),
    postgres: ([x], { type }) => {
      const middle = (descending: boolean): Sql => ({
        kind: 'call',
        name: 'percentile_disc',
        args: [token('0.5')],
        withinGroup: [{ expr: x as Sql, descending, nullsFirst: false }],
      });
      return postgresMiddle(middle(false), middle(true), type);
    },
  },
  evaluate: middle,
  window: {
    partitionOnly: true,
    resolve: (args) => resolveSpread('MEDIAN', args, medianType),
    sql: {
      standard: ([x], _, over) => over(call('MEDIAN', x as Sql)),
      duckdb: ([x], { args, type }, over) => {
        if (type.kind === 'float') return over(call('median', x as Sql));
        const u = unscaled(x as Sql, scaleOf((args[0] as Arg).type));
        const [low, high] = [u, prefix('-', u)].map((n) => over(call('quantile_disc', n, token('0.5')))) as [Sql, Sql];
        return scaled(binary(binary(low, '-', high), '*', token(500)), scaleOf(type));
      },
      clickhouse: ([x], types, over) => clickhouseMedian(over(call('groupArray', x as Sql)), types),
      // Postgres has no ordered aggregate over a window.
      postgres: ([x], { type }, over) => {
        const [low, high] = ['FALSE', 'TRUE'].map((down) =>
          call('lockstep_percentile_disc', over(knownValues(x as Sql)), token(500), token(down)),
        ) as [Sql, Sql];
        return postgresMiddle(low, high, type);
      },
    },
    evaluate: middle,
  },
  examples: [],
};

function middle(rows: readonly (readonly Value[])[]): Value {
  const sorted = values(rows).sort(compareValues);
  const n = sorted.length;
  if (n === 0) return null;
  const [low, high] = [sorted[Math.floor((n - 1) / 2)], sorted[Math.floor(n / 2)]];
  if (typeof low === 'number') return (low + (high as number)) / 2;
  return ((low as bigint) + (high as bigint)) * 500n;
}

export const spreadRows: readonly AggregateRow[] = [
  varianceRow('VARIANCE', ['VAR_SAMP', 'VARIANCE_SAMP'], 'sample'),
  varianceRow('VAR_POP', ['VARIANCE_POP'], 'population'),
  deviationRow('STDDEV', ['STDDEV_SAMP'], 'sample'),
  deviationRow('STDDEV_POP', [], 'population'),
  median,
];
