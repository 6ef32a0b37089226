/** Values that a careless reader makes of others: a number that went through a double, a text that was taken for a number. */
import type { Value } from '../../../compiler/value.ts';

export function isCoerced(from: Value, to: Value): boolean {
  if (from === null || to === null || from === to) return false;
  if (typeof from === 'bigint' && typeof to === 'bigint') return to === BigInt(Number(from)) || isCut(from, to);
  if (typeof from === 'number' && typeof to === 'number') return to === Math.fround(from) || to === Math.trunc(from);
  if (typeof from === 'string' && typeof to === 'string') return to === from.trim() || isCutText(from, to) || to === numberText(from);
  return false;
}

/** Fewer decimals than there were, in unscaled integers: the last digits are zeros now. */
function isCut(from: bigint, to: bigint): boolean {
  for (let unit = 10n; unit <= 1_000_000_000_000n; unit *= 10n) {
    const rest = from % unit;
    const away = from < 0n ? -unit : unit;
    const half = rest * 2n >= unit || rest * 2n <= -unit;
    if (to === from - rest || (half && to === from - rest + away)) return true;
  }
  return false;
}

function isCutText(from: string, to: string): boolean {
  return to.length > 0 && to.length < from.length && from.startsWith(to);
}

/** As a program prints what it has read as a number. */
function numberText(text: string): string | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? String(Number(text)) : undefined;
}
