/** Draws that are the same for the same words: a generated check fails again when it is run again. */
import { createHash } from 'node:crypto';

export interface Dice {
  /** From 0 to n − 1. */
  readonly below: (n: number) => number;
  readonly oneIn: (n: number) => boolean;
  readonly pick: <T>(from: readonly [T, ...T[]] | readonly T[]) => T;
}

/** mulberry32 */
export function diceOf(...words: readonly (string | number)[]): Dice {
  let state = createHash('sha256').update(JSON.stringify(words)).digest().readUInt32BE();
  const below = (n: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
  return { below, oneIn: (n) => below(n) === 0, pick: (from) => from[below(from.length)] as (typeof from)[number] };
}
