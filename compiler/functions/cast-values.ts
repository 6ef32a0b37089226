/** What a cast gives, value by value, as Snowflake has it. */
import { type SqlType, sameType, typeName } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { dayOf, floorModulo, microsPerDay } from './calendar.ts';
import { decimalText, divideHalfAway, parseDecimal, pow10, rescale, toDouble, withinNumber } from './decimal.ts';
import { epochValue } from './epoch-text.ts';
import { EvaluationError } from './evaluation-error.ts';
import { dateText, parseTime, parseWallClock } from './iso-time.ts';
import { textOf } from './json-values.ts';

/** `try_`: NULL instead of an error. */
export function castValue(value: Value, from: SqlType, to: SqlType, try_: boolean): Value {
  if (value === null) return null;
  const epoch = from.kind === 'varchar' && !try_ ? epochValue(value as string, to) : undefined;
  if (epoch !== undefined) return epoch;
  try {
    return convert(value, from, to);
  } catch (error) {
    if (try_ && error instanceof EvaluationError) return null;
    throw error;
  }
}

function convert(value: Exclude<Value, null>, from: SqlType, to: SqlType): Value {
  if (sameType(from, to) || (to.kind === 'element' && sameType(from, to.of))) return value;
  if (from.kind === 'element') return convert(value, from.of, to);
  if (from.kind === 'variant') {
    const text = textOf(value);
    return text === null ? null : convert(text, { kind: 'varchar' }, to);
  }
  switch (from.kind) {
    case 'number':
      return fromNumber(value as bigint, from.scale, to);
    case 'float':
      if (to.kind !== 'number') break;
      return withinNumber(floatToUnscaled(value as number, to.scale), to.precision);
    case 'boolean':
      if (to.kind === 'number') return value ? 10n ** BigInt(to.scale) : 0n;
      if (to.kind === 'varchar') return value ? 'true' : 'false';
      break;
    case 'varchar':
      return fromText(value as string, to);
    case 'date':
      if (to.kind === 'timestamp') return (value as bigint) * microsPerDay;
      if (to.kind === 'varchar') return dateText(value as bigint);
      break;
    case 'binary':
      if (to.kind === 'varchar') return value;
      break;
    case 'timestamp':
      if (to.kind === 'date') return dayOf(value as bigint);
      if (to.kind === 'time') return floorModulo(value as bigint, microsPerDay);
      break;
  }
  throw new TypeError(`no cast from ${typeName(from)} to ${typeName(to)}`);
}

function fromNumber(value: bigint, scale: number, to: SqlType): Value {
  switch (to.kind) {
    case 'number':
      return withinNumber(rescale(value, scale, to.scale), to.precision);
    case 'float':
      return toDouble(value, scale);
    case 'boolean':
      return value !== 0n;
    case 'varchar':
      return decimalText(value, scale);
    case 'timestamp':
      return value * pow10(6 - scale);
    default:
      throw new TypeError(`no cast from NUMBER to ${typeName(to)}`);
  }
}

const decimalShape = /^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$/;

const floatShape = /^[+-]?([0-9]{1,99}[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$/;

function fromText(text: string, to: SqlType): Value {
  const trimmed = text.replace(/^ +| +$/g, '');
  const value = parse(text, trimmed, to);
  if (value === undefined) throw new EvaluationError(`text is no ${typeName(to)}`);
  return to.kind === 'number' ? withinNumber(value as bigint, to.precision) : value;
}

function parse(text: string, trimmed: string, to: SqlType): Value | undefined {
  switch (to.kind) {
    case 'number':
      return decimalShape.test(trimmed) ? parseDecimal(trimmed, to.scale) : undefined;
    case 'float':
      return floatShape.test(trimmed) ? Number(trimmed) : undefined;
    case 'binary':
      return /^([0-9A-Fa-f]{2})*$/.test(text) ? text.toUpperCase() : undefined;
    case 'boolean':
      return truths.get(trimmed.toLowerCase());
    case 'date': {
      const micros = parseWallClock(text);
      return micros === undefined ? undefined : dayOf(micros);
    }
    case 'timestamp':
      return parseWallClock(text);
    case 'time':
      return parseTime(text);
    default:
      throw new TypeError(`no cast from VARCHAR to ${typeName(to)}`);
  }
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false] as const),
]);

/** From the double's exact value, halves away from zero. */
function floatToUnscaled(value: number, scale: number): bigint {
  if (!Number.isFinite(value)) throw new EvaluationError(`${value} is no NUMBER`);
  let denominator = 1n;
  let numerator = value;
  // Doubling is exact, and ends: a double is an integer divided by a power of two.
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  return divideHalfAway(BigInt(numerator) * 10n ** BigInt(scale), denominator);
}
