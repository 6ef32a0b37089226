/** FACTORIAL, SQUARE, and the bucket of a histogram. */
import { binary, call, caseWhen, cast, postfix, type Sql, str, token } from '../sql/tree.ts';
import { float, integer, number } from '../sql-type.ts';
import { anyNullable, digitsOf, expectArgs, refuse, scaleOf } from './arguments.ts';
import { raise as clickhouseRaise, whole as clickhouseWhole, int64, quotientCut, wide } from './clickhouse-sql.ts';
import { pow10 } from './decimal.ts';
import type { Arg, Refusal, ScalarRow } from './define.ts';
import { unscaled } from './duckdb-numbers.ts';
import { EvaluationError } from './evaluation-error.ts';
import { numeric, raise } from './postgres-sql.ts';

const mostFactorial = 33;

const factorial: ScalarRow = {
  kind: 'scalar',
  name: 'FACTORIAL',
  summary: 'The product of the numbers from 1 to n, for n from 0 to 33.',
  nulls: 'propagate',
  resolve: (args) => {
    const refusal = expectArgs('FACTORIAL', args, ['integer']);
    if (refusal) return refusal;
    const signature = { type: integer, nullable: anyNullable(args) };
    const { literal } = args[0] as Arg;
    if (literal === null || (typeof literal === 'string' && Number(literal) >= 0 && Number(literal) <= mostFactorial)) return signature;
    return { ...signature, mayRaise: { reason: 'FACTORIAL takes numbers from 0 to 33', hint: 'use a constant' } };
  },
  sql: {
    standard: ([n]) => call('FACTORIAL', n as Sql),
    duckdb: ([n]) =>
      caseWhen(
        [
          {
            when: { kind: 'between', argument: n as Sql, low: token(0), high: token(mostFactorial), negated: true },
            then: call('error', str('FACTORIAL takes numbers from 0 to 33')),
          },
        ],
        call('factorial', cast(n as Sql, 'INTEGER')),
      ),
    clickhouse: ([n]) => {
      const products = Array.from({ length: mostFactorial + 1 }, (_, i) => cast(str(String(factorialOf(BigInt(i)))), 'Decimal(38, 0)'));
      const outside: Sql = { kind: 'between', argument: n as Sql, low: token(0), high: token(mostFactorial), negated: true };
      const value = call('arrayElement', call('array', ...products), binary(int64(n as Sql), '+', token(1)));
      const wrong = { when: outside, then: clickhouseRaise('FACTORIAL takes numbers from 0 to 33', integer, outside) };
      return caseWhen([{ when: postfix(n as Sql, 'IS NULL'), then: token('NULL') }, wrong], value);
    },
    postgres: ([n]) =>
      caseWhen(
        [
          {
            when: { kind: 'between', argument: n as Sql, low: token(0), high: token(mostFactorial), negated: true },
            then: raise('FACTORIAL takes numbers from 0 to 33', cast(token('NULL'), integer)),
          },
        ],
        call('factorial', cast(n as Sql, 'BIGINT')),
      ),
  },
  evaluate: ([n]) => {
    const most = Number(n);
    if (most < 0 || most > mostFactorial) throw new EvaluationError('FACTORIAL takes numbers from 0 to 33');
    return factorialOf(BigInt(most));
  },
  examples: [
    { sql: 'FACTORIAL(0)', result: '1', source: 'docs:factorial' },
    { sql: 'FACTORIAL(10)', result: '3628800', source: 'docs:factorial' },
  ],
};

function factorialOf(n: bigint): bigint {
  return n < 2n ? 1n : n * factorialOf(n - 1n);
}

const square: ScalarRow = {
  kind: 'scalar',
  name: 'SQUARE',
  summary: 'x times x, as a FLOAT.',
  nulls: 'propagate',
  resolve: (args) => expectArgs('SQUARE', args, ['numeric']) ?? { type: float, nullable: anyNullable(args), params: [float] },
  sql: {
    standard: ([x]) => call('SQUARE', x as Sql),
    duckdb: ([x]) => binary(x as Sql, '*', x as Sql),
    postgres: ([x]) => binary(x as Sql, '*', x as Sql),
    clickhouse: ([x]) => binary(x as Sql, '*', x as Sql),
  },
  evaluate: ([x]) => (x as number) * (x as number),
  examples: [{ sql: 'SQUARE(3.15)', result: '9.9225', source: 'docs:square' }],
};

interface Buckets {
  readonly low: bigint;
  readonly width: bigint;
  readonly count: number;
}

const wholeNumber = (arg: Arg | undefined): number | undefined =>
  typeof arg?.literal === 'string' && /^-?\d{1,15}(\.0+)?$/.test(arg.literal) ? Number(arg.literal) : undefined;

