/** + - * % and the sign. */
import { binary, call, cast, prefix, type Sql, token } from '../sql/tree.ts';
import { date, float, number, type SqlType, typeName } from '../sql-type.ts';
import { anyNullable, digitsOf, expectArgs, numberType, refuse, scaleOf } from './arguments.ts';
import { dateOf, days, divisor, ifDivisible, int64, rounded, whole, wide } from './clickhouse-sql.ts';
import { rescale, withinNumber } from './decimal.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { wideBinary } from './duckdb-numbers.ts';
import { EvaluationError } from './evaluation-error.ts';
import { numeric } from './postgres-sql.ts';

type Operator = '+' | '-' | '*';

/** p and s of an exact result; nominal precision is cut at 38, the scale stays. */
function resultType(operator: Operator, a: Arg, b: Arg): SqlType {
  const x = numberType(a.type);
  const y = numberType(b.type);
  if (operator === '*') {
    const scale = Math.min(x.scale + y.scale, Math.max(x.scale, y.scale, 12));
    return number(x.precision - x.scale + (y.precision - y.scale) + scale, scale);
  }
  const scale = Math.max(x.scale, y.scale);
  return number(Math.max(x.precision - x.scale, y.precision - y.scale) + scale + 1, scale);
}

function resolveNumbers(operator: Operator, args: readonly Arg[]): Signature | Refusal {
  const refusal = expectArgs(operator, args, ['numeric', 'numeric']);
  if (refusal) return refusal;
  const [a, b] = args as [Arg, Arg];
  const nullable = anyNullable(args);
  if (a.type.kind === 'float' || b.type.kind === 'float') return { type: float, nullable, params: [float, float] };
  if (operator === '*' && scaleOf(a.type) + scaleOf(b.type) > 37) {
    return refuse(
      'type-mismatch',
      `the exact product of ${typeName(a.type)} and ${typeName(b.type)} has more than 37 decimals`,
      'round one of them first: ROUND(x, 6)',
    );
  }
  const digits = operator === '*' ? digitsOf(a) + digitsOf(b) : Math.max(digitsOf(a), digitsOf(b)) + 1;
  return { type: resultType(operator, a, b), nullable, digits };
}

function resolveSum(operator: '+' | '-', args: readonly Arg[]): Signature | Refusal {
  const [a, b] = args;
  if (a && b && args.length === 2) {
    const nullable = anyNullable(args);
    if (a.type.kind === 'timestamp' || b.type.kind === 'timestamp') {
      const hint = operator === '-' ? "write DATEDIFF('second', earlier, later), or DATEADD for an interval" : "write DATEADD('day', n, x)";
      return refuse('type-mismatch', `${operator} does not take a timestamp`, hint);
    }
    if (a.type.kind === 'date' && isInteger(b)) return { type: date, nullable };
    if (operator === '+' && isInteger(a) && b.type.kind === 'date') return { type: date, nullable };
    if (operator === '-' && a.type.kind === 'date' && b.type.kind === 'date') return { type: number(9), nullable, digits: 8 };
  }
  return resolveNumbers(operator, args);
}

function isInteger(arg: Arg): boolean {
  return arg.type.kind === 'number' && arg.type.scale === 0;
}

