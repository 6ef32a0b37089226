/** Of each feature the last verdict in a mode. */
import { existsSync } from 'node:fs';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import { formatTimestamp } from '../data/format-value.ts';
import type { LastVerdict } from '../parity/budget.ts';
import { type Opening, openToRead } from './open.ts';

const sql = `SELECT feature, version, verdict, started_at
FROM features JOIN runs USING (run_id)
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
    const rows = await connection.query(sql, columns, [{ name: 'mode', type: varchar, values: [mode] }]);
    return new Map(
      rows.map(([feature, version, verdict, startedAt]) => [
        String(feature),
        { version: String(version), verdict: verdict as LastVerdict['verdict'], startedAt: formatTimestamp(startedAt as bigint) },
      ]),
    );
  } finally {
    connection.close();
  }
}
