/** Quotients and rounding as other engines have them: cut off, to even, with fewer decimals. */
import { scaleOf } from '../../../../compiler/functions/arguments.ts';
import { divideHalfAway, pow10, rescale } from '../../../../compiler/functions/decimal.ts';
import type { AggregateRow, ScalarRow } from '../../../../compiler/functions/define.ts';
import type { SqlType } from '../../../../compiler/sql-type.ts';
import type { Value } from '../../../../compiler/value.ts';
import type { Meanings } from '../../../reference/meanings.ts';

/** The quotient as an integer. */
export type Divide = (dividend: bigint, divisor: bigint) => bigint;

export const cutOff: Divide = (a, b) => a / b;
export const halfEven: Divide = (a, b) => {
  const half = divideHalfAway(a, b);
  const isTie = 2n * (a % b) === b || 2n * (a % b) === -b;
  return isTie && half % 2n !== 0n ? a / b : half;
};

export const divisions = ['/', 'DIV0', 'DIV0NULL'];

type Scalar = (own: ScalarRow['evaluate']) => ScalarRow['evaluate'];
type Aggregate = (own: AggregateRow['evaluate']) => AggregateRow['evaluate'];

/** How many decimals are kept, of a quotient whose dividend has so many. */
export type Decimals = (dividend: number) => number;
const all: Decimals = () => 38;

/** Of NUMBERs. */
export function quotientBy(divide: Divide, decimals: Decimals = all): Scalar {
  return (own) => (values, types) => {
    const [a, b] = values;
    if (typeof a !== 'bigint' || typeof b !== 'bigint' || b === 0n || types.type.kind !== 'number') return own(values, types);
    const [left, right] = types.args.map((arg) => scaleOf(arg.type)) as [number, number];
    const scale = Math.min(scaleOf(types.type), decimals(left));
    return rescale(divide(a * pow10(right + scale), b * pow10(left)), scale, scaleOf(types.type));
  };
}

export function averageBy(divide: Divide, decimals: Decimals = all): Aggregate {
  return (own) => (rows, call) => {
    const values = rows.map(([x]) => x ?? null).filter((x): x is bigint => typeof x === 'bigint');
    if (values.length === 0 || call.type.kind !== 'number') return own(rows, call);
    const input = scaleOf(call.args[0]?.type as SqlType);
    const scale = Math.min(scaleOf(call.type), decimals(input));
    const total = values.reduce((sum, x) => sum + x, 0n);
    return rescale(
      divide(total * pow10(Math.max(0, scale - input)), BigInt(values.length) * pow10(Math.max(0, input - scale))),
      scale,
      scaleOf(call.type),
    );
  };
}

/** ROUND of a NUMBER to decimals that are a constant. */
export function roundBy(divide: Divide): Scalar {
  return (own) => (values, types) => {
    const [x, places = 0n] = values;
    if (typeof x !== 'bigint' || typeof places !== 'bigint') return own(values, types);
    return shortened(x, scaleOf(types.args[0]?.type as SqlType), Number(places), scaleOf(types.type), divide);
  };
}

export function castBy(divide: Divide): Meanings['cast'] {
  return (own) => (value, from, to, isTry) => {
    if (typeof value !== 'bigint' || from.kind !== 'number' || to.kind !== 'number' || to.scale >= from.scale)
      return own(value, from, to, isTry);
    return shortened(value, from.scale, to.scale, to.scale, divide);
  };
}

/** From one scale to so many decimals, written at another scale. */
function shortened(x: bigint, from: number, decimals: number, to: number, divide: Divide): Value {
  const kept = decimals >= from ? x : divide(x, pow10(from - decimals));
  const scale = Math.min(decimals, from);
  return to >= scale ? kept * pow10(to - scale) : kept / pow10(scale - to);
}
