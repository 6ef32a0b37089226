/** Which instants of a version are computed, in which chunks: what is missing, what events may still have changed, and what is dirty. */

import { durationText } from '../../../compiler/duration-text.ts';
import { formatTimestamp } from '../../data/format-value.ts';
import { UsageError } from '../../usage-error.ts';
import { type Grid, tickFrom } from './grid.ts';
import { type Interval, inChunks, lengthOf, united, within, without } from './intervals.ts';
import type { Chunk, GridState } from './tables.ts';

export interface Asked {
  /** Microseconds. */
  readonly from: bigint | null;
  readonly to: bigint | null;
  readonly now: bigint;
  readonly repair: boolean;
  /** What is there already, too. */
  readonly again: boolean;
  /** Instants of one. */
  readonly chunk: bigint;
}

export interface ChunkPlan {
  readonly grid: Grid;
  readonly state: GridState;
  /** What was asked for. */
  readonly window: Interval;
  /** In the order in which they are computed; those of a repair are found anew when the others are done. */
  readonly chunks: readonly Chunk[];
  readonly repairs: readonly Chunk[];
  /** Whether events are looked for that came too late: the window has what comes after the last instant that is held, less the lateness. */
  readonly looks: boolean;
  /** Instants that are there and stay. */
  readonly skipped: bigint;
}

export function planOf(grid: Grid, state: GridState, asked: Asked): ChunkPlan {
  const window = windowOf(grid, state, asked);
  const historyFrom = asked.to === null ? asked.from : null;
  const chunked = (interval: Interval, kind: Chunk['kind'], then: Chunk['kind'], least = 0n): readonly Chunk[] =>
    inChunks(interval, asked.chunk, least).map((c, i) => ({ ...c, kind: i === 0 ? kind : then, historyFrom }));
  const given = (interval: Interval): readonly Chunk[] => chunked(interval, 'given', 'given');
  const held = state.held.at(-1);
  const earliest = state.held[0];
  if (held === undefined || earliest === undefined)
    return { grid, state, window, chunks: chunked(window, 'first', 'further'), repairs: [], looks: true, skipped: 0n };
  const goesOn = wayOn(grid, window, earliest.first, held.past);
  const before = goesOn === null ? window : { first: window.first, past: goesOn.first };
  const missing = asked.again ? [before] : without(before, state.held);
  const chunks = [
    ...missing.flatMap(given),
    // Events that are late by no more than the lateness are looked for once what they may have changed is computed.
    ...(goesOn === null ? [] : chunked(goesOn, 'on', 'further', held.past - goesOn.first)),
  ];
  const repairs = asked.repair ? repairsOf({ window, chunks, historyFrom }, state.dirty, asked.chunk) : [];
  const computed = united([...chunks, ...repairs]);
  return { grid, state, window, chunks, repairs, looks: goesOn !== null, skipped: lengthOf([window]) - lengthOf(computed) };
}

/** Of dirty instants those that no chunk computes. */
export function repairsOf(
  { window, chunks, historyFrom }: Pick<ChunkPlan, 'window' | 'chunks'> & { readonly historyFrom: bigint | null },
  dirty: readonly Interval[],
  size: bigint,
): readonly Chunk[] {
  return within(dirty, window)
    .flatMap((range) => without(range, chunks))
    .flatMap((range) => inChunks(range, size))
    .map((c) => ({ ...c, kind: 'given', historyFrom }));
}

/**
 * From the last instant that is held, less the lateness: events that are late by no more are dated after that. null: the window
 * leaves a part of those out, and what arrived since is left for a run that does not.
 */
function wayOn({ every, lateness }: Grid, window: Interval, earliest: bigint, heldPast: bigint): Interval | null {
  const changed = heldPast - 1n - lateness / every;
  const first = changed > earliest ? changed : earliest;
  return window.first <= first && window.past >= heldPast ? { first, past: window.past } : null;
}

function windowOf(grid: Grid, state: GridState, { from, to, now }: Asked): Interval {
  const past = tickFrom(to === null || to > now ? now : to, grid.every);
  for (const [option, instant] of [
    ['--from', from],
    ['--to', to],
  ] as const)
    if (instant !== null) requireInstant(option, instant, grid);
  const earliest = state.held[0]?.first;
  const first = from === null ? earliest : from / grid.every;
  if (first === undefined)
    throw new UsageError(
      `nothing of ${grid.name} in version ${grid.version} is computed yet: where does its history begin?`,
      '--from 2026-01-01, for example',
    );
  if (from !== null && first >= past && (to === null || to > now))
    throw new UsageError(`--from ${formatTimestamp(from)} is still to come: instants of ${grid.name} are computed when they have passed`);
  return { first, past: past > first ? past : first };
}

function requireInstant(option: string, instant: bigint, { name, every }: Grid): void {
  const after = tickFrom(instant, every) * every;
  if (instant === after) return;
  throw new UsageError(
    `${option} ${formatTimestamp(instant)} is no instant of ${name}, whose grid is every ${durationText(every).replace(/^1 /, '')}`,
    `before it is ${formatTimestamp(after - every)}, behind it ${formatTimestamp(after)}`,
  );
}
