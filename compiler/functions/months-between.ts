/** MONTHS_BETWEEN. */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import { date, number, timestamp } from '../sql-type.ts';
import { anyNullable, arity, expectKind, timeLiteral } from './arguments.ts';
import { civilFromDays, dayOf, daysInMonth, floorModulo, microsPerDay } from './calendar.ts';
import {
  dayOf as clickhouseDayOf,
  micros as clickhouseMicros,
  raise as clickhouseRaise,
  ofInt256,
  signed,
  wide,
} from './clickhouse-sql.ts';
import { clickhouseIndex } from './clickhouse-time.ts';
import { absolute } from './decimal.ts';
import type { Arg, ScalarRow } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { parseWallClock } from './iso-time.ts';
import { epochMicros, field, postgresLastDay, raise } from './postgres-sql.ts';

/** A month has 31 days here, and the result six decimals. */
const month = 31n * microsPerDay;
const decimals = 1_000_000n;
const undecided = 'whether Snowflake rounds or cuts the seventh decimal is not settled';

interface Months {
  readonly whole: bigint;
  /** Microseconds beyond them: none between equal days, and between ends of months. */
  readonly rest: bigint;
}

function monthsOf(later: bigint, earlier: bigint): Months {
  const [x, y] = [civilFromDays(dayOf(later)), civilFromDays(dayOf(earlier))];
  const whole = BigInt((x.year - y.year) * 12 + x.month - y.month);
  const ends = x.day === daysInMonth(x.year, x.month) && y.day === daysInMonth(y.year, y.month);
  if (x.day === y.day || ends) return { whole, rest: 0n };
  const days = BigInt(x.day - y.day);
  return { whole, rest: days * microsPerDay + floorModulo(later, microsPerDay) - floorModulo(earlier, microsPerDay) };
}

/** The unscaled result where it is the same rounded and cut. */
function settled(later: bigint, earlier: bigint): bigint | undefined {
  const { whole, rest } = monthsOf(later, earlier);
  const micros = (whole * month + rest) * decimals;
  const lost = absolute(micros % month);
  return 2n * lost >= month ? undefined : micros / month;
}

const known = (args: readonly Arg[]): bigint | undefined => {
  const [later, earlier] = args.map((arg) => (typeof arg.literal === 'string' ? parseWallClock(arg.literal) : undefined));
  return later === undefined || earlier === undefined ? undefined : settled(later, earlier);
};

const monthsBetween: ScalarRow = {
  kind: 'scalar',
  name: 'MONTHS_BETWEEN',
  summary:
    'Months from the second time to the first; days are 31st parts of a month, but none lie between equal days and between ends of months.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('MONTHS_BETWEEN', args, 2);
    if (wrong) return wrong;
    for (const [i, arg] of args.entries()) {
      const refusal = timeLiteral(arg, timestamp) === undefined ? expectKind('MONTHS_BETWEEN', arg, 'time', i) : undefined;
      if (refusal) return refusal;
    }
    const signature = { type: number(38, 6), nullable: anyNullable(args), params: [timestamp, timestamp], digits: 6 };
    if (known(args) !== undefined) return signature;
    return { ...signature, mayRaise: { reason: undecided, hint: "count whole months: DATEDIFF('month', earlier, later)" } };
  },
  sql: {
    standard: ([later, earlier]) => call('MONTHS_BETWEEN', later as Sql, earlier as Sql),
    duckdb: ([later, earlier]) => duckdbMonths(later as Sql, earlier as Sql),
    postgres: ([later, earlier]) => postgresMonths(later as Sql, earlier as Sql),
    clickhouse: ([later, earlier]) => clickhouseMonths(later as Sql, earlier as Sql),
  },
  evaluate: ([later, earlier]) => {
    const months = settled(later as bigint, earlier as bigint);
    if (months === undefined) throw new EvaluationError(undecided);
    return months;
  },
  examples: [
    { sql: "MONTHS_BETWEEN('2019-03-31'::DATE, '2019-02-28'::DATE)", result: '1.000000', source: 'gold:slt.datetime.months_between.1' },
    { sql: "MONTHS_BETWEEN('2019-03-01'::DATE, '2019-02-15'::DATE)", result: '0.548387', source: 'gold:slt.datetime.months_between.2' },
    {
      sql: "MONTHS_BETWEEN('2019-03-01 02:00:00'::TIMESTAMP_NTZ, '2019-02-15 01:00:00'::TIMESTAMP_NTZ)",
      result: '0.549731',
      source: 'gold:slt.datetime.months_between.2',
    },
  ],
};

