/** Of each feature the last verdict in a mode, or that it could not be compared since. */
import { existsSync } from 'node:fs';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import { formatTimestamp } from '../data/format-value.ts';
import type { LastVerdict } from '../parity/budget.ts';
import { type Opening, openToRead, presentTables } from './open.ts';

const sqlOf = (hasFailures: boolean): string => `SELECT feature, version, verdict, started_at
FROM (
  SELECT run_id, feature, version, verdict FROM features${
    hasFailures ? '\n  UNION ALL SELECT run_id, feature, NULL, NULL FROM failures' : ''
  }
) JOIN runs USING (run_id)
WHERE mode = ($mode)[1]
QUALIFY ROW_NUMBER() OVER (PARTITION BY feature ORDER BY started_at DESC, run_id DESC) = 1`;

/** By feature; none if there is no such file yet. */
export async function lastVerdicts(file: string, mode: string, opening: Opening): Promise<ReadonlyMap<string, LastVerdict>> {
  if (!existsSync(file)) return new Map();
  const connection = await openToRead(file, opening);
  try {
    const columns = [
      { name: 'feature', type: varchar },
      { name: 'version', type: varchar },
      { name: 'verdict', type: varchar },
      { name: 'started_at', type: timestamp },
    ];
    const hasFailures = (await presentTables(connection)).some(({ name }) => name === 'failures');
    const rows = await connection.query(sqlOf(hasFailures), columns, [{ name: 'mode', type: varchar, values: [mode] }]);
    return new Map(
      rows.map(([feature, version, verdict, startedAt]) => [
        String(feature),
        {
          version: version === null ? null : String(version),
          verdict: verdict as LastVerdict['verdict'],
          startedAt: formatTimestamp(startedAt as bigint),
        },
      ]),
    );
  } finally {
    connection.close();
  }
}
