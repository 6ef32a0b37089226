/** What a plan will cost, before it is run: measured on instants of the same version, or guessed from what the raw relations have. */
import { tableLookbackOf } from '../../../compiler/artifacts/dbt/grid-model.ts';
import type { Grid } from './grid.ts';
import { lengthOf } from './intervals.ts';
import type { ChunkPlan } from './plan.ts';
import type { Pace, RawRows } from './tables.ts';

export interface Estimate {
  /** null: nothing is known of it before a chunk is done. */
  readonly rows: number | null;
  readonly seconds: number;
  readonly basis: string;
}

export interface Planned {
  readonly plan: ChunkPlan;
  readonly estimate: Estimate;
}

export function estimateOf({ grid, state, chunks, repairs }: ChunkPlan, raw: ReadonlyMap<string, RawRows>, pace: Pace): Estimate {
  const instants = Number(lengthOf([...chunks, ...repairs]));
  const { measured } = state;
  const count = chunks.length + repairs.length;
  if (measured !== null && measured.instants > 0n) {
    const share = instants / Number(measured.instants);
    const held = Number(lengthOf(state.held));
    return {
      rows: Math.round((measured.rows * instants) / Math.max(1, held)),
      seconds: Math.max(measured.seconds * share, count * pace.leastChunk) + count * pace.startOfChunk,
      basis: `measured on ${measured.instants} instants`,
    };
  }
  const reads = grid.sources.reduce((sum, { name }) => sum + readsOf(name, grid, raw.get(name)), 0);
  return {
    rows: null,
    seconds: (instants * reads) / pace.rowsASecond + count * (pace.aChunk + pace.startOfChunk),
    basis: `guessed from ${[...grid.sources].reduce((sum, s) => sum + (raw.get(s.name)?.rows ?? 0), 0)} raw rows`,
  };
}

/** Of a source at one instant, were its rows spread evenly. */
function readsOf(source: string, { feature, plan }: Grid, raw: RawRows = { rows: 0, span: 0n }): number {
  const lookback = tableLookbackOf(feature, source, plan);
  if (lookback === null || raw.span === 0n) return raw.rows;
  return raw.rows * Math.min(1, Number(lookback) / Number(raw.span));
}

/** Making the clean rows of the sources, once. */
export const stagingSeconds = (raw: Iterable<RawRows>, { cleanedASecond, cleaning }: Pace): number =>
  [...raw].reduce((sum, { rows }) => sum + rows / cleanedASecond, cleaning);

/** A warehouse that was asleep is billed for a minute at least. */
export const creditsOf = (seconds: number, anHour: number): number => (Math.max(seconds, seconds > 0 ? 60 : 0) * anHour) / 3600;
