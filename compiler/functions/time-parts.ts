/** Numbers and names read off a date or timestamp. */
import { binary, call, cast, type Sql, str, token } from '../sql/tree.ts';
import { number, type SqlType, timestamp, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectKind, refuse, timeLiteral } from './arguments.ts';
import { type Civil, civilFromDays, daysFromCivil, floorDivide, isoWeek, isoWeekday, microsPerDay } from './calendar.ts';
import { dayOf, floorDiv, int64, micros, signed, whole } from './clickhouse-sql.ts';
import { datePart } from './date-part.ts';
import type { Arg, CallTypes, Example, Refusal, ScalarRow, Signature } from './define.ts';
import { NotOnEngine } from './engine-sql.ts';
import { clockOf } from './iso-time.ts';
import { epochMicros, field } from './postgres-sql.ts';
import { dayArg } from './time-arguments.ts';
import { dateOf } from './time-truncation.ts';

interface Instant {
  readonly days: bigint;
  /** Since 1970-01-01T00:00:00. */
  readonly micros: bigint;
}

interface Part {
  /** The largest value has this many digits. */
  readonly digits: number;
  readonly duckdb: (x: Sql) => Sql;
  readonly postgres: (x: Sql) => Sql;
  /** A whole number of any width. */
  readonly clickhouse: (x: Sql, type: SqlType) => Sql;
  readonly read: (instant: Instant) => number | bigint;
}

const native =
  (fn: string) =>
  (x: Sql): Sql =>
    call(fn, x);
const extracted =
  (name: string) =>
  (x: Sql): Sql =>
    field(name, x);
const onDay =
  (fn: string) =>
  (x: Sql, type: SqlType): Sql =>
    int64(call(fn, dayOf(x, type)));
/** How many of a unit, and how many of those there are in the next. */
const onClock =
  (length: bigint, most: bigint) =>
  (x: Sql, type: SqlType): Sql =>
    call('positiveModulo', floorDiv(micros(x, type), length), signed(most));
function onClickhouse(part: PartName, x: Sql, { type }: Arg): Sql {
  if (type.kind === 'time') throw new NotOnEngine('the type TIME', 'clickhouse');
  return whole(parts[part].clickhouse(x, type));
}
const civil =
  (read: (civil: Civil) => number) =>
  ({ days }: Instant): number =>
    read(civilFromDays(days));

/** Floors also before 1970: DuckDB's own epoch functions cut towards zero. */
const epoch = (unit: 'second' | 'millisecond', length: bigint, digits: number): Part => ({
  digits,
  duckdb: (x) => binary(call('epoch_us', call('date_trunc', str(unit), x)), '//', token(length)),
  clickhouse: (x, type) => floorDiv(micros(x, type), length),
  postgres: (x) => call('div', call('lockstep_floor_to', epochMicros(x), token(length)), token(length)),
  read: (instant) => floorDivide(instant.micros, length),
});

