/**
 * NUMBER in DuckDB: an integer type while the scale is 0, DECIMAL otherwise. DuckDB picks the width of a result from
 * its operands and raises where Snowflake has 38 digits, so an operand is widened wherever the result might not fit.
 */
import { binary, call, cast, type Sql, token } from '../sql/tree.ts';
import { digitsOf, scaleOf } from './arguments.ts';
import type { Arg } from './define.ts';

/** `left operator right` on NUMBERs, wide enough for a result of `digits` digits before the point and `scale` after. */
export function wideBinary(left: Sql, operator: string, right: Sql, args: readonly Arg[], digits: number, scale: number): Sql {
  if (args.every((arg) => scaleOf(arg.type) === 0)) {
    const type = digits <= 9 ? undefined : digits <= 18 ? 'BIGINT' : 'HUGEINT';
    if (type === undefined || (type === 'BIGINT' && args.some(isBigint))) return binary(left, operator, right);
    return binary(cast(left, type), operator, right);
  }
  if (digits + scale <= 18) return binary(left, operator, right);
  return binary(wideDecimal(left, args[0]), operator, right);
}

/** Literals and small numbers may be 32 bits wide. */
function isBigint(arg: Arg): boolean {
  return arg.literal === undefined && digitsOf(arg) > 9;
}

function wideDecimal(argument: Sql, arg: Arg | undefined): Sql {
  return cast(argument, `DECIMAL(38,${arg ? scaleOf(arg.type) : 0})`);
}

/** The unscaled integer of a NUMBER, as HUGEINT. */
export function unscaled(argument: Sql, scale: number): Sql {
  if (scale === 0) return cast(argument, 'HUGEINT');
  return cast(binary(cast(argument, `DECIMAL(38,${scale})`), '*', token(`1${'0'.repeat(scale)}`)), 'HUGEINT');
}

/** An integer `n` as the NUMBER n / 10^scale. */
export function scaled(integer: Sql, scale: number): Sql {
  if (scale === 0) return integer;
  return binary(cast(integer, 'DECIMAL(38,0)'), '*', unit(scale));
}

export function timesPow10(argument: Sql, digits: number): Sql {
  return digits === 0 ? argument : binary(argument, '*', power(digits));
}

function power(digits: number): Sql {
  return cast(token(`1${'0'.repeat(digits)}`), 'HUGEINT');
}

/** dividend * 10^shift / divisor for HUGEINTs, rounded half away from zero: see duckdb-prelude.ts. */
export function exactQuotient(dividend: Sql, shift: number, divisor: Sql): Sql {
  return shift === 0 ? call('lockstep_div', dividend, divisor) : call('lockstep_quotient', dividend, power(shift), divisor);
}

/** a * 10^shift / b in 64 bits, some 30 times faster; undefined where the operands are not proven to fit. */
export function shortQuotient(a: Sql, b: Sql, x: Arg, y: Arg, shift: number, scale: number): Sql | undefined {
  const [s1, s2] = [scaleOf(x.type), scaleOf(y.type)];
  // 2 * |n| + |d| must stay below 2^63, and so must the operands while their point is moved.
  const fits = digitsOf(x) + s1 + Math.max(s1, shift) <= 18 && digitsOf(y) + 2 * s2 <= 18;
  if (!fits) return undefined;
  const dividend = shift === 0 ? shortUnscaled(a, s1) : binary(shortUnscaled(a, s1), '*', token(10 ** shift));
  const quotient = cast(call('lockstep_div', dividend, shortUnscaled(b, s2)), 'DECIMAL(18,0)');
  return scale === 0 ? quotient : binary(quotient, '*', unit(scale));
}

function shortUnscaled(argument: Sql, scale: number): Sql {
  return cast(scale === 0 ? argument : binary(cast(argument, `DECIMAL(18,${scale})`), '*', token(10 ** scale)), 'BIGINT');
}

function unit(scale: number): Sql {
  return token(`0.${'0'.repeat(scale - 1)}1`);
}
