/** Snowflake's order of values of one type. NULLs are the caller's business. */
import type { Value } from '../value.ts';

export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'number' && typeof b === 'number') return compareFloats(a, b);
  if (a === null || b === null || typeof a === 'object' || typeof b === 'object')
    throw new TypeError('NULL and arrays have no order of their own');
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code point, which is the order of UTF-8 bytes; JavaScript's own order goes by UTF-16 units. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above every other unit. */
function codePointRank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** NaN equals itself and is greater than everything else. */
function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
