/** The completed runs of a version, with how far each had the events of each source. Values are bound where the text says it. */
import { microsOf } from '../../compiler/artifacts/dbt/engine-time.ts';
import { completeRunsSql } from '../../compiler/artifacts/dbt/ledger-sql.ts';
import type { Dialect } from '../../compiler/emit/dialect.ts';
import { integer, varchar } from '../../compiler/sql-type.ts';
import type { TypedColumn } from '../engines/engine.ts';

/** `feature`, `version`: what is bound; first both twice, where the runs are, then once more. */
export function seenRunsSql(
  runs: string,
  seen: string,
  { feature, version }: { feature: string; version: string },
  dialect: Dialect,
): string {
  const complete = completeRunsSql(runs, { feature, version }, dialect, ['run_id', 'recorded_at']);
  return `SELECT done.start_micros, done.end_micros, ${microsOf('done.recorded_at', dialect)}, ${microsOf('seen.seen_until', dialect)}, seen.source
FROM (${complete}) AS done
LEFT JOIN ${seen} AS seen ON seen.feature = ${feature} AND seen.version = ${version} AND seen.run_id = done.run_id
ORDER BY done.recorded_at, done.start_micros, seen.source`;
}

export const seenRunsColumns: readonly TypedColumn[] = [
  ...['START_AT', 'END_AT', 'DONE_AT', 'SEEN_AT'].map((name) => ({ name, type: integer })),
  { name: 'SOURCE', type: varchar },
];
