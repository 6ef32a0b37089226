/** The proleptic Gregorian calendar on day numbers and microseconds since 1970-01-01. */
import type { DatePart } from './date-part.ts';
import { fixedLength } from './date-part.ts';

export const microsPerDay = 86_400_000_000n;

export interface Civil {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

export function floorModulo(a: bigint, b: bigint): bigint {
  return a - floorDivide(a, b) * b;
}

export function dayOf(micros: bigint): bigint {
  return floorDivide(micros, microsPerDay);
}

/** Shifted by 400-year cycles, so that Date.UTC never sees a year below 100. */
export function daysFromCivil({ year, month, day }: Civil): bigint {
  const cycles = Math.floor(year / 400);
  const millis = Date.UTC(2000 + (year - cycles * 400), month - 1, day);
  return BigInt(millis / 86_400_000) + BigInt(cycles - 5) * 146_097n;
}

export function civilFromDays(days: bigint): Civil {
  const cycles = floorDivide(days, 146_097n);
  const date = new Date(Number(days - cycles * 146_097n) * 86_400_000);
  return { year: date.getUTCFullYear() + Number(cycles) * 400, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 };
  return Number(daysFromCivil(next) - daysFromCivil({ year, month, day: 1 }));
}

/** Months since 1970-01. */
function monthIndex({ year, month }: Civil): number {
  return (year - 1970) * 12 + month - 1;
}

function firstOfMonth(index: number): Civil {
  return { year: 1970 + Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1, day: 1 };
}

/** The same day of another month, or that month's last. */
export function addMonths(days: bigint, months: number): bigint {
  const civil = civilFromDays(days);
  const target = firstOfMonth(monthIndex(civil) + months);
  return daysFromCivil({ ...target, day: Math.min(civil.day, daysInMonth(target.year, target.month)) });
}

/** 1 Monday to 7 Sunday. */
export function isoWeekday(days: bigint): number {
  return Number(floorModulo(days + 3n, 7n)) + 1;
}

function mondayOf(days: bigint): bigint {
  return days - BigInt(isoWeekday(days) - 1);
}

/** The ISO week belongs to the year that has its Thursday. */
export function isoWeek(days: bigint): { readonly year: number; readonly week: number } {
  const thursday = mondayOf(days) + 3n;
  const { year } = civilFromDays(thursday);
  const first = daysFromCivil({ year, month: 1, day: 1 });
  return { year, week: Number((thursday - first) / 7n) + 1 };
}

const monthsIn = { month: 1, quarter: 3, year: 12 } as const;

export function monthsOf(part: DatePart): number | undefined {
  return part === 'month' || part === 'quarter' || part === 'year' ? monthsIn[part] : undefined;
}

/** How many boundaries of the unit lie before this instant, from some fixed origin. */
export function unitIndex(micros: bigint, part: DatePart): bigint {
  const months = monthsOf(part);
  if (months !== undefined) return floorDivide(BigInt(monthIndex(civilFromDays(dayOf(micros)))), BigInt(months));
  if (part === 'week') return floorDivide(dayOf(micros) + 3n, 7n);
  return floorDivide(micros, fixedLength(part) as bigint);
}

/** The beginning of a unit, in microseconds: the inverse of `unitIndex`. */
export function unitStart(index: bigint, part: DatePart): bigint {
  const months = monthsOf(part);
  if (months !== undefined) return daysFromCivil(firstOfMonth(Number(index) * months)) * microsPerDay;
  if (part === 'week') return (index * 7n - 3n) * microsPerDay;
  return index * (fixedLength(part) as bigint);
}
