/** The beginning of the unit that an instant lies in: DATE_TRUNC, TIME_SLICE, LAST_DAY. */
import { binary, call, cast, interval, type Sql, str, token } from '../sql/tree.ts';
import { date, type SqlType, timestamp } from '../sql-type.ts';
import { arity, expectKind, refuse } from './arguments.ts';
import { dayOf, floorDivide, microsPerDay, monthsOf, unitIndex, unitStart } from './calendar.ts';
import { clickhouseLastDay, clickhouseSlice, clickhouseTrunc } from './clickhouse-time.ts';
import { type DatePart, fixedLength } from './date-part.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { epochMicros, field, postgresLastDay } from './postgres-sql.ts';
import { dayArg, duckdbInstant, knownPart, partArg, subDay, timeArg, undecidedText } from './time-arguments.ts';

const dateTrunc: ScalarRow = {
  kind: 'scalar',
  name: 'DATE_TRUNC',
  summary: 'The beginning of the unit. Weeks begin on Monday. A DATE stays a DATE.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('DATE_TRUNC', args, 2);
    if (wrong) return wrong;
    const part = partArg('DATE_TRUNC', args[0]);
    if (typeof part !== 'string') return part;
    const x = args[1] as Arg;
    const undecided = undecidedText('DATE_TRUNC', x, 1);
    if (undecided) return undecided;
    const type = timeArg('DATE_TRUNC', x, 1, part);
    if ('refused' in type) return type;
    if (type.kind === 'date' && subDay.has(part))
      return refuse('wrong-arguments', `a DATE has no ${part}s to truncate to`, 'cast it to TIMESTAMP_NTZ first', 0);
    return { type, nullable: x.nullable, params: [(args[0] as Arg).type, type] };
  },
  sql: {
    standard: ([, x], types) => call('DATE_TRUNC', str(knownPart(types)), x as Sql),
    duckdb: ([, x], types) => {
      const truncated = call('date_trunc', str(knownPart(types)), duckdbInstant(x as Sql, types));
      return types.type.kind === 'timestamp' ? truncated : cast(truncated, types.type);
    },
    postgres: ([, x], types) => {
      const instant = duckdbInstant(x as Sql, types);
      if (types.type.kind === 'timestamp') return call('date_trunc', str(knownPart(types)), instant);
      return cast(call('date_trunc', str(knownPart(types)), cast(instant, timestamp)), types.type);
    },
    clickhouse: ([, x], types) => clickhouseTrunc(knownPart(types), x as Sql, types.type),
  },
  evaluate: ([, x], types) => {
    const part = knownPart(types);
    const micros = types.type.kind === 'date' ? (x as bigint) * microsPerDay : (x as bigint);
    const start = unitStart(unitIndex(micros, part), part);
    return types.type.kind === 'date' ? start / microsPerDay : start;
  },
  examples: [
    { sql: "DATE_TRUNC('week', '2017-01-01'::DATE)", result: '2016-12-26', source: 'gold:slt.datetime.date_trunc.4' },
    {
      sql: "DATE_TRUNC('hour', '2024-05-09 08:50:57.891'::TIMESTAMP_NTZ)",
      result: '2024-05-09T08:00:00',
      source: 'gold:slt.datetime.date_trunc.2',
    },
  ],
};

function resolveSlice(args: readonly Arg[]): Signature | Refusal {
  const wrong = arity('TIME_SLICE', args, 3, 4);
  if (wrong) return wrong;
  const [x, n, unit, end] = args as [Arg, Arg, Arg, Arg | undefined];
  const refusal = expectKind('TIME_SLICE', x, 'time', 0);
  if (refusal) return refusal;
  if (typeof n.literal !== 'string' || !/^[1-9]\d{0,8}$/.test(n.literal))
    return refuse('wrong-arguments', 'TIME_SLICE needs a constant length, at least 1', undefined, 1);
  const part = partArg('TIME_SLICE', unit, 2);
  if (typeof part !== 'string') return part;
  if (part === 'millisecond' || part === 'microsecond') return refuse('wrong-arguments', 'TIME_SLICE goes down to seconds', undefined, 2);
  if (x.type.kind === 'date' && subDay.has(part))
    return refuse('wrong-arguments', `a DATE has no ${part}s to slice by`, 'cast it to TIMESTAMP_NTZ first', 2);
  if (end && !/^(START|END)$/i.test(String(end.literal)))
    return refuse('wrong-arguments', "TIME_SLICE ends with 'START' or 'END'", undefined, 3);
  return { type: x.type, nullable: x.nullable };
}

