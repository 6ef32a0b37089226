/** Values as the command line prints them. */
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { dayText } from './calendar.ts';

const day = 86_400_000_000n;

export type Printed = string | number | boolean | null | readonly Printed[];

export function formatValue(value: Value, type: SqlType): Printed {
  if (value === null) return null;
  switch (type.kind) {
    case 'array':
      return (value as readonly Value[]).map((element) => formatValue(element, type.of));
    case 'element':
      return formatValue(value, type.of);
    case 'number':
      return formatDecimal(value as bigint, type.scale);
    case 'float':
      return Number.isFinite(value) ? Number(value) : Number.isNaN(value) ? 'NaN' : Number(value) > 0 ? 'Infinity' : '-Infinity';
    case 'boolean':
      return value === true;
    case 'date':
      return dayText(Number(value));
    case 'time':
      return formatTimestamp(value as bigint).slice(11);
    case 'timestamp':
      return formatTimestamp(value as bigint) + (type.zone === 'ltz' ? 'Z' : '');
    case 'varchar':
    case 'binary':
    case 'variant':
    case 'null':
      return String(value);
  }
}

/** 1250n with scale 2 is `12.50`. */
function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** `2026-01-31T12:00:00.000000` */
export function formatTimestamp(microseconds: bigint): string {
  const inDay = ((microseconds % day) + day) % day;
  const seconds = Number(inDay / 1_000_000n);
  const two = (part: number): string => String(part).padStart(2, '0');
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${dayText(Number((microseconds - inDay) / day))}T${time}.${String(inDay % 1_000_000n).padStart(6, '0')}`;
}
