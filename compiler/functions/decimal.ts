/** Exact decimal arithmetic on unscaled integers. */
import { EvaluationError } from './evaluation-error.ts';

const limit = 10n ** 38n;

export function pow10(digits: number): bigint {
  return 10n ** BigInt(digits);
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** The quotient rounded to an integer, halves away from zero. */
export function divideHalfAway(dividend: bigint, divisor: bigint): bigint {
  if (divisor === 0n) throw new EvaluationError('division by zero');
  const negative = dividend < 0n !== divisor < 0n;
  const d = absolute(divisor);
  const rounded = (2n * absolute(dividend) + d) / (2n * d);
  return negative ? -rounded : rounded;
}

/** The same number at another scale; digits that are lost round half away from zero. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  return to >= from ? unscaled * pow10(to - from) : divideHalfAway(unscaled, pow10(from - to));
}

/** Snowflake holds 38 digits, whatever a type's nominal precision. */
export function withinNumber(unscaled: bigint, precision = 38): bigint {
  if (absolute(unscaled) >= (precision === 38 ? limit : pow10(precision))) {
    throw new EvaluationError(`a number needs more than ${precision} digits`);
  }
  return unscaled;
}

/** 1250n at scale 2 is 12.50. */
export function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = absolute(unscaled)
    .toString()
    .padStart(scale + 1, '0');
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Plain digits with an optional fraction and exponent, at a scale; undefined if `text` is no number. */
export function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const from = fraction.length - Number(exponent);
  const value = from < 0 ? digits * pow10(scale - from) : rescale(digits, from, scale);
  return sign === '-' ? -value : value;
}

/** The nearest double, also where the unscaled integer has more than 53 bits. */
export function toDouble(unscaled: bigint, scale: number): number {
  return Number(decimalText(unscaled, scale));
}
