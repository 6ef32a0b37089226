/** Dates, timestamps and times put together from numbers, which may lie outside their usual range. */
import { binary, call, caseWhen, cast, interval, isNull, type Sql, str, token } from '../sql/tree.ts';
import { date, type SqlType, timeOfDay, timestamp } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectArgs, type Wanted } from './arguments.ts';
import { addMonths, daysFromCivil, floorDivide, microsPerDay } from './calendar.ts';
import { clickhouseFromParts, clickhouseTimestampFromParts } from './clickhouse-time.ts';
import type { Arg, Refusal, ScalarRow, Signature } from './define.ts';
import { NotOnEngine } from './engine-sql.ts';
import { EvaluationError } from './evaluation-error.ts';
import { timeOfMicros } from './postgres-casts.ts';
import { raise } from './postgres-sql.ts';

const whole = (count: number): readonly Wanted[] => Array.from({ length: count }, () => 'integer');
const second = 1_000_000n;

/** Months are counted from January of the year, days from the first of that month. */
function dayFrom([year, month, day]: readonly bigint[]): bigint {
  const january = daysFromCivil({ year: Number(year), month: 1, day: 1 });
  return addMonths(january, Number(month) - 1) + (day as bigint) - 1n;
}

function microsFrom([hour, minute, seconds, nanos = 0n]: readonly bigint[]): bigint {
  return (((hour as bigint) * 60n + (minute as bigint)) * 60n + (seconds as bigint)) * second + floorDivide(nanos, 1000n);
}

const bigint = (x: Sql): Sql => cast(x, 'BIGINT');
const minusOne = (x: Sql): Sql => cast(binary(x, '-', token(1)), 'INTEGER');

function duckdbDay([year, month, day]: readonly Sql[]): Sql {
  const january = call('make_date', bigint(year as Sql), token(1), token(1));
  const first = binary(january, '+', call('to_months', minusOne(month as Sql)));
  return binary(first, '+', call('to_days', minusOne(day as Sql)));
}

function duckdbMicros([hour, minute, seconds, nanos]: readonly Sql[]): Sql {
  const scaled = (x: Sql | undefined, micros: bigint): Sql => binary(bigint(x as Sql), '*', token(micros));
  const clock = binary(binary(scaled(hour, 3600n * second), '+', scaled(minute, 60n * second)), '+', scaled(seconds, second));
  if (nanos === undefined) return clock;
  // `//` cuts towards zero; nanoseconds are cut from the wall clock.
  const thousand = token(1_000);
  const rest = binary(binary(binary(bigint(nanos), '%', thousand), '+', thousand), '%', thousand);
  return binary(clock, '+', binary(binary(bigint(nanos), '-', rest), '//', thousand));
}

function postgresDay([year, month, day]: readonly Sql[]): Sql {
  const times = (n: Sql, unit: string): Sql => binary(cast(n, 'INTEGER'), '*', interval('1', unit));
  const months = binary(binary(binary(year as Sql, '-', token(1970)), '*', token(12)), '+', binary(month as Sql, '-', token(1)));
  const first = binary(cast(str('1970-01-01'), timestamp), '+', times(months, 'month'));
  return binary(first, '+', times(binary(day as Sql, '-', token(1)), 'day'));
}

function postgresMicros([hour, minute, seconds, nanos]: readonly Sql[]): Sql {
  const scaled = (x: Sql | undefined, micros: bigint): Sql => binary(x as Sql, '*', token(micros));
  const clock = binary(binary(scaled(hour, 3600n * second), '+', scaled(minute, 60n * second)), '+', scaled(seconds, second));
  if (nanos === undefined) return clock;
  return binary(clock, '+', call('div', call('lockstep_floor_to', nanos, token(1_000)), token(1_000)));
}

const dateFromParts: ScalarRow = {
  kind: 'scalar',
  name: 'DATE_FROM_PARTS',
  aliases: ['DATEFROMPARTS'],
  summary: 'A date from year, month and day; month 13 is January of the next year, day 0 the day before the first.',
  nulls: 'propagate',
  resolve: (args) => expectArgs('DATE_FROM_PARTS', args, whole(3)) ?? { type: date, nullable: anyNullable(args) },
  sql: {
    standard: (args) => call('DATE_FROM_PARTS', ...args),
    duckdb: (args) => cast(duckdbDay(args), date),
    postgres: (args) => cast(postgresDay(args), date),
    clickhouse: clickhouseFromParts,
  },
  evaluate: (args) => dayFrom(args as readonly bigint[]),
  examples: [{ sql: 'DATE_FROM_PARTS(1977, 8, 7)', result: '1977-08-07', source: 'gold:slt.datetime.date_from_parts.1' }],
};

function resolveTimestamp(args: readonly Arg[]): Signature | Refusal {
  const name = 'TIMESTAMP_NTZ_FROM_PARTS';
  const signature = { type: timestamp, nullable: anyNullable(args) };
  if (args.length !== 2) return expectArgs(name, args, whole(7), 1) ?? signature;
  const params: readonly SqlType[] = [date, timeOfDay];
  const wrong = args.findIndex((arg, i) => arg.type.kind !== params[i]?.kind);
  if (wrong < 0) return signature;
  return { refused: 'type-mismatch', message: `${name} of two arguments takes a DATE and a TIME`, arg: wrong };
}

