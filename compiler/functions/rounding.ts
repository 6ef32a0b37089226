/** ROUND, TRUNC, FLOOR, CEIL, ABS, SIGN. */
import { binary, call, caseWhen, cast, type Sql, token } from '../sql/tree.ts';
import { float, number, type SqlType } from '../sql-type.ts';
import { anyNullable, arity, digitsOf, expectArgs, expectKind, numberType, refuse, scaleOf } from './arguments.ts';
import { floorDivide } from './calendar.ts';
import { quotientCut, whole, wide } from './clickhouse-sql.ts';
import { absolute, divideHalfAway, pow10, withinNumber } from './decimal.ts';
import type { Arg, CallTypes, Example, Refusal, ScalarRow, Signature } from './define.ts';
import { scaled, unscaled } from './duckdb-numbers.ts';

type Divide = (n: bigint, d: bigint) => bigint;

const modes = new Set(['HALF_AWAY_FROM_ZERO', 'HALF_TO_EVEN']);
const toEven = (args: readonly Arg[]): boolean => args[2]?.literal === 'HALF_TO_EVEN';

function divideHalfEven(n: bigint, d: bigint): bigint {
  const [quotient, twice] = [n / d, 2n * absolute(n % d)];
  if (twice < d || (twice === d && quotient % 2n === 0n)) return quotient;
  return quotient + (n < 0n ? -1n : 1n);
}

/** Decimals to keep; undefined if it is no constant. */
function places(args: readonly Arg[]): number | undefined {
  if (args.length < 2) return 0;
  const literal = args[1]?.literal;
  return typeof literal === 'string' && /^-?\d{1,2}$/.test(literal) ? Number(literal) : undefined;
}

function resolveRounding(name: string, args: readonly Arg[]): Signature | Refusal {
  const wrong = arity(name, args, 1, name === 'ROUND' ? 3 : 2);
  if (wrong) return wrong;
  const [x] = args as [Arg];
  const refusal = expectKind(name, x, args.length === 3 ? 'number' : 'numeric', 0);
  if (refusal) return refusal;
  if (args.length === 3 && !modes.has(String(args[2]?.literal)))
    return refuse('wrong-arguments', "ROUND takes 'HALF_AWAY_FROM_ZERO' or 'HALF_TO_EVEN'", undefined, 2);
  const n = places(args);
  if (n === undefined)
    return refuse('wrong-arguments', `${name} needs a constant number of decimals`, 'the scale of the result depends on it', 1);
  if (x.type.kind === 'float') {
    if (n === 0) return { type: float, nullable: x.nullable };
    return refuse(
      'type-mismatch',
      `the last decimal of ${name}(FLOAT, ${n}) differs between engines`,
      `convert it first: ${name}(CAST(x AS NUMBER(38, 6)), ${n})`,
      0,
    );
  }
  const type = numberType(x.type);
  const scale = Math.min(type.scale, Math.max(n, 0));
  // CEIL(4, -3) is 1000.
  const least = n < 0 ? 1 - n : 0;
  const whole = Math.max(type.precision - type.scale + 1, least);
  return { type: number(whole + scale, scale), nullable: x.nullable, digits: Math.max(digitsOf(x) + 1, least) };
}

function rounding(
  name: string,
  aliases: readonly string[],
  summary: string,
  divide: Divide,
  onFloat: (x: number) => number,
  native: string,
  examples: readonly Example[],
): ScalarRow {
  return {
    kind: 'scalar',
    name,
    aliases,
    summary,
    nulls: 'propagate',
    resolve: (args) => resolveRounding(name, args),
    sql: {
      standard: (args) => call(name, ...args),
      duckdb: ([x], types) => duckdbRounding(native, x as Sql, types),
      postgres: ([x], types) => postgresRounding(native, x as Sql, types),
      clickhouse: ([x], types) => clickhouseRounding(native, x as Sql, types),
    },
    evaluate: ([x], { args, type }) => {
      if (typeof x === 'number') return onFloat(x);
      const n = places(args) as number;
      const lost = scaleOf((args[0] as Arg).type) - n;
      if (lost <= 0) return x as bigint;
      const kept = (toEven(args) ? divideHalfEven : divide)(x as bigint, pow10(lost));
      return withinNumber(n < 0 ? kept * pow10(-n) : kept * pow10(scaleOf(type) - n));
    },
    examples,
  };
}

/** DuckDB keeps a DECIMAL where Snowflake's scale is 0. */
function duckdbRounding(native: string, x: Sql, { args, type }: CallTypes): Sql {
  const n = places(args) as number;
  const inputScale = scaleOf((args[0] as Arg).type);
  if (type.kind === 'float') return call(native, x);
  if (n >= inputScale) return x;
  if (toEven(args) || ((native === 'floor' || native === 'ceil') && n !== 0)) return duckdbDivided(native, x, inputScale, n, type);
  if (n === 0) return cast(call(native, x), type);
  // Wide, because DuckDB turns even NULL into 0 where no digit is left; and it truncates no integers.
  const wide = n > 0 || (inputScale === 0 && native === 'round') ? x : cast(x, `DECIMAL(38,${inputScale})`);
  const rounded = call(native, wide, token(n));
  return inputScale === 0 && native === 'round' ? rounded : cast(rounded, type);
}

