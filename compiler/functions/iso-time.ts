/** Dates and timestamps as text: ISO only, the years 0001 to 9999. */
import { civilFromDays, dayOf, daysFromCivil, daysInMonth, floorModulo, microsPerDay } from './calendar.ts';

const year = '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})';
/** Patterns that JavaScript, DuckDB and Snowflake read alike; the whole text must match. */
export const isoDate = `${year}-[0-9]{2}-[0-9]{2}`;
export const isoTimestamp = `${isoDate}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?)?`;

const dateShape = new RegExp(`^${isoDate}$`);
const timestampShape = new RegExp(`^${isoTimestamp}$`);

/** Days since 1970-01-01; undefined if `text` is no date. */
export function parseDate(text: string): bigint | undefined {
  if (!dateShape.test(text)) return undefined;
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil({ year, month, day });
}

/** Microseconds since 1970-01-01; undefined if `text` is no timestamp. */
export function parseTimestamp(text: string): bigint | undefined {
  if (!timestampShape.test(text)) return undefined;
  const days = parseDate(text.slice(0, 10));
  if (days === undefined) return undefined;
  const [clock = '00:00', fraction = ''] = text.slice(11).split('.');
  const [hour = 0, minute = 0, second = 0] = clock.split(':').map(Number);
  const seconds = BigInt((hour * 60 + minute) * 60 + second);
  return days * microsPerDay + seconds * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

export function dateText(days: bigint): string {
  const { year, month, day } = civilFromDays(days);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** With six digits of a second: 2026-01-31T12:00:00.000000 */
export function timestampText(micros: bigint): string {
  const clock = clockOf(micros);
  return `${dateText(dayOf(micros))}T${padded(clock.hour, 2)}:${padded(clock.minute, 2)}:${padded(clock.second, 2)}.${padded(clock.micros, 6)}`;
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