interface Slice {
  readonly months: number | undefined;
  readonly micros: bigint;
  readonly origin: string;
  readonly end: boolean;
}

function sliceOf({ args }: CallTypes): Slice {
  const part = knownPart({ args, type: timestamp }, 2);
  const n = BigInt(String(args[1]?.literal));
  const months = monthsOf(part);
  return {
    months: months === undefined ? undefined : months * Number(n),
    micros: n * (fixedLength(part) ?? 0n),
    origin: part === 'week' ? '1969-12-29' : '1970-01-01',
    end: String(args[3]?.literal ?? 'START').toUpperCase() === 'END',
  };
}

const timeSlice: ScalarRow = {
  kind: 'scalar',
  name: 'TIME_SLICE',
  summary: 'The beginning (or end) of the slice of n units, counted from 1970-01-01, weeks from the Monday before.',
  nulls: 'propagate',
  resolve: resolveSlice,
  sql: {
    standard: (args) => call('TIME_SLICE', ...args),
    duckdb: ([x], types) => {
      const { months, micros, origin, end } = sliceOf(types);
      const width = months === undefined ? call('to_microseconds', token(micros)) : call('to_months', token(months));
      const start = call('time_bucket', width, cast(x as Sql, timestamp), cast(str(origin), timestamp));
      const result = end ? binary(start, '+', width) : start;
      return types.type.kind === 'date' ? cast(result, date) : result;
    },
    postgres: ([x], types) => {
      const result = postgresSlice(cast(x as Sql, timestamp), sliceOf(types));
      return types.type.kind === 'date' ? cast(result, date) : result;
    },
    clickhouse: ([x], types) => {
      const { months, micros, origin, end } = sliceOf(types);
      const zero = origin === '1969-12-29' ? 3n * microsPerDay : 0n;
      return clickhouseSlice(x as Sql, types.type, { months, length: micros, zero, end });
    },
  },
  evaluate: ([x], types) => {
    const isDate = types.type.kind === 'date';
    const result = sliceStart(isDate ? (x as bigint) * microsPerDay : (x as bigint), sliceOf(types));
    return isDate ? result / microsPerDay : result;
  },
  examples: [
    { sql: "TIME_SLICE('2018-07-24'::DATE, 2, 'WEEK', 'START')", result: '2018-07-23', source: 'gold:doc.datetime.time_slice_2w' },
    { sql: "TIME_SLICE('2018-07-24'::DATE, 2, 'WEEK', 'END')", result: '2018-08-06', source: 'gold:doc.datetime.time_slice_2w' },
  ],
};

function postgresSlice(x: Sql, { months, micros, origin, end }: Slice): Sql {
  const later = (start: Sql, width: number | bigint): Sql => (end ? binary(start, '+', token(width)) : start);
  if (months === undefined) {
    const zero = origin === '1969-12-29' ? 3n * microsPerDay : 0n;
    const start = call('lockstep_floor_to', zero === 0n ? epochMicros(x) : binary(epochMicros(x), '+', token(zero)), token(micros));
    const moved = later(start, micros);
    return call('lockstep_timestamp', zero === 0n ? moved : binary(moved, '-', token(zero)));
  }
  const month = binary(binary(binary(field('year', x), '-', token(1970)), '*', token(12)), '+', binary(field('month', x), '-', token(1)));
  const start = later(call('lockstep_floor_to', month, token(months)), months);
  return binary(cast(str('1970-01-01'), timestamp), '+', binary(cast(start, 'INTEGER'), '*', interval('1', 'month')));
}

