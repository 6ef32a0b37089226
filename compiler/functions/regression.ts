/** Two columns against each other, over the rows where both have a value: FLOAT, equal to the last bits only. */
import { binary, call, caseWhen, cast, isNull, postfix, type Sql, token } from '../sql/tree.ts';
import { float } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { expectArgs } from './arguments.ts';
import type { AggregateRow, Arg, Refusal, Signature } from './define.ts';

type Pair = readonly [y: number, x: number];

interface Moments {
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly sxx: number;
  readonly syy: number;
  readonly sxy: number;
  readonly constantX: boolean;
  readonly constantY: boolean;
}

function moments(pairs: readonly Pair[]): Moments {
  const n = pairs.length;
  const mean = (at: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[at], 0) / n;
  const [meanY, meanX] = [mean(0), mean(1)];
  const sum = (f: (dy: number, dx: number) => number): number => pairs.reduce((total, [y, x]) => total + f(y - meanY, x - meanX), 0);
  const constant = (at: 0 | 1): boolean => pairs.every((pair) => pair[at] === pairs[0]?.[at]);
  return {
    n,
    meanX,
    meanY,
    sxx: constant(1) ? 0 : sum((_, dx) => dx * dx),
    syy: constant(0) ? 0 : sum((dy) => dy * dy),
    sxy: constant(0) || constant(1) ? 0 : sum((dy, dx) => dy * dx),
    constantX: constant(1),
    constantY: constant(0),
  };
}

/** Makes a window function of an aggregate, or leaves it. */
type Wrap = (aggregate: Sql) => Sql;
type Both = (y: Sql, x: Sql, wrap: Wrap) => Sql;

const known = (value: Sql): Sql => postfix(value, 'IS NOT NULL');
const where = (test: Sql, value: Sql): Sql => caseWhen([{ when: test, then: value }]);
/** Whether a column has more than one value among the pairs: exactly, where a variance may come out as 1e-17. */
const spreads = (value: Sql, other: Sql, wrap: Wrap): Sql => {
  const paired = where(known(other), value);
  return binary(wrap(call('min', paired)), '<', wrap(call('max', paired)));
};
const xSpreads: Both = (y, x, wrap) => spreads(x, y, wrap);
const bothSpread: Both = (y, x, wrap) => binary(spreads(x, y, wrap), 'AND', spreads(y, x, wrap));

const plain =
  (native: string): Both =>
  (y, x, wrap) =>
    wrap(call(native, y, x));

/** ClickHouse has moments of pairs only; the others come from them. */
const ofX =
  (native: string): Both =>
  (y, x, wrap) =>
    wrap(call(native, where(known(y), x)));
const ofY =
  (native: string): Both =>
  (y, x, wrap) =>
    wrap(call(native, where(known(x), y)));
const pairs: Both = (y, x, wrap) => wrap(call('countIf', binary(known(y), 'AND', known(x))));
const product =
  (a: Both, b: Both): Both =>
  (y, x, wrap) =>
    binary(a(y, x, wrap), '*', b(y, x, wrap));
const slope: Both = (y, x, wrap) => binary(plain('covarPopStable')(y, x, wrap), '/', ofX('varPopStable')(y, x, wrap));
const squared = product(plain('corrStable'), plain('corrStable'));

const ofMoments: Readonly<Record<string, Both>> = {
  CORR: plain('corrStable'),
  COVAR_POP: plain('covarPopStable'),
  COVAR_SAMP: (y, x, wrap) => where(binary(pairs(y, x, wrap), '>', token(1)), plain('covarSampStable')(y, x, wrap)),
  REGR_SLOPE: slope,
  REGR_INTERCEPT: (y, x, wrap) => binary(ofY('avg')(y, x, wrap), '-', binary(slope(y, x, wrap), '*', ofX('avg')(y, x, wrap))),
  REGR_R2: (y, x, wrap) =>
    caseWhen([
      { when: bothSpread(y, x, wrap), then: squared(y, x, wrap) },
      { when: xSpreads(y, x, wrap), then: cast(token('1.0'), float) },
    ]),
  REGR_AVGX: ofX('avg'),
  REGR_AVGY: ofY('avg'),
  REGR_SXX: product(ofX('varPopStable'), pairs),
  REGR_SYY: product(ofY('varPopStable'), pairs),
  REGR_SXY: product(plain('covarPopStable'), pairs),
};