function arithmeticRow(
  operator: '+' | '-',
  apply: (a: bigint, b: bigint) => bigint,
  applyFloat: (a: number, b: number) => number,
  row: Pick<ScalarRow, 'summary' | 'examples'>,
): ScalarRow {
  return {
    ...row,
    kind: 'scalar',
    name: operator,
    nulls: 'propagate',
    resolve: (args) => resolveSum(operator, args),
    sql: {
      standard: ([a, b]) => binary(a as Sql, operator, b as Sql),
      duckdb: ([a, b], types) => {
        const [left, right] = [a as Sql, b as Sql];
        if (types.type.kind === 'float') return binary(left, operator, right);
        if (types.args.some((arg) => arg.type.kind === 'date')) return duckdbDays(operator, left, right, types);
        const digits = Math.max(...types.args.map(digitsOf)) + 1;
        return wideBinary(left, operator, right, types.args, digits, scaleOf(types.type));
      },
      postgres: ([a, b], types) => {
        if (types.args.some((arg) => arg.type.kind === 'date')) return postgresDays(operator, a as Sql, b as Sql, types);
        return binary(a as Sql, operator, b as Sql);
      },
      clickhouse: ([a, b], types) => {
        if (types.type.kind === 'float') return binary(a as Sql, operator, b as Sql);
        if (types.args.some((arg) => arg.type.kind === 'date')) return clickhouseDays(operator, a as Sql, b as Sql, types);
        return binary(wide(a as Sql, scaleOf(types.type)), operator, wide(b as Sql, scaleOf(types.type)));
      },
    },
    evaluate: ([a, b], { args, type }) => {
      if (type.kind === 'float') return applyFloat(a as number, b as number);
      if (type.kind === 'date') return apply(a as bigint, b as bigint);
      const scale = scaleOf(type);
      const [x, y] = [a, b].map((value, i) => rescale(value as bigint, scaleOf((args[i] as Arg).type), scale));
      return withinNumber(apply(x as bigint, y as bigint));
    },
  };
}

/** DuckDB adds only INTEGERs to a DATE. */
function duckdbDays(operator: string, left: Sql, right: Sql, types: CallTypes): Sql {
  const asInteger = (sql: Sql, i: number): Sql => (types.args[i]?.type.kind === 'number' ? cast(sql, 'INTEGER') : sql);
  return binary(asInteger(left, 0), operator, asInteger(right, 1));
}

/** Days between two dates are an INTEGER in Postgres. */
function postgresDays(operator: string, left: Sql, right: Sql, types: CallTypes): Sql {
  const days = duckdbDays(operator, left, right, types);
  return types.type.kind === 'number' ? numeric(days) : days;
}

function clickhouseDays(operator: string, left: Sql, right: Sql, { args, type }: CallTypes): Sql {
  const [a, b] = [left, right].map((x, i) => int64(args[i]?.type.kind === 'date' ? days(x) : x)) as [Sql, Sql];
  return type.kind === 'date' ? dateOf(binary(a, operator, b)) : whole(binary(a, operator, b));
}

const add = arithmeticRow(
  '+',
  (a, b) => a + b,
  (a, b) => a + b,
  {
    summary: 'Sum; a DATE and a number of days.',
    examples: [],
  },
);

const subtract = arithmeticRow(
  '-',
  (a, b) => a - b,
  (a, b) => a - b,
  {
    summary: 'Difference; a DATE and a number of days; days between two DATEs.',
    examples: [{ sql: "'2016-09-07'::DATE - '2016-08-23'::DATE", result: '15', source: 'gold:slt.datetime.datediff.3' }],
  },
);

const multiply: ScalarRow = {
  kind: 'scalar',
  name: '*',
  summary: 'Product. A scale beyond 12 is rounded, unless an operand has it.',
  nulls: 'propagate',
  resolve: (args) => resolveNumbers('*', args),
  sql: {
    standard: ([a, b]) => binary(a as Sql, '*', b as Sql),
    duckdb: ([a, b], { args, type }) => {
      if (type.kind === 'float') return binary(a as Sql, '*', b as Sql);
      const exact = args.reduce((sum, arg) => sum + scaleOf(arg.type), 0);
      const digits = args.reduce((sum, arg) => sum + digitsOf(arg), 0);
      const product = wideBinary(a as Sql, '*', b as Sql, args, digits, exact);
      const scale = scaleOf(type);
      return exact === scale ? product : cast(call('round', product, { kind: 'token', text: String(scale) }), `DECIMAL(38,${scale})`);
    },
    postgres: ([a, b], { args, type }) => {
      const product = binary(a as Sql, '*', b as Sql);
      const exact = args.reduce((sum, arg) => sum + scaleOf(arg.type), 0);
      return type.kind === 'float' || exact === scaleOf(type) ? product : call('round', product, token(scaleOf(type)));
    },
    clickhouse: ([a, b], { args, type }) => {
      if (type.kind === 'float') return binary(a as Sql, '*', b as Sql);
      const [x, y] = args.map((arg) => scaleOf(arg.type)) as [number, number];
      return rounded(binary(wide(a as Sql, x), '*', wide(b as Sql, y)), x + y, scaleOf(type));
    },
  },
  evaluate: ([a, b], { args, type }) => {
    if (type.kind === 'float') return (a as number) * (b as number);
    const exact = args.reduce((sum, arg) => sum + scaleOf(arg.type), 0);
    return withinNumber(rescale((a as bigint) * (b as bigint), exact, scaleOf(type)));
  },
  examples: [
    { sql: '10.01 * 1.1', result: '11.011', source: 'gold:slt.operators.operators-arithmetic.1' },
    { sql: '.1 * .0000000000001', result: '0.0000000000000', source: 'gold:doc.numeric.arith_mul_scale' },
  ],
};