const parts = {
  year: { digits: 4, duckdb: native('year'), clickhouse: onDay('toYear'), postgres: extracted('year'), read: civil(({ year }) => year) },
  quarter: {
    digits: 1,
    duckdb: native('quarter'),
    clickhouse: onDay('toQuarter'),
    postgres: extracted('quarter'),
    read: civil(({ month }) => Math.ceil(month / 3)),
  },
  month: {
    digits: 2,
    duckdb: native('month'),
    clickhouse: onDay('toMonth'),
    postgres: extracted('month'),
    read: civil(({ month }) => month),
  },
  day: { digits: 2, duckdb: native('day'), clickhouse: onDay('toDayOfMonth'), postgres: extracted('day'), read: civil(({ day }) => day) },
  hour: {
    digits: 2,
    duckdb: native('hour'),
    clickhouse: onClock(3_600_000_000n, 24n),
    postgres: extracted('hour'),
    read: ({ micros }) => clockOf(micros).hour,
  },
  minute: {
    digits: 2,
    duckdb: native('minute'),
    clickhouse: onClock(60_000_000n, 60n),
    postgres: extracted('minute'),
    read: ({ micros }) => clockOf(micros).minute,
  },
  second: {
    digits: 2,
    duckdb: native('second'),
    clickhouse: onClock(1_000_000n, 60n),
    postgres: (x) => call('floor', field('second', x)),
    read: ({ micros }) => clockOf(micros).second,
  },
  dayofweek: {
    digits: 1,
    clickhouse: (x, type) => binary(onDay('toDayOfWeek')(x, type), '%', signed(7)),
    duckdb: native('dayofweek'),
    postgres: extracted('dow'),
    read: ({ days }) => isoWeekday(days) % 7,
  },
  dayofweekiso: {
    digits: 1,
    clickhouse: onDay('toDayOfWeek'),
    duckdb: native('isodow'),
    postgres: extracted('isodow'),
    read: ({ days }) => isoWeekday(days),
  },
  dayofyear: {
    digits: 3,
    duckdb: native('dayofyear'),
    clickhouse: onDay('toDayOfYear'),
    postgres: extracted('doy'),
    read: ({ days }) => days - daysFromCivil({ ...civilFromDays(days), month: 1, day: 1 }) + 1n,
  },
  weekiso: {
    digits: 2,
    clickhouse: onDay('toISOWeek'),
    duckdb: native('weekofyear'),
    postgres: extracted('week'),
    read: ({ days }) => isoWeek(days).week,
  },
  yearofweekiso: {
    digits: 4,
    clickhouse: onDay('toISOYear'),
    duckdb: native('isoyear'),
    postgres: extracted('isoyear'),
    read: ({ days }) => isoWeek(days).year,
  },
  nanosecond: {
    digits: 9,
    duckdb: (x) => binary(binary(call('microsecond', x), '%', token(1_000_000)), '*', token(1_000)),
    clickhouse: (x, type) => binary(onClock(1n, 1_000_000n)(x, type), '*', signed(1_000)),
    postgres: (x) => binary(binary(field('microseconds', x), '%', token(1_000_000)), '*', token(1_000)),
    read: ({ micros }) => clockOf(micros).micros * 1_000,
  },
  epoch_second: epoch('second', 1_000_000n, 12),
  epoch_millisecond: epoch('millisecond', 1_000n, 15),
  epoch_microsecond: { digits: 18, clickhouse: micros, duckdb: native('epoch_us'), postgres: epochMicros, read: ({ micros }) => micros },
} satisfies Readonly<Record<string, Part>>;

type PartName = keyof typeof parts;

const clockParts: ReadonlySet<PartName> = new Set(['hour', 'minute', 'second', 'nanosecond']);

function resolvePart(fn: string, name: PartName, x: Arg, index: number): Signature | Refusal {
  if (x.type.kind === 'time')
    return clockParts.has(name)
      ? { type: number(parts[name].digits), nullable: x.nullable, digits: parts[name].digits }
      : refuse('wrong-arguments', `a TIME has no ${name}`, `one of ${[...clockParts].join(', ')}`, index);
  const literal = timeLiteral(x, timestamp);
  if (literal !== undefined) {
    const before = index === 0 ? [] : [varchar];
    return { type: number(parts[name].digits), nullable: false, digits: parts[name].digits, params: [...before, literal] };
  }
  const refusal = expectKind(fn, x, 'time', index);
  if (refusal) return refusal;
  if (x.type.kind === 'date' && clockParts.has(name))
    return refuse('wrong-arguments', `a DATE has no ${name}`, 'cast it to TIMESTAMP_NTZ first', index);
  const { digits } = parts[name];
  return { type: number(digits), nullable: x.nullable, digits };
}

function evaluatePart(name: PartName, x: Value, arg: Arg): Value {
  const value = x as bigint;
  const instant = arg.type.kind === 'date' ? { days: value, micros: value * microsPerDay } : { days: dateOf(value, arg), micros: value };
  return BigInt(parts[name].read(instant));
}

