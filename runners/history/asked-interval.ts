/** Which instants a run asked about, by its `--interval`. */
import { parseInstant } from '../data/instant.ts';

/** From an instant to before another, in microseconds; null: all that there were. */
export type AskedInterval = readonly [bigint, bigint] | null;

/** `option`: as the run's options have it. */
export function askedInterval(option: unknown): AskedInterval {
  const [from, to] = typeof option === 'string' ? option.split('/').map(parseInstant) : [];
  return from === undefined || to === undefined ? null : [from, to];
}

/** What is wrong yesterday is not mended by a good today. */
export const holdsWhole = (outer: AskedInterval, inner: AskedInterval): boolean =>
  outer === null || (inner !== null && outer[0] <= inner[0] && outer[1] >= inner[1]);
