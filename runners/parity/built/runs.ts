/** Which run computed an instant of a table. Pure. */
import type { Built, BuiltRun } from '../../data/batch-table.ts';

/** The last that did; undefined: none, or nobody noted it. */
export function runOf({ runs }: Built, asOf: bigint): BuiltRun | undefined {
  return runs.findLast((run) => run.start <= asOf && asOf < run.end);
}

/** Microseconds: from the first instant that a run computed to behind the last; undefined without runs. */
export function computed({ runs }: Built): readonly [from: bigint, to: bigint] | undefined {
  const [first, ...others] = runs;
  if (first === undefined) return undefined;
  return others.reduce<readonly [bigint, bigint]>(
    ([from, to], run) => [run.start < from ? run.start : from, run.end > to ? run.end : to],
    [first.start, first.end],
  );
}

/** How far the runs together had a stream; undefined: nobody noted it. */
export function seenOf({ runs }: Built, source: string): bigint | undefined {
  return runs.reduce<bigint | undefined>((most, { seen }) => {
    const until = seen.get(source);
    return until !== undefined && (most === undefined || until > most) ? until : most;
  }, undefined);
}
