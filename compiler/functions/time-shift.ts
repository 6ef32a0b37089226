/** DATEADD, DATEDIFF, ADD_MONTHS. */
import { binary, call, caseWhen, cast, interval, type Sql, str, token } from '../sql/tree.ts';
import { date, number, type SqlType, timestamp } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectArgs, refuse } from './arguments.ts';
import { addMonths, civilFromDays, dayOf, daysInMonth, floorModulo, microsPerDay, monthsOf, unitIndex } from './calendar.ts';
import { whole as clickhouseWhole } from './clickhouse-sql.ts';
import { clickhouseAdd, clickhouseAddMonths, clickhouseIndex } from './clickhouse-time.ts';
import { type DatePart, fixedLength } from './date-part.ts';
import type { Arg, CallTypes, Refusal, ScalarRow } from './define.ts';
import { NotOnEngine } from './engine-sql.ts';
import { epochMicros, field, numeric, postgresLastDay } from './postgres-sql.ts';
import { duckdbInstant, knownPart, partArg, shiftArgs, subDay, timeArg } from './time-arguments.ts';

const unitName = (part: DatePart): Sql => token(part.toUpperCase());

/** A DATE moved by less than a day becomes a timestamp. */
function shiftedType(part: DatePart, time: SqlType): SqlType {
  return time.kind === 'date' && subDay.has(part) ? timestamp : time;
}

const dateAdd: ScalarRow = {
  kind: 'scalar',
  name: 'DATEADD',
  aliases: ['TIMESTAMPADD', 'TIMEADD'],
  summary: 'A date or timestamp moved by a number of units. Months keep the day, or take the last of a shorter month.',
  nulls: 'propagate',
  resolve: (args) => {
    const shift = shiftArgs('DATEADD', args);
    if ('refused' in shift) return shift;
    const [unit, amount] = args as [Arg, Arg, Arg];
    const type = shiftedType(shift.part, shift.time);
    return { type, nullable: anyNullable(args), params: [unit.type, amount.type, type] };
  },
  sql: {
    standard: ([, amount, x], types) => call('DATEADD', unitName(knownPart(types)), amount as Sql, x as Sql),
    duckdb: ([, amount, x], types) => {
      const moved = binary(duckdbInstant(x as Sql, types), '+', duckdbInterval(knownPart(types), amount as Sql, types.args[1] as Arg));
      return types.type.kind === 'timestamp' ? moved : cast(moved, types.type);
    },
    postgres: ([, amount, x], types) => {
      const moved = postgresMoved(knownPart(types), amount as Sql, types.args[1] as Arg, duckdbInstant(x as Sql, types), types);
      return types.type.kind === 'timestamp' ? moved : cast(moved, types.type);
    },
    clickhouse: ([, amount, x], types) => clickhouseAdd(knownPart(types), amount as Sql, x as Sql, notTime(types.type)),
  },
  evaluate: ([, amount, x], types) => shift(x as bigint, amount as bigint, knownPart(types), types.type),
  examples: [
    { sql: "DATEADD('month', 1, '2023-02-28'::DATE)", result: '2023-03-28', source: 'gold:slt.datetime.dateadd.5' },
    { sql: "DATEADD('year', 2, '2022-05-08'::DATE)", result: '2024-05-08', source: 'gold:slt.datetime.dateadd.1' },
    { sql: "DATEADD('hour', 2, '2022-04-05'::DATE)", result: '2022-04-05T02:00:00', source: 'gold:slt.datetime.dateadd.3' },
  ],
};

function duckdbInterval(part: DatePart, amount: Sql, arg: Arg): Sql {
  if (typeof arg.literal === 'string') return interval(arg.literal, part);
  const months = monthsOf(part);
  if (months !== undefined) return call('to_months', cast(months === 1 ? amount : binary(amount, '*', token(months)), 'INTEGER'));
  return call('to_microseconds', binary(cast(amount, 'BIGINT'), '*', token(fixedLength(part) as bigint)));
}

function postgresMoved(part: DatePart, amount: Sql, arg: Arg, x: Sql, { type }: CallTypes): Sql {
  if (typeof arg.literal === 'string' && /^-?\d{1,6}$/.test(arg.literal)) return binary(x, '+', interval(arg.literal, part));
  const months = monthsOf(part);
  if (months !== undefined) return binary(x, '+', postgresMonths(months === 1 ? amount : binary(amount, '*', token(months))));
  const length = binary(amount, '*', token(fixedLength(part) as bigint));
  if (type.kind === 'timestamp' && type.zone === 'ltz') return inUtc(call('lockstep_move', inUtc(x), length));
  return call('lockstep_move', cast(x, timestamp), length);
}