const timestampFromParts: ScalarRow = {
  kind: 'scalar',
  name: 'TIMESTAMP_NTZ_FROM_PARTS',
  aliases: ['TIMESTAMP_FROM_PARTS', 'TIMESTAMPFROMPARTS', 'TIMESTAMPNTZFROMPARTS'],
  summary: 'A timestamp from year, month, day, hour, minute, second and perhaps nanoseconds; or from a DATE and a TIME.',
  nulls: 'propagate',
  resolve: resolveTimestamp,
  sql: {
    standard: (args) => call('TIMESTAMP_NTZ_FROM_PARTS', ...args),
    duckdb: (args) =>
      args.length === 2
        ? binary(args[0] as Sql, '+', args[1] as Sql)
        : binary(duckdbDay(args), '+', call('to_microseconds', duckdbMicros(args.slice(3)))),
    postgres: (args) =>
      args.length === 2
        ? binary(args[0] as Sql, '+', args[1] as Sql)
        : call('lockstep_move', postgresDay(args), postgresMicros(args.slice(3))),
    clickhouse: (args) => {
      if (args.length === 2) throw new NotOnEngine('the type TIME', 'clickhouse');
      return clickhouseTimestampFromParts(args);
    },
  },
  evaluate: (args) => {
    const given = args as readonly bigint[];
    if (given.length === 2) return (given[0] as bigint) * microsPerDay + (given[1] as bigint);
    return dayFrom(given) * microsPerDay + microsFrom(given.slice(3));
  },
  examples: [
    {
      sql: 'TIMESTAMP_NTZ_FROM_PARTS(2013, 4, 5, 12, 00, 00, 987654321)',
      result: '2013-04-05T12:00:00.987654',
      source: 'gold:slt.datetime.timestamp_from_parts.2',
    },
    {
      sql: 'TIMESTAMP_FROM_PARTS(2013, 4, 5, 12, 0, -3600)',
      result: '2013-04-05T11:00:00',
      source: 'gold:slt.datetime.timestamp_from_parts.6',
    },
  ],
};

const withinDay = (micros: bigint): boolean => micros >= 0n && micros < microsPerDay;
const outside = 'the parts of a TIME add up to less than nothing or more than a day';

const timeFromParts: ScalarRow = {
  kind: 'scalar',
  name: 'TIME_FROM_PARTS',
  aliases: ['TIMEFROMPARTS'],
  summary: 'A time of day from hour, minute, second and perhaps nanoseconds; 100 minutes are an hour and 40 minutes.',
  nulls: 'propagate',
  resolve: (args) => {
    const refusal = arity('TIME_FROM_PARTS', args, 3, 4) ?? expectArgs('TIME_FROM_PARTS', args, whole(4), 1);
    if (refusal) return refusal;
    const signature = { type: timeOfDay, nullable: anyNullable(args) };
    const literals = args.flatMap((arg) => (typeof arg.literal === 'string' ? [BigInt(arg.literal)] : []));
    if (literals.length === args.length && withinDay(microsFrom(literals))) return signature;
    return { ...signature, mayRaise: { reason: outside, hint: 'truncate a timestamp instead: x::TIME' } };
  },
  sql: {
    standard: (args) => call('TIME_FROM_PARTS', ...args),
    duckdb: (args) => {
      const micros = duckdbMicros(args);
      const inside: Sql = { kind: 'between', argument: micros, low: token(0), high: token(microsPerDay - 1n), negated: false };
      const branches = [
        { when: isNull(micros), then: token('NULL') },
        { when: inside, then: cast(call('make_timestamp', micros), timeOfDay) },
      ];
      return caseWhen(branches, call('error', { kind: 'string', value: outside }));
    },
    postgres: (args) => {
      const micros = postgresMicros(args);
      const inside: Sql = { kind: 'between', argument: micros, low: token(0), high: token(microsPerDay - 1n), negated: false };
      const branches = [
        { when: isNull(micros), then: token('NULL') },
        { when: inside, then: timeOfMicros(micros) },
      ];
      return caseWhen(branches, raise(outside, cast(token('NULL'), timeOfDay)));
    },
  },
  evaluate: (args): Value => {
    const micros = microsFrom(args as readonly bigint[]);
    if (!withinDay(micros)) throw new EvaluationError(outside);
    return micros;
  },
  examples: [
    { sql: 'TIME_FROM_PARTS(12, 34, 56, 987654321)', result: '12:34:56.987654', source: 'gold:slt.datetime.time_from_parts.1' },
    { sql: 'TIME_FROM_PARTS(12, 0, 12345)', result: '15:25:45.000000', source: 'gold:slt.datetime.time_from_parts.2' },
  ],
};

export const timeFromPartsRows: readonly ScalarRow[] = [dateFromParts, timestampFromParts, timeFromParts];
