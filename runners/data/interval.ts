/** Two instants as somebody wrote them: `2026-01-01T00:00:00/2026-01-02T00:00:00`. */
import { parseInstant } from './instant.ts';

/** From an instant to before another, in microseconds; undefined: it is none. */
export function readInterval(text: string): readonly [bigint, bigint] | undefined {
  const parts = text.split('/');
  const [from, to] = parts.map(parseInstant);
  return parts.length !== 2 || from === undefined || to === undefined || to <= from ? undefined : [from, to];
}

/** Of a run; null: all that there was. */
export type AskedInterval = readonly [bigint, bigint] | null;

/** `option`: as the run's options have it. */
export const askedInterval = (option: unknown): AskedInterval => (typeof option === 'string' ? (readInterval(option) ?? null) : null);

/** What is wrong yesterday is not mended by a good today. */
export const holdsWhole = (outer: AskedInterval, inner: AskedInterval): boolean =>
  outer === null || (inner !== null && outer[0] <= inner[0] && outer[1] >= inner[1]);
