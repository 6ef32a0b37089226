/** Dates, timestamps and times of day as text: ISO only, the years 0001 to 9999. */
import type { SqlType } from '../sql-type.ts';
import { type Civil, civilFromDays, dayOf, daysFromCivil, daysInMonth, floorModulo, microsPerDay } from './calendar.ts';

export const yearPattern = '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})';
/** Patterns that JavaScript, DuckDB and Snowflake read alike; the whole text must match. */
const isoDate = `${yearPattern}-[0-9]{2}-[0-9]{2}`;
export const isoTimestamp = `${isoDate}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?)?`;
export const isoClock = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?';
const zoneHour = '[+-](0[0-9]|1[0-4])';
const afterSeconds = `(Z|${zoneHour}(:[0-5][0-9])?| ${zoneHour}:?[0-5][0-9])`;
/** A timestamp that may say its offset from UTC, in the forms that Snowflake detects. */
export const isoWithOffset = `${isoDate}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?${afterSeconds}?|${zoneHour}:[0-5][0-9])?)?`;

const dateShape = new RegExp(`^${isoDate}$`);
const timestampShape = new RegExp(`^${isoTimestamp}$`);
const clockShape = new RegExp(`^${isoClock}$`);
const offsetShape = new RegExp(`^${isoWithOffset}$`);
/** The date and the wall clock at the beginning of a text. */
const local = new RegExp(`^${isoTimestamp}`);

/** Days since 1970-01-01; undefined if `text` is no date. */
export function parseDate(text: string): bigint | undefined {
  if (!dateShape.test(text)) return undefined;
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  return validDay({ year, month, day });
}

export function validDay({ year, month, day }: Civil): bigint | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil({ year, month, day });
}

/** Microseconds since 1970-01-01; undefined if `text` is no timestamp. */
export function parseTimestamp(text: string): bigint | undefined {
  if (!timestampShape.test(text)) return undefined;
  const days = parseDate(text.slice(0, 10));
  if (days === undefined) return undefined;
  return days * microsPerDay + clockMicros(text.slice(11));
}

/** As `parseTimestamp`; an offset from UTC is dropped, and the wall clock beside it kept. */
export function parseWallClock(text: string): bigint | undefined {
  return offsetShape.test(text) ? parseTimestamp(local.exec(text)?.[0] ?? '') : undefined;
}

/** Microseconds since midnight; undefined if `text` is no time of day. */
export function parseTime(text: string): bigint | undefined {
  return clockShape.test(text) ? clockMicros(text) : undefined;
}

function clockMicros(text: string): bigint {
  const [clock = '', fraction = ''] = text.split('.');
  const [hour = 0, minute = 0, second = 0] = clock.split(':').map(Number);
  return BigInt((hour * 60 + minute) * 60 + second) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

export function dateText(days: bigint): string {
  const { year, month, day } = civilFromDays(days);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** With six digits of a second: 2026-01-31T12:00:00.000000 */
export function timestampText(micros: bigint): string {
  return `${dateText(dayOf(micros))}T${timeText(micros)}`;
}

/** With six digits of a second: 12:00:00.000000 */
export function timeText(micros: bigint): string {
  const clock = clockOf(micros);
  return `${padded(clock.hour, 2)}:${padded(clock.minute, 2)}:${padded(clock.second, 2)}.${padded(clock.micros, 6)}`;
}

export interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Of the second, 0 to 999999. */
  readonly micros: number;
}

export function clockOf(micros: bigint): Clock {
  const ofDay = Number(floorModulo(micros, microsPerDay));
  const seconds = Math.floor(ofDay / 1_000_000);
  return { hour: Math.floor(seconds / 3600), minute: Math.floor(seconds / 60) % 60, second: seconds % 60, micros: ofDay % 1_000_000 };
}

export function padded(n: number, width: number): string {
  return String(n).padStart(width, '0');
}

/** ISO text of exactly this type, which every engine reads alike. */
export function isPlainTime(text: string, type: SqlType): boolean {
  if (type.kind === 'date') return parseDate(text) !== undefined;
  return (type.kind === 'time' ? parseTime(text) : parseTimestamp(text)) !== undefined;
}
