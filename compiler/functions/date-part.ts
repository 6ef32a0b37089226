/** Units of time: the canonical names, and Snowflake's aliases for them. */

export const dateParts = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond'] as const;
export type DatePart = (typeof dateParts)[number];

const aliases: Readonly<Record<string, DatePart>> = {
  y: 'year',
  yy: 'year',
  yyy: 'year',
  yyyy: 'year',
  yr: 'year',
  years: 'year',
  yrs: 'year',
  q: 'quarter',
  qtr: 'quarter',
  qtrs: 'quarter',
  quarters: 'quarter',
  mm: 'month',
  mon: 'month',
  mons: 'month',
  months: 'month',
  w: 'week',
  wk: 'week',
  weeks: 'week',
  weekofyear: 'week',
  woy: 'week',
  wy: 'week',
  d: 'day',
  dd: 'day',
  days: 'day',
  dayofmonth: 'day',
  h: 'hour',
  hh: 'hour',
  hr: 'hour',
  hours: 'hour',
  hrs: 'hour',
  m: 'minute',
  mi: 'minute',
  min: 'minute',
  minutes: 'minute',
  mins: 'minute',
  s: 'second',
  sec: 'second',
  seconds: 'second',
  secs: 'second',
  ms: 'millisecond',
  msec: 'millisecond',
  milliseconds: 'millisecond',
  us: 'microsecond',
  usec: 'microsecond',
  microseconds: 'microsecond',
};

const byName: ReadonlyMap<string, DatePart> = new Map([...dateParts.map((name) => [name, name] as const), ...Object.entries(aliases)]);

/** `part` in any case, as written in DATEADD or INTERVAL. */
export function datePart(part: string): DatePart | undefined {
  return byName.get(part) ?? byName.get(part.toLowerCase());
}

/** Microseconds in a unit of fixed length; undefined for month, quarter, year. */
export function fixedLength(part: DatePart): bigint | undefined {
  switch (part) {
    case 'week':
      return 604_800_000_000n;
    case 'day':
      return 86_400_000_000n;
    case 'hour':
      return 3_600_000_000n;
    case 'minute':
      return 60_000_000n;
    case 'second':
      return 1_000_000n;
    case 'millisecond':
      return 1_000n;
    case 'microsecond':
      return 1n;
    default:
      return undefined;
  }
}