function sliceStart(x: bigint, { months, micros, origin, end }: Slice): bigint {
  const next = end ? 1n : 0n;
  if (months !== undefined) {
    const slice = floorDivide(unitIndex(x, 'month'), BigInt(months)) + next;
    return unitStart(slice * BigInt(months), 'month');
  }
  const zero = origin === '1969-12-29' ? -3n * microsPerDay : 0n;
  return zero + (floorDivide(x - zero, micros) + next) * micros;
}

/** The last day of a unit of days or more, the month if none is said. */
const lastDay: ScalarRow = {
  kind: 'scalar',
  name: 'LAST_DAY',
  summary: 'The last day of the month, or of the stated week, quarter or year, as a DATE.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('LAST_DAY', args, 1, 2);
    if (wrong) return wrong;
    const day = dayArg('LAST_DAY', args[0] as Arg, 0);
    if ('refused' in day) return day;
    const part = args[1] === undefined ? 'month' : partArg('LAST_DAY', args[1], 1);
    if (typeof part !== 'string') return part;
    if (!lastDayParts.has(part))
      return refuse('wrong-arguments', `LAST_DAY of a ${part} is not supported`, [...lastDayParts].join(', '), 1);
    return { type: date, nullable: (args[0] as Arg).nullable, params: [day] };
  },
  sql: {
    standard: ([x], types) => (types.args.length === 1 ? call('LAST_DAY', x as Sql) : call('LAST_DAY', x as Sql, str(lastDayPart(types)))),
    duckdb: ([x], types) => {
      const part = lastDayPart(types);
      if (part === 'month') return call('last_day', x as Sql);
      const width = part === 'week' ? call('to_days', token(6)) : call('to_months', token((monthsOf(part) as number) - 1));
      const inside = binary(call('date_trunc', str(part), x as Sql), '+', width);
      return part === 'week' ? cast(inside, date) : call('last_day', inside);
    },
    postgres: ([x], types) => {
      const part = lastDayPart(types);
      if (part === 'month') return postgresLastDay(x as Sql);
      const start = call('date_trunc', str(part), cast(x as Sql, timestamp));
      if (part === 'week') return cast(binary(start, '+', interval('6', 'day')), date);
      return postgresLastDay(binary(start, '+', interval(String((monthsOf(part) as number) - 1), 'month')));
    },
    clickhouse: ([x], types) => clickhouseLastDay(lastDayPart(types), x as Sql, (types.args[0] as Arg).type),
  },
  evaluate: ([x], types) => {
    const part = lastDayPart(types);
    const days = dateOf(x as bigint, types.args[0] as Arg);
    return unitStart(unitIndex(days * microsPerDay, part) + 1n, part) / microsPerDay - 1n;
  },
  examples: [
    { sql: "LAST_DAY('2015-05-08'::DATE)", result: '2015-05-31', source: 'gold:slt.datetime.last_day.1' },
    { sql: "LAST_DAY('2015-05-08'::DATE, 'Y')", result: '2015-12-31', source: 'gold:slt.datetime.last_day.2' },
    { sql: "LAST_DAY('2017-01-02'::DATE, 'week')", result: '2017-01-08', source: 'gold:slt.datetime.last_day.3' },
  ],
};

const lastDayParts: ReadonlySet<DatePart> = new Set(['week', 'month', 'quarter', 'year']);

function lastDayPart({ args, type }: CallTypes): DatePart {
  return args.length === 1 ? 'month' : knownPart({ args, type }, 1);
}

export function dateOf(x: bigint, { type }: { readonly type: SqlType }): bigint {
  return type.kind === 'date' ? x : dayOf(x);
}

export const timeTruncationRows: readonly ScalarRow[] = [dateTrunc, timeSlice, lastDay];