const partFunction = (
  name: string,
  aliases: readonly string[],
  part: PartName,
  summary: string,
  examples: readonly Example[] = [],
): ScalarRow => ({
  kind: 'scalar',
  name,
  aliases,
  summary,
  nulls: 'propagate',
  resolve: (args) => arity(name, args, 1) ?? resolvePart(name, part, args[0] as Arg, 0),
  sql: {
    standard: ([x]) => call(name, x as Sql),
    duckdb: ([x]) => parts[part].duckdb(x as Sql),
    postgres: ([x]) => parts[part].postgres(x as Sql),
    clickhouse: ([x], { args }) => onClickhouse(part, x as Sql, args[0] as Arg),
  },
  evaluate: ([x], { args }) => evaluatePart(part, x as Value, args[0] as Arg),
  examples,
});

const partNames: Readonly<Record<string, PartName>> = {
  dow: 'dayofweek',
  weekday: 'dayofweek',
  dayofweek_iso: 'dayofweekiso',
  dow_iso: 'dayofweekiso',
  weekday_iso: 'dayofweekiso',
  doy: 'dayofyear',
  yearday: 'dayofyear',
  week_iso: 'weekiso',
  weekofyeariso: 'weekiso',
  weekofyear_iso: 'weekiso',
  week: 'weekiso',
  yearofweek: 'yearofweekiso',
  nsec: 'nanosecond',
  ns: 'nanosecond',
  nsecond: 'nanosecond',
  nanosec: 'nanosecond',
  nanosecs: 'nanosecond',
  nanoseconds: 'nanosecond',
  nseconds: 'nanosecond',
  epoch: 'epoch_second',
  epoch_seconds: 'epoch_second',
  epoch_milliseconds: 'epoch_millisecond',
  epoch_microseconds: 'epoch_microsecond',
};

function partName(arg: Arg | undefined): PartName | undefined {
  if (typeof arg?.literal !== 'string' || arg.type.kind !== 'varchar') return undefined;
  const written = arg.literal.toLowerCase();
  const wanted = Object.hasOwn(parts, written) ? written : (partNames[written] ?? datePart(written) ?? '');
  const name = wanted === 'week' ? 'weekiso' : wanted;
  return Object.hasOwn(parts, name) ? (name as PartName) : undefined;
}

const datePartRow: ScalarRow = {
  kind: 'scalar',
  name: 'DATE_PART',
  summary: 'One part of a date or timestamp, as a whole number.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('DATE_PART', args, 2);
    if (wrong) return wrong;
    const part = partName(args[0]);
    if (part === undefined)
      return refuse('wrong-arguments', 'DATE_PART needs a constant part', `one of ${Object.keys(parts).join(', ')}`, 0);
    return resolvePart('DATE_PART', part, args[1] as Arg, 1);
  },
  sql: {
    standard: ([, x], types) => call('DATE_PART', token(partOf(types).toUpperCase()), x as Sql),
    duckdb: ([, x], types) => parts[partOf(types)].duckdb(x as Sql),
    postgres: ([, x], types) => parts[partOf(types)].postgres(x as Sql),
    clickhouse: ([, x], types) => onClickhouse(partOf(types), x as Sql, types.args[1] as Arg),
  },
  evaluate: ([, x], types) => evaluatePart(partOf(types), x as Value, types.args[1] as Arg),
  examples: [
    { sql: "DATE_PART('quarter', '2024-04-08'::DATE)", result: '2', source: 'gold:slt.datetime.date_part.1' },
    {
      sql: "DATE_PART('epoch_second', '2024-04-08 23:39:20.123'::TIMESTAMP_NTZ)",
      result: '1712619560',
      source: 'gold:slt.datetime.date_part.3',
    },
  ],
};

function partOf({ args }: CallTypes): PartName {
  return partName(args[0]) as PartName;
}

