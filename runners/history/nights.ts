/** How often a version of a feature was judged before. Each night spends a part of the chance of a false alarm. */
import { existsSync } from 'node:fs';
import { integer, timestamp, varchar } from '../../compiler/sql-type.ts';
import { type Opening, openToRead } from './open.ts';

/** Nights before the one of `startedAt` (microseconds), by feature and version; 0 for one that is new. */
export async function earlierNights(
  file: string,
  mode: string,
  startedAt: bigint,
  opening: Opening,
): Promise<(feature: string, version: string) => number> {
  if (!existsSync(file)) return () => 0;
  const connection = await openToRead(file, opening);
  try {
    const sql = `SELECT feature, version, COUNT(DISTINCT CAST(started_at AS DATE))::BIGINT AS nights
FROM features JOIN runs USING (run_id)
WHERE mode = ($mode)[1] AND CAST(started_at AS DATE) < CAST(($today)[1] AS DATE)
GROUP BY feature, version`;
    const rows = await connection.query(
      sql,
      [
        { name: 'feature', type: varchar },
        { name: 'version', type: varchar },
        { name: 'nights', type: integer },
      ],
      [
        { name: 'mode', type: varchar, values: [mode] },
        { name: 'today', type: timestamp, values: [startedAt] },
      ],
    );
    const nights = new Map(rows.map(([feature, version, n]) => [JSON.stringify([feature, version]), Number(n)]));
    return (feature, version) => nights.get(JSON.stringify([feature, version])) ?? 0;
  } finally {
    connection.close();
  }
}
