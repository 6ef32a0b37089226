/** Choices that the seed alone decides. */
export interface Random {
  /** 0 ≤ n < limit */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  /** low ≤ n < high */
  readonly between: (low: bigint, high: bigint) => bigint;
}

/** Mulberry32. `what` gives each part of the data numbers of its own, so that one can grow without changing the others. */
export function seeded(seed: number, what: string): Random {
  let state = [...`${seed}/${what}`].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), 0x81_1c_9d_c5);
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new Error('nothing to pick from');
      return items[below(items.length)] as (typeof items)[number];
    },
    between: (low, high) => low + BigInt(Math.floor(next() * Number(high - low))),
  };
}
