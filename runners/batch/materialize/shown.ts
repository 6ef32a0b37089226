/** Which version a feature's own name shows: it moves to a newer one when that holds the instants of the older. */

import type { Ledger, Run } from './duckdb-ledger.ts';
import { type Grid, tickFrom } from './grid.ts';

/** By the ledger; nulls: nothing yet. */
export interface Shown {
  readonly version: string | null;
  /** The version that was taken back when the name was moved last. */
  readonly refused: string | null;
}

/** `before`: what it showed, `refused`: what was taken back then; `isThere`: the relation of a version. `historyFrom`: microseconds; instants of the older one before it need not be there. */
export async function shownVersion(
  { name, version, every }: Grid,
  { version: before, refused }: Shown,
  historyFrom: bigint | null,
  ledger: Pick<Ledger, 'runs'>,
  isThere: (version: string) => Promise<boolean>,
): Promise<string> {
  if (before === null || before === version || !(await isThere(before))) return version;
  if (refused === version) return before;
  const older = await ledger.runs(name, before);
  const [earliest] = older;
  if (earliest === undefined) return version;
  const end = frontier(older, earliest.start, 1n);
  const start = historyFrom !== null && historyFrom > earliest.start ? historyFrom : earliest.start;
  return frontier(await ledger.runs(name, version), start, every) >= end ? version : before;
}

/** Behind the last instant of a grid up to which every one from `start` on was computed. Microseconds. */
function frontier(runs: readonly Run[], start: bigint, every: bigint): bigint {
  return runs.reduce(
    (reached, run) => (run.start <= reached && run.end > reached ? tickFrom(run.end, every) * every : reached),
    tickFrom(start, every) * every,
  );
}
