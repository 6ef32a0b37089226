import { setTimeout as pause } from 'node:timers/promises';

/** Whoever waits goes on when so many milliseconds are over since the last one did. */
export function paceOf(milliseconds: number): () => Promise<void> {
  let begun = Number.NEGATIVE_INFINITY;
  return async () => {
    const early = begun + milliseconds - performance.now();
    if (early > 0) await pause(early);
    begun = performance.now();
  };
}
