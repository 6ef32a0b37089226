/** Of a feature, every verdict that a history keeps, without the differences behind it. */
import { boolean, float, number, timestamp, varchar } from '../../compiler/sql-type.ts';
import { formatTimestamp } from '../data/format-value.ts';
import type { Evidence } from '../promotion/evidence.ts';
import { type Opening, openToRead } from './open.ts';

const columns = [
  { name: 'run_id', type: varchar },
  { name: 'started_at', type: timestamp },
  { name: 'mode', type: varchar },
  { name: 'verdict', type: varchar },
  { name: 'version', type: varchar },
  { name: 'batch_version', type: varchar },
  { name: 'lambda_version', type: varchar },
  { name: 'artifacts', type: varchar },
  { name: 'causes', type: varchar },
  { name: 'batch_engine', type: varchar },
  { name: 'stream_engine', type: varchar },
  { name: 'options', type: varchar },
  { name: 'samples', type: number(18) },
  { name: 'census', type: boolean },
  { name: 'upper_bound', type: float },
  { name: 'target', type: float },
  { name: 'confidence', type: float },
] as const;

const sql = `SELECT run_id, started_at, mode, verdict, version, batch_version, lambda_version,
  (SELECT COALESCE(CAST(json_group_object(kind, sha256) AS VARCHAR), '{}') FROM artifacts AS a WHERE a.run_id = f.run_id AND a.feature = f.feature),
  (SELECT COALESCE(CAST(json_group_object(cause, points) AS VARCHAR), '{}') FROM causes AS c WHERE c.run_id = f.run_id AND c.feature = f.feature),
  batch_engine, stream_engine, options, samples, census, upper_bound, f.target, f.confidence
FROM features AS f JOIN runs USING (run_id)
WHERE f.feature = ($feature)[1]
ORDER BY started_at, run_id`;

/** In the order of time. */
export async function verdictsOn(file: string, feature: string, opening: Opening): Promise<readonly Evidence[]> {
  const connection = await openToRead(file, opening);
  try {
    const rows = await connection.query(sql, columns, [{ name: 'feature', type: varchar, values: [feature] }]);
    return rows.map((row) => {
      const value = (name: (typeof columns)[number]['name']) => row[columns.findIndex((c) => c.name === name)] ?? null;
      const text = (name: (typeof columns)[number]['name']): string => String(value(name));
      const options = JSON.parse(text('options')) as Readonly<Record<string, unknown>>;
      return {
        run: text('run_id'),
        startedAt: formatTimestamp(value('started_at') as bigint),
        mode: text('mode') as Evidence['mode'],
        verdict: text('verdict') as Evidence['verdict'],
        version: text('version'),
        batchVersion: text('batch_version'),
        lambdaVersion: text('lambda_version'),
        artifacts: JSON.parse(text('artifacts')) as Evidence['artifacts'],
        batchEngine: text('batch_engine'),
        streamEngine: text('stream_engine'),
        chosenPoints: options['spine'] !== undefined,
        interval: typeof options['interval'] === 'string' ? options['interval'] : null,
        causes: JSON.parse(text('causes')) as Evidence['causes'],
        samples: Number(value('samples')),
        census: value('census') === true,
        upperBound: value('upper_bound') === null ? null : Number(value('upper_bound')),
        target: Number(value('target')),
        confidence: Number(value('confidence')),
      };
    });
  } finally {
    connection.close();
  }
}