function row(
  name: string,
  summary: string,
  compute: (m: Moments) => number | null,
  native: string,
  holds?: Both,
  fixed?: Both,
  onPostgres: Both = plain(native),
  onClickhouse: Both = ofMoments[name] as Both,
): AggregateRow {
  const resolve = (args: readonly Arg[]): Signature | Refusal =>
    expectArgs(name, args, ['numeric', 'numeric']) ?? { type: float, nullable: true, params: [float, float] };
  const evaluate = (rows: readonly (readonly Value[])[]): Value => {
    const pairs = rows.filter(([y, x]) => y !== null && x !== null) as unknown as readonly Pair[];
    return pairs.length === 0 ? null : compute(moments(pairs));
  };
  const build = ([y, x]: readonly Sql[], wrap: Wrap, made: Both): Sql => {
    const [a, b] = [y as Sql, x as Sql];
    if (holds !== undefined) return where(holds(a, b, wrap), made(a, b, wrap));
    return fixed === undefined || made === onClickhouse ? made(a, b, wrap) : fixed(a, b, wrap);
  };
  const onDuckdb = plain(native);
  const alone: Wrap = (aggregate) => aggregate;
  return {
    kind: 'aggregate',
    name,
    summary,
    resolve,
    empty: null,
    order: 'free',
    distinctAllowed: false,
    sql: {
      standard: (args) => call(name, ...args),
      duckdb: (args) => build(args, alone, onDuckdb),
      postgres: (args) => build(args, alone, onPostgres),
      clickhouse: (args) => build(args, alone, onClickhouse),
    },
    evaluate,
    window: {
      partitionOnly: true,
      resolve,
      sql: {
        standard: (args, _, over) => over(call(name, ...args)),
        duckdb: (args, _, over) => build(args, over, onDuckdb),
        postgres: (args, _, over) => build(args, over, onPostgres),
        clickhouse: (args, _, over) => build(args, over, onClickhouse),
      },
      evaluate,
    },
    examples: [],
  };
}

/** A sum of squares over no pairs is NULL in Snowflake. */
const overPairs =
  (native: string): Both =>
  (y, x, wrap) =>
    caseWhen([{ when: isNull(wrap(call('min', where(known(x), y)))), then: token('NULL') }], wrap(call(native, y, x)));

const r2: Both = (y, x, wrap) =>
  caseWhen([
    { when: bothSpread(y, x, wrap), then: wrap(call('regr_r2', y, x)) },
    { when: xSpreads(y, x, wrap), then: cast(token('1.0'), float) },
  ]);

/** Postgres' own loses digits where the sums are large against it. */
const interceptOfMeans: Both = (y, x, wrap) => {
  const [slope, meanY, meanX] = ['regr_slope', 'regr_avgy', 'regr_avgx'].map((fn) => wrap(call(fn, y, x))) as [Sql, Sql, Sql];
  return binary(meanY, '-', binary(slope, '*', meanX));
};

export const regressionRows: readonly AggregateRow[] = [
  row(
    'CORR',
    "Pearson's correlation; NULL where a column has one value only.",
    (m) => (m.constantX || m.constantY ? null : m.sxy / Math.sqrt(m.sxx * m.syy)),
    'corr',
    bothSpread,
  ),
  row('COVAR_POP', 'Covariance of the population.', (m) => m.sxy / m.n, 'covar_pop'),
  row('COVAR_SAMP', 'Covariance of a sample; NULL for fewer than two pairs.', (m) => (m.n < 2 ? null : m.sxy / (m.n - 1)), 'covar_samp'),
  row(
    'REGR_SLOPE',
    'Slope of the line y = a + b x through the pairs (y, x); NULL where x has one value only.',
    (m) => (m.constantX ? null : m.sxy / m.sxx),
    'regr_slope',
    xSpreads,
  ),
  row(
    'REGR_INTERCEPT',
    'Where the line through the pairs (y, x) meets x = 0.',
    (m) => (m.constantX ? null : m.meanY - (m.sxy / m.sxx) * m.meanX),
    'regr_intercept',
    xSpreads,
    undefined,
    interceptOfMeans,
  ),
  row(
    'REGR_R2',
    'How much of y the line explains: the square of CORR, 1 where y has one value only.',
    (m) => (m.constantX ? null : m.constantY ? 1 : (m.sxy * m.sxy) / (m.sxx * m.syy)),
    'regr_r2',
    undefined,
    r2,
  ),
  row('REGR_AVGX', 'Mean of x over the pairs (y, x).', (m) => m.meanX, 'regr_avgx'),
  row('REGR_AVGY', 'Mean of y over the pairs (y, x).', (m) => m.meanY, 'regr_avgy'),
  row('REGR_SXX', 'Σ(x − mean)² over the pairs (y, x).', (m) => m.sxx, 'regr_sxx', undefined, overPairs('regr_sxx')),
  row('REGR_SYY', 'Σ(y − mean)² over the pairs (y, x).', (m) => m.syy, 'regr_syy', undefined, overPairs('regr_syy')),
  row('REGR_SXY', 'Σ(x − mean)(y − mean) over the pairs (y, x).', (m) => m.sxy, 'regr_sxy', undefined, overPairs('regr_sxy')),
];
