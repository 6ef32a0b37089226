/**
 * What rows share on ClickHouse. A NUMBER is a Decimal with exactly the scale of its type there, of any width: products of
 * 128 bits would wrap silently, so rows compute in 256. Functions that count give whole numbers, which are cast.
 */
import { binary, call, caseWhen, cast, postfix, type Sql, str, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import { scaleOf } from './arguments.ts';

const wideName = (scale: number): string => `Nullable(Decimal(76, ${scale}))`;

/** In 256 bits, with so many decimals. */
export function wide(x: Sql, scale: number): Sql {
  return x.kind === 'cast' && x.to === wideName(scale) ? x : cast(x, wideName(scale));
}

/** As a NUMBER without decimals. */
export const whole = (x: Sql): Sql => cast(x, 'Nullable(Decimal(38, 0))');

/** A whole number of 256 bits as a NUMBER: by its digits, there is no cast between the two. */
export const ofInt256 = (x: Sql): Sql => whole(call('toString', x));

export const int64 = (x: Sql): Sql => cast(x, 'Nullable(Int64)');

/** Brought to a scale, halves away from zero; a cast alone would cut. */
export function rounded(x: Sql, from: number, to: number): Sql {
  return from > to ? wide(call('round', wide(x, from), token(to)), to) : wide(x, to);
}

/** n / d with `scale` decimals, halves away from zero: one digit more decides (template E1). d is not zero. */
export function quotientAt(n: Sql, nScale: number, d: Sql, dScale: number, scale: number): Sql {
  return rounded(call('divideDecimal', wide(n, nScale), wide(d, dScale), token(scale + 1)), scale + 1, scale);
}

/**
 * The divisor where a quotient is computed: functions compute under a NULL too, where 0 stands. What has a value and is 0
 * raises.
 */
export const divisor = (d: Sql): Sql => (isConstant(d) ? d : call('coalesce', d, token(1)));

const isConstant = (x: Sql): boolean => x.kind === 'cast' && (x.argument.kind === 'string' || isConstant(x.argument));

/** The quotient where both are known: NULL / 0 is NULL, and raises nothing. */
export const ifDivisible = (n: Sql, d: Sql, quotient: Sql): Sql =>
  isConstant(d) ? quotient : caseWhen([{ when: binary(postfix(n, 'IS NOT NULL'), 'AND', postfix(d, 'IS NOT NULL')), then: quotient }]);

/** n / d with `scale` decimals, the rest cut off. */
export function quotientCut(n: Sql, nScale: number, d: Sql, dScale: number, scale: number): Sql {
  // To no more decimals than the dividend has, it divides wrongly: 6 / 4 is 0.
  const most = Math.max(scale, nScale + 1);
  const made = call('divideDecimal', wide(n, nScale), wide(d, dScale), token(most));
  return scale < most ? wide(call('trunc', made, token(scale)), scale) : made;
}

/** What is neither true nor false may raise too. */
export const surely = (condition: Sql): Sql => call('coalesce', condition, token('FALSE'));

/**
 * Raises where the condition holds, whether its branch is taken or not: ClickHouse may compute a branch that two expressions share.
 * NULL otherwise, by way of what raises: a NULL that does not depend on it is taken for a constant, and nothing raises.
 */
export const raise = (message: string, type: SqlType, condition: Sql): Sql =>
  cast(call('NULLIF', call('throwIf', surely(condition), str(message)), token(0)), type);

/** A number of characters, or a place among them: what no text has stays what no text has. */
export function place(n: Sql): Sql {
  const literal = literalOf(n);
  if (literal !== undefined) return token(literal);
  return caseWhen([beyond(n, '>', 1_000_000_000), beyond(n, '<', -1_000_000_000)], int64(n));
}

/** The same, and at least 0. */
export function size(n: Sql): Sql {
  const literal = literalOf(n);
  if (literal !== undefined) return token(Math.max(0, Number(literal)));
  return caseWhen([beyond(n, '>', 1_000_000_000), beyond(n, '<', 0)], int64(n));
}

const beyond = (n: Sql, operator: '<' | '>', limit: number): { when: Sql; then: Sql } => ({
  when: binary(wide(n, 0), operator, token(limit)),
  then: signed(limit),
});

/** A whole number that is written out. */
export function literalOf(n: Sql): string | undefined {
  const value = n.kind === 'cast' ? n.argument : n;
  if (value.kind === 'prefix' && value.operator === '-') {
    const positive = literalOf(value.argument);
    return positive === undefined ? undefined : `-${positive}`;
  }
  const text = value.kind === 'string' ? value.value : value.kind === 'token' ? value.text : '';
  return /^-?\d{1,9}$/.test(text) ? text : undefined;
}

/** Microseconds since 1970. */
export const micros = (x: Sql, type: SqlType): Sql =>
  type.kind === 'date' ? binary(int64(days(x)), '*', signed(86_400_000_000)) : call('toUnixTimestamp64Micro', x);

export const timestampOf = (micro: Sql): Sql => call('fromUnixTimestamp64Micro', int64(micro), str('UTC'));

/** Days since 1970 of a DATE. */
export const days = (x: Sql): Sql => cast(x, 'Nullable(Int32)');

/** A whole number of 64 bits with a sign: bare digits have none, and would take that of the other operand too. */
export const signed = (n: number | bigint | string): Sql => call('toInt64', token(n));

/** Rounded down to a multiple. */
export const floorTo = (x: Sql, step: number | bigint): Sql => binary(x, '-', call('positiveModulo', x, signed(step)));

/** n / d of whole numbers, rounded down. */
export const floorDiv = (x: Sql, d: number | bigint): Sql => call('intDiv', floorTo(x, d), signed(d));

const day = 86_400_000_000;

/** The DATE of a date or timestamp, also before 1970. */
export function dayOf(x: Sql, type: SqlType): Sql {
  return type.kind === 'date' ? x : dateFrom(floorDiv(micros(x, type), day));
}

/** Of days since 1970, which must be of those years. */
export const dateFrom = (count: Sql): Sql => cast(cast(count, 'Nullable(Int32)'), 'Nullable(Date32)');

/** Outside the years 1900 to 2299 ClickHouse has no dates, and would give another. */
export function dateOf(count: Sql): Sql {
  return dateFrom(within(count, -25_567, 120_529));
}

/** The value itself, which must be between two bounds. */
export function within(x: Sql, low: number | bigint, high: number | bigint): Sql {
  const outside = binary(binary(x, '<', token(low)), 'OR', binary(x, '>', token(high)));
  return caseWhen([{ when: binary(call('throwIf', surely(outside), str('outside the years 1900 to 2299')), '=', token(0)), then: x }]);
}

/** A number of one scale, for functions that take a single type. */
export const asScale = (x: Sql, type: SqlType, scale: number): Sql => (scaleOf(type) === scale ? x : wide(x, scale));

/** A timestamp of whole microseconds, as `dateOf`. */
export const timestampWithin = (micro: Sql): Sql => timestampOf(within(micro, -25_567n * BigInt(day), 120_530n * BigInt(day) - 1n));
