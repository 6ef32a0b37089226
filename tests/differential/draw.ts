/** Choices from a tape of numbers: the same tape makes the same case, and a tape of zeros the simplest one. */

export interface Draw {
  /** 0 … n - 1; 0 once the tape has run out. */
  readonly below: (n: number) => number;
  readonly pick: <T>(options: readonly T[]) => T;
  /** True in about one of n draws; never on a tape of zeros. */
  readonly oneIn: (n: number) => boolean;
}

export function drawFrom(tape: readonly number[]): Draw {
  let at = 0;
  const next = (): number => tape[at++] ?? 0;
  const below = (n: number): number => (n <= 1 ? 0 : next() % n);
  return {
    below,
    pick: (options) => {
      const chosen = options[below(options.length)];
      if (chosen === undefined) throw new Error('nothing to pick from');
      return chosen;
    },
    oneIn: (n) => below(n) === n - 1,
  };
}

/** The smallest tape found that still fails: ever smaller runs of numbers are set to zero, then single numbers halved. */
export async function shrinkTape(
  tape: readonly number[],
  fails: (tape: readonly number[]) => Promise<boolean>,
  budget = 600,
): Promise<readonly number[]> {
  let best = [...tape];
  let left = budget;
  const tryOne = async (candidate: number[]): Promise<boolean> => {
    if (left <= 0 || candidate.every((n, i) => n === best[i])) return false;
    left -= 1;
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = best.length; size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < best.length; start += size) {
      await tryOne(best.map((n, i) => (i >= start && i < start + size ? 0 : n)));
    }
  }
  for (let i = 0; i < best.length; i++) while ((best[i] ?? 0) > 0 && (await tryOne(best.map((n, k) => (k === i ? Math.floor(n / 2) : n)))));
  return best;
}
