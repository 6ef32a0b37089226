/**
 * NUMBER in DuckDB: an integer type while the scale is 0, DECIMAL otherwise. DuckDB picks the width of a result from
 * its operands and raises where Snowflake has 38 digits, so an operand is widened wherever the result might not fit.
 */
import { type Sql, binary, call, cast, token } from '../sql/tree.ts';
import { type Arg } from './define.ts';
import { digitsOf, scaleOf } from './arguments.ts';

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
  return binary(cast(integer, 'DECIMAL(38,0)'), '*', token(`0.${'0'.repeat(scale - 1)}1`));
}

export function timesPow10(argument: Sql, digits: number): Sql {
  return digits === 0 ? argument : binary(argument, '*', cast(token(`1${'0'.repeat(digits)}`), 'HUGEINT'));
}

/** The exact quotient of two integers, rounded half away from zero: see duckdb-prelude.ts. */
export function roundedQuotient(dividend: Sql, divisor: Sql): Sql {
  return call('lockstep_div', dividend, divisor);
}