function duckdbMonths(later: Sql, earlier: Sql): Sql {
  const difference = (read: (x: Sql) => Sql): Sql => binary(read(later), '-', read(earlier));
  const times = (x: Sql, n: bigint): Sql => binary(cast(x, 'HUGEINT'), '*', token(n));
  const day = (x: Sql): Sql => call('day', x);
  const isEnd = (x: Sql): Sql => binary(day(x), '=', day(call('last_day', x)));
  const whole = binary(
    binary(
      difference((x) => call('year', x)),
      '*',
      token(12),
    ),
    '+',
    difference((x) => call('month', x)),
  );
  const ofDay = (x: Sql): Sql =>
    binary(call('epoch_us', x), '-', call('epoch_us', call('date_trunc', { kind: 'string', value: 'day' }, x)));
  const equal = binary(binary(day(later), '=', day(earlier)), 'OR', binary(isEnd(later), 'AND', isEnd(earlier)));
  const rest = caseWhen([{ when: equal, then: token(0) }], binary(times(difference(day), microsPerDay), '+', difference(ofDay)));
  const micros = times(binary(times(whole, month), '+', rest), decimals);
  const lost = binary(token(2), '*', call('abs', binary(micros, '%', token(month))));
  const value = binary(cast(binary(micros, '//', token(month)), 'DECIMAL(30,0)'), '*', cast(token('0.000001'), 'DECIMAL(7,6)'));
  return caseWhen(
    [{ when: binary(lost, '>=', token(month)), then: call('error', { kind: 'string', value: undecided }) }],
    cast(value, number(38, 6)),
  );
}

function postgresMonths(later: Sql, earlier: Sql): Sql {
  const difference = (read: (x: Sql) => Sql): Sql => binary(read(later), '-', read(earlier));
  const part =
    (name: string) =>
    (x: Sql): Sql =>
      field(name, x);
  const isEnd = (x: Sql): Sql => binary(cast(x, date), '=', postgresLastDay(x));
  const ofDay = (x: Sql): Sql =>
    call('mod', binary(call('mod', epochMicros(x), token(microsPerDay)), '+', token(microsPerDay)), token(microsPerDay));
  const whole = binary(binary(difference(part('year')), '*', token(12)), '+', difference(part('month')));
  const equal = binary(binary(field('day', later), '=', field('day', earlier)), 'OR', binary(isEnd(later), 'AND', isEnd(earlier)));
  const days = binary(difference(part('day')), '*', token(microsPerDay));
  const rest = caseWhen([{ when: equal, then: token(0) }], binary(days, '+', difference(ofDay)));
  const micros = binary(binary(binary(whole, '*', token(month)), '+', rest), '*', token(decimals));
  const lost = binary(token(2), '*', call('abs', binary(micros, '%', token(month))));
  const value = binary(call('div', micros, token(month)), '*', token('0.000001'));
  return caseWhen([{ when: binary(lost, '>=', token(month)), then: raise(undecided, cast(token('NULL'), number(38, 6))) }], value);
}

function clickhouseMonths(later: Sql, earlier: Sql): Sql {
  const difference = (read: (x: Sql) => Sql): Sql => binary(read(later), '-', read(earlier));
  const times = (x: Sql, n: bigint): Sql => binary(cast(x, 'Nullable(Int256)'), '*', call('toInt256', str(String(n))));
  const dayNumber = (x: Sql): Sql => clickhouseIndex('day', x, timestamp);
  const dayOfMonth = (x: Sql): Sql => call('toDayOfMonth', clickhouseDayOf(x, timestamp));
  const isEnd = (x: Sql): Sql => binary(clickhouseDayOf(x, timestamp), '=', call('toLastDayOfMonth', clickhouseDayOf(x, timestamp)));
  const ofDay = (x: Sql): Sql => binary(clickhouseMicros(x, timestamp), '-', binary(dayNumber(x), '*', signed(microsPerDay)));
  const equal = binary(binary(dayOfMonth(later), '=', dayOfMonth(earlier)), 'OR', binary(isEnd(later), 'AND', isEnd(earlier)));
  const days = difference((x) => call('toInt64', dayOfMonth(x)));
  const rest = caseWhen([{ when: equal, then: signed(0) }], binary(binary(days, '*', signed(microsPerDay)), '+', difference(ofDay)));
  const micros = times(
    binary(
      times(
        difference((x) => clickhouseIndex('month', x, timestamp)),
        month,
      ),
      '+',
      rest,
    ),
    decimals,
  );
  const thirty = call('toInt256', str(String(month)));
  const lost = binary(binary(call('abs', binary(micros, '%', thirty)), '*', call('toInt256', token(2))), '>=', thirty);
  const value = call('divideDecimal', ofInt256(call('intDiv', micros, thirty)), wide(token(decimals), 0), token(6));
  const made = cast(value, number(38, 6));
  return caseWhen([{ when: lost, then: clickhouseRaise(undecided, number(38, 6), lost) }], made);
}

export const monthsBetweenRows: readonly ScalarRow[] = [monthsBetween];