/** An instant as the wall clock of UTC, or the other way; a cast would take the session's time zone. */
const inUtc = (x: Sql): Sql => call('timezone', cast(str('UTC'), 'TEXT'), x);

const postgresMonths = (n: Sql): Sql => binary(cast(n, 'INTEGER'), '*', interval('1', 'month'));

/** A number that grows by one at each boundary of the unit. */
function postgresIndex(part: DatePart, x: Sql, { type }: Arg): Sql {
  const wall = type.kind === 'timestamp' && type.zone === 'ltz' ? x : cast(x, timestamp);
  const year = field('year', wall);
  const days = (time: Sql): Sql => binary(cast(time, date), '-', cast(str('1970-01-01'), date));
  switch (part) {
    case 'year':
      return year;
    case 'quarter':
      return binary(binary(year, '*', token(4)), '+', field('quarter', wall));
    case 'month':
      return binary(binary(year, '*', token(12)), '+', field('month', wall));
    case 'week':
      return call('div', numeric(binary(days(call('date_trunc', str('week'), wall)), '+', token(3))), token(7));
    case 'day':
      return numeric(days(wall));
    default: {
      const length = token(fixedLength(part) as bigint);
      return call('div', call('lockstep_floor_to', epochMicros(wall), length), length);
    }
  }
}

function shift(x: bigint, amount: bigint, part: DatePart, type: SqlType): bigint {
  const months = monthsOf(part);
  if (type.kind === 'date')
    return months === undefined ? x + amount * ((fixedLength(part) as bigint) / microsPerDay) : addMonths(x, Number(amount) * months);
  if (type.kind === 'time') return floorModulo(x + amount * (fixedLength(part) as bigint), microsPerDay);
  if (months === undefined) return x + amount * (fixedLength(part) as bigint);
  return addMonths(dayOf(x), Number(amount) * months) * microsPerDay + floorModulo(x, microsPerDay);
}

/** Proven bounds of a difference between two instants of the years 1 to 9999. */
const differenceDigits: Readonly<Record<DatePart, number>> = {
  year: 4,
  quarter: 5,
  month: 6,
  week: 6,
  day: 7,
  hour: 8,
  minute: 10,
  second: 12,
  millisecond: 15,
  microsecond: 18,
};

/** How many units lie between two texts does not depend on whether they are dates or timestamps. */
function operand(arg: Arg, index: number, part: DatePart): SqlType | Refusal {
  return arg.type.kind === 'varchar' && arg.literal === undefined ? timestamp : timeArg('DATEDIFF', arg, index, part);
}

const dateDiff: ScalarRow = {
  kind: 'scalar',
  name: 'DATEDIFF',
  aliases: ['TIMESTAMPDIFF', 'TIMEDIFF'],
  summary: 'How many boundaries of the unit lie between two instants: 23:59 and 00:01 are one day apart. Weeks begin on Monday.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('DATEDIFF', args, 3);
    if (wrong) return wrong;
    const part = partArg('DATEDIFF', args[0]);
    if (typeof part !== 'string') return part;
    const [unit, a, b] = args as [Arg, Arg, Arg];
    const from = operand(a, 1, part);
    if ('refused' in from) return from;
    const to = operand(b, 2, part);
    if ('refused' in to) return to;
    if ((from.kind === 'time') !== (to.kind === 'time'))
      return refuse('type-mismatch', 'DATEDIFF does not go together with a TIME and a date', 'cast the timestamp: x::TIME', 2);
    const mixedZones = [from, to].filter((t) => t.kind === 'timestamp' && t.zone === 'ltz').length === 1;
    if (mixedZones)
      return refuse(
        'type-mismatch',
        'DATEDIFF between TIMESTAMP_LTZ and another type depends on the session time zone',
        'cast one of them explicitly',
      );
    const common = from.kind === to.kind ? from : timestamp;
    const wide = common.kind === 'date' && subDay.has(part) ? timestamp : common;
    return { type: number(18), nullable: anyNullable(args), params: [unit.type, wide, wide], digits: differenceDigits[part] };
  },
  sql: {
    standard: ([, a, b], types) => call('DATEDIFF', unitName(knownPart(types)), a as Sql, b as Sql),
    duckdb: ([, a, b], types) => {
      const part = knownPart(types);
      const [from, to] = [duckdbInstant(a as Sql, types.args[1] as Arg), duckdbInstant(b as Sql, types.args[2] as Arg)];
      if (part !== 'week') return call('date_diff', str(part), from, to);
      const monday = (x: Sql): Sql => cast(call('date_trunc', str('week'), x), date);
      return binary(binary(monday(b as Sql), '-', monday(a as Sql)), '//', token(7));
    },
    postgres: ([, a, b], types) => {
      const index = (x: Sql, arg: Arg): Sql => postgresIndex(knownPart(types), duckdbInstant(x, arg), arg);
      return binary(index(b as Sql, types.args[2] as Arg), '-', index(a as Sql, types.args[1] as Arg));
    },
    clickhouse: ([, a, b], types) => {
      const index = (x: Sql, arg: Arg): Sql => clickhouseIndex(knownPart(types), x, notTime(arg.type));
      return clickhouseWhole(binary(index(b as Sql, types.args[2] as Arg), '-', index(a as Sql, types.args[1] as Arg)));
    },
  },
  evaluate: ([, a, b], types) => {
    const part = knownPart(types);
    const index = (value: Value, arg: Arg): bigint =>
      unitIndex(arg.type.kind === 'date' ? (value as bigint) * microsPerDay : (value as bigint), part);
    return index(b as Value, types.args[2] as Arg) - index(a as Value, types.args[1] as Arg);
  },
  examples: [
    { sql: "DATEDIFF('year', '2015-12-31'::DATE, '2016-01-01'::DATE)", result: '1', source: 'gold:slt.datetime.datediff.3' },
    { sql: "DATEDIFF('week', '2017-01-01'::DATE, '2017-01-02'::DATE)", result: '1', source: 'gold:slt.datetime.datediff.5' },
    {
      sql: "DATEDIFF('hour', '2016-01-01 01:59:59'::TIMESTAMP_NTZ, '2016-01-01 02:00:00'::TIMESTAMP_NTZ)",
      result: '1',
      source: 'gold:slt.datetime.datediff.4',
    },
  ],
};