const nameRow = (
  name: string,
  summary: string,
  native: string,
  pattern: string,
  names: readonly string[],
  index: (days: bigint) => number,
  examples: readonly Example[],
): ScalarRow => ({
  kind: 'scalar',
  name,
  summary,
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity(name, args, 1);
    if (wrong) return wrong;
    const day = dayArg(name, args[0] as Arg, 0);
    return 'refused' in day ? day : { type: varchar, nullable: anyNullable(args), params: [day] };
  },
  sql: {
    standard: ([x]) => call(name, x as Sql),
    duckdb: ([x]) => call('left', call(native, x as Sql), token(3)),
    postgres: ([x]) => call('to_char', cast(x as Sql, timestamp), str(pattern)),
    clickhouse: ([x], { args }) => {
      const number = call(native === 'dayname' ? 'toDayOfWeek' : 'toMonth', dayOf(x as Sql, (args[0] as Arg).type));
      return call('arrayElement', call('array', ...names.map(str)), number);
    },
  },
  evaluate: ([x], { args }) => names[index(dateOf(x as bigint, args[0] as Arg))] ?? null,
  examples,
});

const example = (call: string, result: string, id: string): readonly Example[] => [
  { sql: `${call}('2013-05-08 23:39:20.123'::TIMESTAMP_NTZ)`, result, source: `gold:slt.datetime.${id}` },
];
const january: readonly Example[] = [
  { sql: "YEAROFWEEKISO('2016-01-02 23:39:20.123'::TIMESTAMP_NTZ)", result: '2015', source: 'gold:slt.datetime.yearofweekiso.1' },
];

export const timePartRows: readonly ScalarRow[] = [
  partFunction('YEAR', [], 'year', 'The year.'),
  partFunction('QUARTER', [], 'quarter', '1 to 4.', example('QUARTER', '2', 'quarter.1')),
  partFunction('MONTH', [], 'month', '1 to 12.', example('MONTH', '5', 'month.1')),
  partFunction('DAY', ['DAYOFMONTH'], 'day', '1 to 31.', example('DAY', '8', 'day.1')),
  partFunction('HOUR', [], 'hour', '0 to 23.', example('HOUR', '23', 'hour-minute-second.1')),
  partFunction('MINUTE', [], 'minute', '0 to 59.', example('MINUTE', '39', 'hour-minute-second.1')),
  partFunction('SECOND', [], 'second', '0 to 59, without a fraction.', example('SECOND', '20', 'hour-minute-second.1')),
  partFunction('DAYOFWEEK', [], 'dayofweek', '0 is Sunday, 6 Saturday.'),
  partFunction('DAYOFWEEKISO', ['DAYOFWEEK_ISO'], 'dayofweekiso', '1 is Monday, 7 Sunday.', [
    { sql: "DAYOFWEEKISO('2016-01-02 23:39:20.123'::TIMESTAMP_NTZ)", result: '6', source: 'gold:slt.datetime.dayofweekiso.1' },
  ]),
  partFunction('DAYOFYEAR', [], 'dayofyear', '1 to 366.', example('DAYOFYEAR', '128', 'dayofyear.1')),
  partFunction('WEEK', ['WEEKOFYEAR'], 'weekiso', 'The ISO week.'),
  partFunction('WEEKISO', ['WEEK_ISO'], 'weekiso', 'The ISO week.'),
  partFunction('YEAROFWEEK', [], 'yearofweekiso', 'The year that the ISO week belongs to.'),
  partFunction('YEAROFWEEKISO', [], 'yearofweekiso', 'The year that the ISO week belongs to.', january),
  datePartRow,
  nameRow('DAYNAME', 'Mon to Sun.', 'dayname', 'Dy', ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'], (days) => isoWeekday(days) - 1, [
    { sql: "DAYNAME('2024-04-01'::DATE)", result: 'Mon', source: 'gold:slt.datetime.dayname.1' },
  ]),
  nameRow(
    'MONTHNAME',
    'Jan to Dec.',
    'monthname',
    'Mon',
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
    (days) => civilFromDays(days).month - 1,
    [{ sql: "MONTHNAME('2015-04-03 10:00:00'::TIMESTAMP_NTZ)", result: 'Apr', source: 'gold:slt.datetime.monthname.2' }],
  ),
];
