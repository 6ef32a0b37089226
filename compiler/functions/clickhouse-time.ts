/** Calendar arithmetic on ClickHouse, whose own functions are right for a Date32; what leaves its years raises. */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import { microsPerDay, monthsOf } from './calendar.ts';
import {
  dateOf,
  dayOf,
  days,
  floorDiv,
  floorTo,
  int64,
  literalOf,
  micros,
  signed,
  timestampOf,
  timestampWithin,
  wide,
  within,
} from './clickhouse-sql.ts';
import { type DatePart, fixedLength } from './date-part.ts';

/** Of a timestamp, the time of day in microseconds. */
const ofDay = (micro: Sql): Sql => call('positiveModulo', micro, signed(microsPerDay));

/** A DATE, with the time of day of `x` if that is a timestamp. */
function withTimeOf(x: Sql, type: SqlType, day: Sql): Sql {
  return type.kind === 'date' ? day : timestampOf(binary(dayMicros(day), '+', ofDay(micros(x, type))));
}

const dayMicros = (day: Sql): Sql => micros(day, { kind: 'date' });

/** Months since 1970-01. */
function monthIndex(day: Sql): Sql {
  const years = binary(int64(call('toYear', day)), '-', signed(1970));
  return binary(binary(years, '*', signed(12)), '+', binary(int64(call('toMonth', day)), '-', signed(1)));
}

const firstOfMonth = (index: Sql): Sql => call('addMonths', cast(str('1970-01-01'), 'Date32'), monthWithin(index));
const monthWithin = (index: Sql): Sql => within(index, -840, 3959);

/** The same day of another month, or that month's last. */
function addMonths(day: Sql, months: Sql): Sql {
  const inside = binary(monthWithin(binary(monthIndex(day), '+', months)), '-', monthIndex(day));
  return call('addMonths', day, inside);
}

/** No more than leads beyond all years. */
function amountOf(n: Sql, most: bigint): Sql {
  const literal = literalOf(n);
  if (literal !== undefined) return signed(literal);
  const beyond = (operator: string, limit: bigint): { when: Sql; then: Sql } => ({
    when: binary(wide(n, 0), operator, token(limit)),
    then: signed(limit),
  });
  return caseWhen([beyond('>', most), beyond('<', -most)], int64(n));
}

export function clickhouseAdd(part: DatePart, amount: Sql, x: Sql, type: SqlType): Sql {
  const months = monthsOf(part);
  if (months !== undefined) {
    const count = binary(amountOf(amount, 10_000n), '*', signed(months));
    return withTimeOf(x, type, addMonths(dayOf(x, type), count));
  }
  const length = fixedLength(part) as bigint;
  const most = (500n * 366n * microsPerDay) / length;
  if (type.kind === 'date') {
    const count = binary(amountOf(amount, most), '*', signed(length / microsPerDay));
    return dateOf(binary(int64(days(x)), '+', count));
  }
  return timestampWithin(binary(micros(x, type), '+', binary(amountOf(amount, most), '*', signed(length))));
}

/** A number that grows by one at each boundary of the unit. */
export function clickhouseIndex(part: DatePart, x: Sql, type: SqlType): Sql {
  const day = dayOf(x, type);
  switch (part) {
    case 'year':
      return int64(call('toYear', day));
    case 'quarter':
      return floorDiv(monthIndex(day), 3);
    case 'month':
      return monthIndex(day);
    case 'week':
      return floorDiv(binary(int64(days(day)), '+', signed(3)), 7);
    case 'day':
      return int64(days(day));
    default:
      return floorDiv(micros(x, type), fixedLength(part) as bigint);
  }
}

const starts: Readonly<Partial<Record<DatePart, string>>> = {
  year: 'toStartOfYear',
  quarter: 'toStartOfQuarter',
  month: 'toStartOfMonth',
  week: 'toMonday',
};