/** By whole numbers: x is n / 10^inputScale. */
function duckdbDivided(native: string, x: Sql, inputScale: number, n: number, type: SqlType): Sql {
  const huge = (digits: number): Sql => cast(token(pow10(digits)), 'HUGEINT');
  const [dividend, divisor] = [unscaled(x, inputScale), huge(inputScale - n)];
  const kept = call(native === 'round' ? 'lockstep_half_even' : `lockstep_${native}_div`, dividend, divisor);
  return cast(scaled(n < 0 ? binary(kept, '*', huge(-n)) : kept, scaleOf(type)), type);
}

function postgresRounding(native: string, x: Sql, { args, type }: CallTypes): Sql {
  const n = places(args) as number;
  if (type.kind === 'float') return call(native === 'round' ? 'lockstep_round' : native, x);
  if (n >= scaleOf((args[0] as Arg).type)) return x;
  if (toEven(args)) return call('lockstep_half_even', x, token(n));
  if (n !== 0 && (native === 'ceil' || native === 'floor')) return binary(call(native, binary(x, '*', powerOfTen(n))), '*', powerOfTen(-n));
  return n === 0 ? call(native, x) : call(native, x, token(n));
}

/** Of doubles, ClickHouse rounds halves to even. */
function clickhouseRounding(native: string, x: Sql, { args, type }: CallTypes): Sql {
  const n = places(args) as number;
  const scale = scaleOf((args[0] as Arg).type);
  if (type.kind === 'float' && native === 'round') {
    const cut = call('trunc', x);
    const half = binary(call('abs', binary(x, '-', cut)), '>=', token('0.5'));
    return binary(cut, '+', caseWhen([{ when: half, then: call('sign', x) }], token(0)));
  }
  if (type.kind === 'float') return call(native, x);
  if (n >= scale) return x;
  const fn = toEven(args) ? 'roundBankers' : native;
  if (n >= 0) return wide(call(fn, wide(x, scale), token(n)), n);
  const tens = wide(token(pow10(-n)), 0);
  const kept = wide(call(fn, quotientCut(x, scale, tens, 0, scale - n), token(0)), 0);
  return binary(kept, '*', tens);
}

const powerOfTen = (n: number): Sql => token(n < 0 ? `0.${'0'.repeat(-n - 1)}1` : pow10(n));

const roundFloat = (x: number): number =>
  x < 0 ? -Math.floor(-x) - Number(-x - Math.floor(-x) >= 0.5) : Math.floor(x) + Number(x - Math.floor(x) >= 0.5);

const abs: ScalarRow = {
  kind: 'scalar',
  name: 'ABS',
  summary: 'Without the sign.',
  nulls: 'propagate',
  resolve: (args) => expectArgs('ABS', args, ['numeric']) ?? keepNumber(args[0] as Arg),
  sql: { standard: ([x]) => call('ABS', x as Sql), postgres: 'standard', clickhouse: 'standard' },
  evaluate: ([x]) => (typeof x === 'bigint' ? absolute(x) : Math.abs(x as number)),
  examples: [],
};

function keepNumber(x: Arg): Signature {
  return { type: x.type, nullable: x.nullable, ...(x.type.kind === 'number' ? { digits: digitsOf(x) } : {}) };
}

const signType: SqlType = number(1);

const sign: ScalarRow = {
  kind: 'scalar',
  name: 'SIGN',
  summary: '-1, 0 or 1.',
  nulls: 'propagate',
  resolve: (args) => expectArgs('SIGN', args, ['number']) ?? { type: signType, nullable: anyNullable(args), digits: 1 },
  sql: {
    standard: ([x]) => call('SIGN', x as Sql),
    duckdb: ([x]) => cast(call('sign', x as Sql), 'BIGINT'),
    postgres: 'standard',
    clickhouse: ([x]) => whole(call('sign', x as Sql)),
  },
  evaluate: ([x]) => ((x as bigint) > 0n ? 1n : (x as bigint) < 0n ? -1n : 0n),
  examples: [],
};

export const roundingRows: readonly ScalarRow[] = [
  rounding('ROUND', [], 'To n decimals, halves away from zero.', divideHalfAway, roundFloat, 'round', [
    { sql: 'ROUND(135.135)', result: '135', source: 'gold:slt.numeric.round.1' },
    { sql: 'ROUND(-975.975)', result: '-976', source: 'gold:slt.numeric.round.1' },
    { sql: 'ROUND(2.5, 0)', result: '3', source: 'gold:slt.numeric.round.3' },
    { sql: 'ROUND(-2.5, 0)', result: '-3', source: 'gold:slt.numeric.round.4' },
    { sql: "ROUND(2.5, 0, 'HALF_TO_EVEN')", result: '2', source: 'gold:slt.numeric.round.3' },
    { sql: "ROUND(-2.5, 0, 'HALF_TO_EVEN')", result: '-2', source: 'docs:round' },
  ]),
  rounding('TRUNC', ['TRUNCATE'], 'To n decimals, the rest cut off.', (n, d) => n / d, Math.trunc, 'trunc', []),
  rounding('FLOOR', [], 'The greatest whole number that is not greater.', floorDivide, Math.floor, 'floor', []),
  rounding('CEIL', ['CEILING'], 'The least whole number that is not less.', (n, d) => -floorDivide(-n, d), Math.ceil, 'ceil', []),
  abs,
  sign,
];
