/** The variables with which dbt computes one chunk, and nothing but it. */
import { timestampText } from '../../../compiler/functions/iso-time.ts';
import type { DbtVars } from '../../dbt/job.ts';
import type { Grid } from './grid.ts';
import type { Chunk } from './tables.ts';

/**
 * A run of its own accord looks for late events; told where history begins, it computes from there at the earliest, and a chunk that goes on
 * begins where it would begin anyway: at the last instant that is there, less the lateness. Of an interval that is given dbt looks for none.
 */
export function chunkVars({ every }: Grid, { kind, first, past }: Chunk): DbtVars {
  const [from, to] = [timestampText(first * every), timestampText(past * every)];
  switch (kind) {
    case 'first':
    case 'on':
      return { lockstep_start: from, lockstep_end: to };
    case 'further':
    case 'given':
      return { lockstep_from: from, lockstep_to: to };
  }
}

/** For the view: an older version's instants before `historyFrom` need not be there. Microseconds. */
export const shownVars = (historyFrom: bigint | null): DbtVars =>
  historyFrom === null ? {} : { lockstep_start: timestampText(historyFrom) };