/** The DATE on which the unit of days or more begins. */
function startOf(part: DatePart, day: Sql): Sql {
  const fn = starts[part];
  return fn === undefined ? day : call(fn, day);
}

export function clickhouseTrunc(part: DatePart, x: Sql, type: SqlType): Sql {
  if (starts[part] === undefined && part !== 'day') return timestampOf(floorTo(micros(x, type), fixedLength(part) as bigint));
  const start = startOf(part, dayOf(x, type));
  return type.kind === 'date' ? start : timestampOf(dayMicros(start));
}

const endOfMonth = (day: Sql): Sql => call('toLastDayOfMonth', day);

export function clickhouseLastDay(part: DatePart, x: Sql, type: SqlType): Sql {
  const start = startOf(part, dayOf(x, type));
  if (part === 'week') return dateOf(binary(int64(days(start)), '+', signed(6)));
  return endOfMonth(part === 'month' ? start : addMonths(start, signed((monthsOf(part) as number) - 1)));
}

/** As ADD_MONTHS: the last day of a month stays the last. */
export function clickhouseAddMonths(x: Sql, n: Sql, type: SqlType): Sql {
  const day = dayOf(x, type);
  const moved = addMonths(day, amountOf(n, 10_000n));
  return withTimeOf(x, type, caseWhen([{ when: binary(day, '=', endOfMonth(day)), then: endOfMonth(moved) }], moved));
}

/** Slices of `months`, or of `length` microseconds counted from `zero` before 1970. */
export function clickhouseSlice(
  x: Sql,
  type: SqlType,
  {
    months,
    length,
    zero,
    end,
  }: { readonly months: number | undefined; readonly length: bigint; readonly zero: bigint; readonly end: boolean },
): Sql {
  const later = (start: Sql, width: number | bigint): Sql => (end ? binary(start, '+', signed(width)) : start);
  if (months !== undefined) {
    const day = firstOfMonth(later(floorTo(monthIndex(dayOf(x, type)), months), months));
    return type.kind === 'date' ? day : timestampOf(dayMicros(day));
  }
  const start = binary(floorTo(binary(micros(x, type), '+', signed(zero)), length), '-', signed(zero));
  const slice = timestampWithin(later(start, length));
  return type.kind === 'date' ? dayOf(slice, { kind: 'timestamp', zone: 'ntz' }) : slice;
}

/** Months count from January of the year, days from the first of that month. */
export const clickhouseFromParts = (parts: readonly Sql[]): Sql => dateOf(clickhouseDayNumber(parts));

function clickhouseDayNumber([year, month, day]: readonly Sql[]): Sql {
  const count = (n: Sql | undefined): Sql => amountOf(n as Sql, 1_000_000n);
  const months = binary(binary(count(year), '-', signed(1970)), '*', signed(12));
  // 400 years, which have so many days, end with the last year there is.
  const index = binary(binary(months, '+', binary(count(month), '-', signed(1))), '+', signed(840));
  const inside = binary(call('positiveModulo', index, signed(4800)), '-', signed(840));
  const first = call('addMonths', cast(str('1970-01-01'), 'Date32'), inside);
  const cycles = binary(floorDiv(index, 4800), '*', signed(146_097));
  return [cycles, count(day), signed(-1)].reduce((sum, part) => binary(sum, '+', part), int64(days(first)));
}

export function clickhouseTimestampFromParts(parts: readonly Sql[]): Sql {
  const [hour, minute, second, nanos] = parts.slice(3).map((n) => amountOf(n, 10n ** 15n));
  const times = (n: Sql | undefined, length: bigint): Sql => binary(n as Sql, '*', signed(length));
  const clock = [times(hour, 3_600_000_000n), times(minute, 60_000_000n), times(second, 1_000_000n)];
  const all = nanos === undefined ? clock : [...clock, floorDiv(nanos, 1_000)];
  return timestampWithin(all.reduce((sum, part) => binary(sum, '+', part), binary(clickhouseDayNumber(parts), '*', signed(microsPerDay))));
}
