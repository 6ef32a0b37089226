/**
 * A training set against Feast's get_historical_features, of the same labels. Feast joins feature values that somebody has computed: here
 * running totals after every departure, which it gets for nothing. We compute them from the raw flights, and clean those first.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadParser } from '../../../compiler/parse/front-end.ts';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { openDuckdb } from '../../../runners/engines/duckdb.ts';
import { askedSql, flightsSql } from '../batch.ts';
import { count, trainingSetOf } from '../training-set.ts';

export interface FeastBench {
  readonly labels: number;
  readonly flights: number;
  /** Seconds. */
  readonly ours: number;
  readonly feast: number;
  /** Rows of one that the other does not have. */
  readonly different: number;
}

/** `days`: of flights, from the first of January on. `offlineStore`: of Feast. */
export async function benchFeast(labels: number, days: number, offlineStore: 'duckdb' | 'dask' = 'duckdb'): Promise<FeastBench> {
  await loadParser();
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-feast-'));
  const file = (name: string): string => join(folder, name);
  try {
    const raw = await openDuckdb({ file: file('raw.duckdb'), helpers: false });
    await raw.execute(
      `CREATE TABLE flights AS SELECT * FROM (${flightsSql}) WHERE departed_at < TIMESTAMP '2001-01-01' + to_days(${days})`,
    );
    await raw.execute(
      `CREATE TABLE labels AS SELECT CAST(ordinal AS BIGINT) AS ordinal, origin, least(as_of, TIMESTAMP '2001-01-01' + to_days(${days})) AS as_of FROM (${askedSql('flights', labels)})`,
    );
    await raw.execute(`COPY labels TO '${file('labels.parquet')}' (FORMAT parquet)`);
    await raw.execute(`COPY (SELECT DISTINCT origin, departed_at AS event_timestamp, count(*) OVER w AS n, CAST(sum(delay) OVER w AS BIGINT) AS total, max(delay) OVER w AS worst
FROM flights WINDOW w AS (PARTITION BY origin ORDER BY departed_at)) TO '${file('features.parquet')}' (FORMAT parquet)`);
    const flights = await count(raw, 'flights');
    raw.close();
    const script = resolve('tests/bench/feast/point_in_time.py');
    const ran = await promisify(execFile)(resolve(stackFolder, 'feast/bin/python'), ['-W', 'ignore', script, folder, offlineStore], {
      env: { ...process.env, FEAST_USAGE: 'False' },
      maxBuffer: 64e6,
    });
    const feast = Number(ran.stdout.trim().split('\n').at(-1));
    const started = performance.now();
    await trainingSetOf(file('raw.duckdb'), file('ours.parquet'), { totals });
    const own = (performance.now() - started) / 1000;
    return { labels, flights, ours: own, feast, different: await differing(file('ours.parquet'), file('feast.parquet')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const totals =
  '/*---\nentity: origin\ninclude_as_of: true\n---*/\nSELECT origin, COUNT(*) AS n, SUM(delay) AS total, MAX(delay) AS worst FROM flights GROUP BY origin\n';

/** Feast says NULL where an origin has no flight yet. */
async function differing(own: string, feast: string): Promise<number> {
  const connection = await openDuckdb({ helpers: false });
  try {
    const a = `SELECT ordinal, origin, as_of, totals__n AS n, totals__total AS total, totals__worst AS worst FROM '${own}'`;
    const b = `SELECT ordinal, origin, event_timestamp, coalesce(n, 0), total, worst FROM '${feast}'`;
    return await count(connection, `(SELECT * FROM ((${a}) EXCEPT ALL (${b})) UNION ALL SELECT * FROM ((${b}) EXCEPT ALL (${a})))`);
  } finally {
    connection.close();
  }
}
