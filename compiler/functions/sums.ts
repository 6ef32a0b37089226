/** SUM and AVG. */
import { binary, call, cast, postfix, type Sql, token } from '../sql/tree.ts';
import { float, number, type SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { distinctSupport } from './aggregate-sql.ts';
import { digitsOf, expectArgs, scaleOf } from './arguments.ts';
import { quotientAt as clickhouseQuotientAt, quotientCut, wide } from './clickhouse-sql.ts';
import { countDigits } from './counts.ts';
import { divideHalfAway, pow10, withinNumber } from './decimal.ts';
import type { AggregateRow, Arg, Refusal, Signature } from './define.ts';
import { quotientScale } from './division.ts';
import { exactQuotient, scaled, timesPow10, unscaled } from './duckdb-numbers.ts';
import { quotientAt } from './postgres-sql.ts';

const notNull = (rows: readonly (readonly Value[])[]): Value[] => rows.flatMap(([x]) => (x === null || x === undefined ? [] : [x]));

function resolveSum(args: readonly Arg[]): Signature | Refusal {
  const refusal = expectArgs('SUM', args, ['numeric']);
  if (refusal) return refusal;
  const [x] = args as [Arg];
  if (x.type.kind === 'float') return { type: float, nullable: true };
  return { type: number(38, scaleOf(x.type)), nullable: true, digits: digitsOf(x) + countDigits };
}

function sumValues(values: readonly Value[], type: SqlType): Value {
  if (values.length === 0) return null;
  if (type.kind === 'float') return (values as number[]).reduce((sum, x) => sum + x, 0);
  return withinNumber((values as bigint[]).reduce((sum, x) => sum + x, 0n));
}

function clickhouseSum(x: Sql, [arg]: readonly Arg[]): Sql {
  return call('sum', arg?.type.kind === 'number' ? wide(x, arg.type.scale) : x);
}

const sum: AggregateRow = {
  kind: 'aggregate',
  name: 'SUM',
  summary: 'Sum; NULL over no values. Exact on NUMBERs.',
  resolve: resolveSum,
  empty: null,
  order: 'free',
  distinctAllowed: true,
  sql: {
    standard: ([x], { distinct }) => distinctSupport(call('SUM', x as Sql), distinct),
    postgres: 'standard',
    clickhouse: ([x], { args, distinct }) => distinctSupport(clickhouseSum(x as Sql, args), distinct),
  },
  evaluate: (rows, { type }) => sumValues(notNull(rows), type),
  window: {
    resolve: resolveSum,
    sql: {
      standard: ([x], _, over) => over(call('SUM', x as Sql)),
      postgres: 'standard',
      clickhouse: ([x], { args }, over) => over(clickhouseSum(x as Sql, args)),
    },
    evaluate: (rows, { type }) => sumValues(notNull(rows), type),
  },
  examples: [],
};

function resolveAverage(args: readonly Arg[], scale: (inputScale: number) => number): Signature | Refusal {
  const refusal = expectArgs('AVG', args, ['numeric']);
  if (refusal) return refusal;
  const [x] = args as [Arg];
  if (x.type.kind === 'float') return { type: float, nullable: true };
  return { type: number(38, scale(scaleOf(x.type))), nullable: true, digits: digitsOf(x) };
}

function average(values: readonly Value[], divide: (sum: bigint, count: bigint) => bigint): Value {
  if (values.length === 0) return null;
  if (typeof values[0] === 'number') return (values as number[]).reduce((total, x) => total + x, 0) / values.length;
  return divide(
    (values as bigint[]).reduce((total, x) => total + x, 0n),
    BigInt(values.length),
  );
}

const avg: AggregateRow = {
  kind: 'aggregate',
  name: 'AVG',
  summary: 'Mean; of NUMBERs with six more decimals (at most 12), rounded. As a window function: three more decimals, cut off.',
  resolve: (args) => resolveAverage(args, quotientScale),
  empty: null,
  order: 'free',
  distinctAllowed: true,
  sql: {
    standard: ([x], { distinct }) => distinctSupport(call('AVG', x as Sql), distinct),
    duckdb: ([x], { args, type, distinct }) => {
      if (type.kind === 'float') return distinctSupport(call('avg', x as Sql), distinct);
      const inputScale = scaleOf((args[0] as Arg).type);
      const total = distinctSupport(call('SUM', x as Sql), distinct);
      const count = distinctSupport(call('COUNT', x as Sql), distinct);
      const divisor = cast(call('NULLIF', count, token(0)), 'HUGEINT');
      return scaled(exactQuotient(unscaled(total, inputScale), scaleOf(type) - inputScale, divisor), scaleOf(type));
    },
    postgres: ([x], { type, distinct }) => {
      if (type.kind === 'float') return distinctSupport(call('avg', x as Sql), distinct);
      const [total, count] = ['SUM', 'COUNT'].map((name) => distinctSupport(call(name, x as Sql), distinct)) as [Sql, Sql];
      return quotientAt(total, call('NULLIF', count, token(0)), scaleOf(type));
    },
    clickhouse: ([x], { args, type, distinct }) => {
      if (type.kind === 'float') return distinctSupport(call('avg', x as Sql), distinct);
      const count = call('greatest', distinctSupport(call('count', x as Sql), distinct), token(1));
      const total = distinctSupport(clickhouseSum(x as Sql, args), distinct);
      return clickhouseQuotientAt(total, scaleOf((args[0] as Arg).type), count, 0, scaleOf(type));
    },
  },
  evaluate: (rows, { args, type }) => {
    const shift = pow10(scaleOf(type) - scaleOf((args[0] as Arg).type));
    return average(notNull(rows), (total, count) => divideHalfAway(total * shift, count));
  },
  window: {
    resolve: (args) => resolveAverage(args, (scale) => scale + 3),
    sql: {
      standard: ([x], _, over) => over(call('AVG', x as Sql)),
      duckdb: ([x], { args, type }, over) => {
        if (type.kind === 'float') return over(call('avg', x as Sql));
        const inputScale = scaleOf((args[0] as Arg).type);
        const total = timesPow10(unscaled(over(call('SUM', x as Sql)), inputScale), 3);
        return scaled(binary(total, '//', call('NULLIF', over(call('COUNT', x as Sql)), token(0))), scaleOf(type));
      },
      postgres: ([x], { type }, over) => {
        if (type.kind === 'float') return over(call('avg', x as Sql));
        const count = call('NULLIF', over(call('COUNT', x as Sql)), token(0));
        return call('lockstep_div_cut', over(call('SUM', x as Sql)), count, token(scaleOf(type)));
      },
      clickhouse: ([x], { args, type }, over) => {
        if (type.kind === 'float') return over(call('avg', x as Sql));
        const count = call('greatest', over(call('countIf', postfix(x as Sql, 'IS NOT NULL'))), token(1));
        return quotientCut(over(clickhouseSum(x as Sql, args)), scaleOf((args[0] as Arg).type), count, 0, scaleOf(type));
      },
    },
    evaluate: (rows) => average(notNull(rows), (total, count) => (total * 1000n) / count),
  },
  examples: [],
};

export const sumRows: readonly AggregateRow[] = [sum, avg];