export const zeroDivisor = {
  reason: 'the divisor may be zero',
  hint: 'guard it: NULLIF(b, 0), DIV0(a, b), or CASE WHEN b <> 0 THEN … END',
};

const modulo: ScalarRow = {
  kind: 'scalar',
  name: '%',
  aliases: ['MOD'],
  summary: 'Remainder, with the sign of the dividend.',
  nulls: 'propagate',
  resolve: (args) => {
    const refusal = expectArgs('MOD', args, ['number', 'number']);
    if (refusal) return refusal;
    const [a, b] = args as [Arg, Arg];
    const [x, y] = [numberType(a.type), numberType(b.type)];
    const scale = Math.max(x.scale, y.scale);
    const type = number(Math.max(x.precision - x.scale, y.precision - y.scale) + scale, scale);
    const digits = Math.min(digitsOf(a), digitsOf(b));
    return { type, nullable: anyNullable(args), digits, ...(b.nonZero ? {} : { mayRaise: zeroDivisor }) };
  },
  sql: {
    standard: ([a, b]) => binary(a as Sql, '%', b as Sql),
    duckdb: ([a, b], { args, type }) => {
      const scale = scaleOf(type);
      const operands = [a as Sql, b as Sql].map((sql, i) =>
        scale === 0 || scaleOf((args[i] as Arg).type) === scale ? sql : cast(sql, `DECIMAL(38,${scale})`),
      );
      return binary(operands[0] as Sql, '%', operands[1] as Sql);
    },
    postgres: 'standard',
    clickhouse: ([a, b], { type }) =>
      ifDivisible(a as Sql, b as Sql, binary(wide(a as Sql, scaleOf(type)), '%', wide(divisor(b as Sql), scaleOf(type)))),
  },
  evaluate: ([a, b], { args, type }) => {
    const [x, y] = [a, b].map((value, i) => rescale(value as bigint, scaleOf((args[i] as Arg).type), scaleOf(type)));
    if (y === 0n) throw new EvaluationError('division by zero');
    return (x as bigint) % (y as bigint);
  },
  examples: [
    { sql: 'MOD(3, 2)', result: '1', source: 'gold:doc.numeric.mod_dec' },
    { sql: 'MOD(4.5, 1.2)', result: '0.9', source: 'gold:doc.numeric.mod_dec' },
  ],
};

const negate: ScalarRow = {
  kind: 'scalar',
  name: 'NEGATE',
  summary: 'The sign turned round: -x.',
  nulls: 'propagate',
  resolve: (args) => {
    const refusal = expectArgs('-', args, ['numeric']);
    if (refusal) return refusal;
    const [a] = args as [Arg];
    return { type: a.type, nullable: a.nullable, ...(a.type.kind === 'number' ? { digits: digitsOf(a) } : {}) };
  },
  sql: { standard: ([a]) => prefix('-', a as Sql), postgres: 'standard', clickhouse: 'standard' },
  evaluate: ([a]) => (typeof a === 'bigint' ? -a : -(a as number)),
  examples: [],
};

export const arithmeticRows: readonly ScalarRow[] = [add, subtract, multiply, modulo, negate];