/** Snowflake does not say how it divides: taken where every way of dividing finds the same bounds. */
function everyWayAgrees(range: number, count: number): boolean {
  const width = range / count;
  return Array.from({ length: count }, (_, k) => k).every((k) =>
    [((k * width) / range) * count, k * width * (count / range), (k * width * count) / range, (k * width) / width].every(
      (x) => Math.floor(x) === k,
    ),
  );
}

function buckets(args: readonly Arg[]): Buckets | Refusal {
  const [low, high, count] = [wholeNumber(args[1]), wholeNumber(args[2]), wholeNumber(args[3])];
  if (low === undefined || high === undefined || count === undefined)
    return refuse('wrong-arguments', 'WIDTH_BUCKET takes whole constant bounds, and a constant number of buckets');
  if (low >= high || count < 1 || count > 1000)
    return refuse('wrong-arguments', 'WIDTH_BUCKET needs a lower bound below the upper, and 1 to 1000 buckets');
  if ((high - low) % count !== 0 || !everyWayAgrees(high - low, count))
    return refuse(
      'wrong-arguments',
      'where these buckets end depends on how an engine divides',
      'choose bounds and a number that give whole buckets: FLOOR(DIV0(x - low, width)) + 1',
    );
  return { low: BigInt(low), width: BigInt((high - low) / count), count };
}

function known(args: readonly Arg[]): Buckets {
  const found = buckets(args);
  if ('refused' in found) throw new Error(found.message);
  return found;
}

function withinBounds(x: Sql, { low, width, count }: Buckets, bucket: Sql): Sql {
  return caseWhen(
    [
      { when: binary(x, '<', token(low)), then: token(0) },
      { when: binary(x, '>=', token(low + width * BigInt(count))), then: token(count + 1) },
    ],
    bucket,
  );
}

const widthBucket: ScalarRow = {
  kind: 'scalar',
  name: 'WIDTH_BUCKET',
  summary: 'The number of the bucket that x falls into, of n equal ones between two bounds; 0 below, n + 1 above.',
  nulls: 'propagate',
  resolve: (args) => {
    const refusal = expectArgs('WIDTH_BUCKET', args, ['number', 'number', 'number', 'number']);
    if (refusal) return refusal;
    const found = buckets(args);
    if ('refused' in found) return found;
    const [x] = args as [Arg];
    if (digitsOf(x) + scaleOf(x.type) > 15 && x.literal === undefined && scaleOf(x.type) > 0)
      return refuse('type-mismatch', 'WIDTH_BUCKET takes decimals of at most 15 digits', 'round first: CAST(x AS NUMBER(15, 2))', 0);
    return { type: number(9), nullable: x.nullable, digits: 4 };
  },
  sql: {
    standard: (args) => call('WIDTH_BUCKET', ...args),
    duckdb: ([x], { args }) => {
      const { low, width, count } = known(args);
      const scale = scaleOf((args[0] as Arg).type);
      const [from, step] = [low * pow10(scale), width * pow10(scale)];
      const above = binary(unscaled(x as Sql, scale), '-', cast(token(from), 'HUGEINT'));
      const bucket = cast(binary(binary(above, '//', cast(token(step), 'HUGEINT')), '+', token(1)), 'BIGINT');
      return withinBounds(x as Sql, { low, width, count }, bucket);
    },
    clickhouse: ([x], { args }) => {
      const { low, width, count } = known(args);
      const scale = scaleOf((args[0] as Arg).type);
      const above = binary(wide(x as Sql, scale), '-', wide(token(low), 0));
      const bucket = binary(quotientCut(above, scale, token(width), 0, 0), '+', token(1));
      return clickhouseWhole(withinBounds(wide(x as Sql, scale), { low, width, count }, bucket));
    },
    postgres: ([x], { args }) => {
      const { low, width, count } = known(args);
      const bucket = binary(call('div', binary(x as Sql, '-', numeric(token(low))), token(width)), '+', token(1));
      return withinBounds(x as Sql, { low, width, count }, bucket);
    },
  },
  evaluate: ([x], { args }) => {
    const { low, width, count } = known(args);
    const scale = pow10(scaleOf((args[0] as Arg).type));
    const above = (x as bigint) - low * scale;
    if (above < 0n) return 0n;
    return above >= width * BigInt(count) * scale ? BigInt(count + 1) : above / (width * scale) + 1n;
  },
  examples: [
    { sql: 'WIDTH_BUCKET(399999.99, 200000, 600000, 4)', result: '2', source: 'gold:slt.numeric.width_bucket.1' },
    { sql: 'WIDTH_BUCKET(400000.00, 200000, 600000, 4)', result: '3', source: 'gold:slt.numeric.width_bucket.1' },
  ],
};

export const wholeNumberRows: readonly ScalarRow[] = [factorial, square, widthBucket];
