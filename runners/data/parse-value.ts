/** Text and JSON to values of a declared type. What does not cast exactly is refused. */
import { counted } from '../../compiler/counted.ts';
import { parseVariant, variantOf } from '../../compiler/functions/json-reading.ts';
import type { Json } from '../../compiler/functions/json-values.ts';
import { type SqlType, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { dayNumber } from './calendar.ts';

/** `cut`: digits beyond the microsecond were dropped. */
export type ParsedValue = { readonly value: Value; readonly cut?: true } | { readonly problem: string };

/** What JSON has for a column; a number as the text of its digits. */
export type JsonValue =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | boolean
  | null
  /** An array or object; `exact` has its numbers as texts where a double does not keep one of them. */
  | { readonly kind: 'other'; readonly value: Json; readonly exact: Json };

export function parseJsonValue(json: JsonValue, type: SqlType): ParsedValue {
  if (json === null) return { value: null };
  if (type.kind === 'variant') return jsonVariant(json);
  if (typeof json === 'boolean') return type.kind === 'boolean' ? { value: json } : misfit('a boolean', type);
  if (json.kind === 'other') return misfit('an array or object', type);
  if (json.kind === 'number' && type.kind !== 'number' && type.kind !== 'float') return misfit('a number', type);
  return parseText(json.text, type);
}

/** A bare text in a VARIANT column is that text, not JSON in a text. */
function jsonVariant(json: Exclude<JsonValue, null>): ParsedValue {
  if (typeof json === 'boolean') return variantOf(json, null);
  if (json.kind === 'other') return variantOf(json.value, json.exact);
  return json.kind === 'number' ? parseVariant(json.text) : variantOf(json.text, null);
}

export function parseText(text: string, type: SqlType): ParsedValue {
  switch (type.kind) {
    case 'number':
      return parseNumber(text, type);
    case 'float':
      return parseFloating(text);
    case 'boolean':
      if (/^true$/i.test(text)) return { value: true };
      return /^false$/i.test(text) ? { value: false } : misfit('this', type);
    case 'varchar':
      return !/\p{Surrogate}/u.test(text) ? { value: text } : { problem: 'the text holds half of a surrogate pair' };
    case 'date':
      return parseDate(text);
    case 'timestamp':
      return parseTimestamp(text, type);
    case 'variant':
      return parseVariant(text);
    case 'time':
    case 'binary':
    case 'array':
    case 'element':
    case 'null':
      return misfit('a value', type);
  }
}

function misfit(what: string, type: SqlType): ParsedValue {
  return { problem: `${what} is no ${typeName(type)}` };
}

type NumberType = Extract<SqlType, { kind: 'number' }>;

function parseNumber(text: string, type: NumberType): ParsedValue {
  if (/^-?\d{1,15}$/.test(text)) return fitted(BigInt(text) * 10n ** BigInt(type.scale), type);
  const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = found ?? [];
  if (found === null || whole + fraction === '') return misfit('this', type);
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  const shift = type.scale + Number(exponent) - fraction.length;
  if (/^0+$/.test(digits)) return { value: 0n };
  if (digits.length + shift > 400) return { problem: `the number does not fit ${typeName(type)}` };
  const kept = shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, shift);
  const dropped = shift >= 0 ? '' : digits.slice(shift);
  if (!/^0*$/.test(dropped))
    return { problem: `the number has more than ${counted(type.scale, 'digit')} after the point, which ${typeName(type)} does not keep` };
  const unscaled = BigInt(kept === '' ? '0' : kept);
  return fitted(sign === '-' ? -unscaled : unscaled, type);
}

const powers = Array.from({ length: 39 }, (_, i) => 10n ** BigInt(i));

export function fitted(unscaled: bigint, type: NumberType): ParsedValue {
  const bound = powers[type.precision] ?? 0n;
  if (unscaled < bound && unscaled > -bound) return { value: unscaled };
  return { problem: `the number does not fit ${typeName(type)}` };
}

const infinities: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

function parseFloating(text: string): ParsedValue {
  const special = infinities[text.toLowerCase()];
  if (special !== undefined) return { value: special };
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return { problem: 'this is no FLOAT' };
  const value = Number(text);
  return Number.isFinite(value) ? { value } : { problem: 'the number is beyond FLOAT' };
}

function parseDate(text: string): ParsedValue {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const days = found === null ? undefined : dayNumber(Number(found[1]), Number(found[2]), Number(found[3]));
  return days === undefined ? { problem: 'this is no DATE between 0001-01-01 and 9999-12-31' } : { value: BigInt(days) };
}

const timestampPattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,30}))?)?)?(Z|[+-]\d\d:?\d\d)?$/;
const earliest = BigInt(dayNumber(1, 1, 1) ?? 0) * 86_400_000_000n;
const latest = BigInt((dayNumber(9999, 12, 31) ?? 0) + 1) * 86_400_000_000n;

export function inRange(microseconds: bigint): boolean {
  return microseconds >= earliest && microseconds < latest;
}

function parseTimestamp(text: string, type: Extract<SqlType, { kind: 'timestamp' }>): ParsedValue {
  const found = timestampPattern.exec(text);
  const none: ParsedValue = { problem: `this is no ${typeName(type)} between the years 0001 and 9999` };
  if (found === null) return none;
  const [, year, month, day, hours = '0', minutes = '0', seconds = '0', fraction = '', zone = 'Z'] = found;
  const days = dayNumber(Number(year), Number(month), Number(day));
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return none;
  const offset = zone === 'Z' ? 0 : offsetMinutes(zone);
  if (offset === undefined) return none;
  if (offset !== 0 && type.zone === 'ntz') return { problem: `the offset ${zone} has no meaning in a TIMESTAMP_NTZ, which is UTC here` };
  const wholeSeconds = days * 86_400 + hour * 3600 + (minute - offset) * 60 + second;
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'));
  // Beyond the year 2255 microseconds are no longer exact as a double.
  const value = BigInt(wholeSeconds) * 1_000_000n + BigInt(micros);
  if (!inRange(value)) return none;
  return /[1-9]/.test(fraction.slice(6)) ? { value, cut: true } : { value };
}

function offsetMinutes(zone: string): number | undefined {
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 18 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