function notTime(type: SqlType): SqlType {
  if (type.kind === 'time') throw new NotOnEngine('the type TIME', 'clickhouse');
  return type;
}

const addMonthsRow: ScalarRow = {
  kind: 'scalar',
  name: 'ADD_MONTHS',
  summary: 'Moved by months; the last day of a month stays the last day.',
  nulls: 'propagate',
  resolve: (args) => expectArgs('ADD_MONTHS', args, ['time', 'integer']) ?? { type: (args[0] as Arg).type, nullable: anyNullable(args) },
  sql: {
    standard: ([x, n]) => call('ADD_MONTHS', x as Sql, n as Sql),
    duckdb: ([x, n], types) => {
      const moved = binary(x as Sql, '+', call('to_months', cast(n as Sql, 'INTEGER')));
      const day = (sql: Sql): Sql => cast(sql, date);
      const toEnd = binary(moved, '+', call('to_days', cast(binary(call('last_day', day(moved)), '-', day(moved)), 'INTEGER')));
      const result = caseWhen([{ when: binary(day(x as Sql), '=', call('last_day', day(x as Sql))), then: toEnd }], moved);
      return types.type.kind === 'date' ? cast(result, date) : result;
    },
    postgres: ([x, n], types) => {
      const moved = binary(x as Sql, '+', postgresMonths(n as Sql));
      const day = (sql: Sql): Sql => cast(sql, date);
      const toEnd = binary(moved, '+', binary(binary(postgresLastDay(moved), '-', day(moved)), '*', interval('1', 'day')));
      const result = caseWhen([{ when: binary(day(x as Sql), '=', postgresLastDay(x as Sql)), then: toEnd }], moved);
      return types.type.kind === 'date' ? cast(result, date) : result;
    },
    clickhouse: ([x, n], types) => clickhouseAddMonths(x as Sql, n as Sql, types.type),
  },
  evaluate: ([x, n], types) => addMonthsKeepingEnd(x as bigint, Number(n), types),
  examples: [
    { sql: "ADD_MONTHS('2016-05-15'::TIMESTAMP_NTZ, 2)", result: '2016-07-15T00:00:00', source: 'gold:slt.datetime.add_months.1' },
    { sql: "ADD_MONTHS('2016-05-31'::DATE, -1)", result: '2016-04-30', source: 'gold:slt.datetime.add_months.3' },
  ],
};

function addMonthsKeepingEnd(x: bigint, months: number, { type }: CallTypes): bigint {
  const day = type.kind === 'date' ? x : dayOf(x);
  const civil = civilFromDays(day);
  const moved = addMonths(day, months);
  const target = civilFromDays(moved);
  const atEnd = civil.day === daysInMonth(civil.year, civil.month);
  const result = atEnd ? moved + BigInt(daysInMonth(target.year, target.month) - target.day) : moved;
  return type.kind === 'date' ? result : result * microsPerDay + floorModulo(x, microsPerDay);
}

export const timeShiftRows: readonly ScalarRow[] = [dateAdd, dateDiff, addMonthsRow];
