/** The batch form over a large spine against the best SQL that we can write by hand for the same question. */

import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { duckdb } from '../../compiler/emit/dialect.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { batchSql } from '../../runners/batch/evaluate.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';

export interface BatchBench {
  readonly name: string;
  readonly ours: number;
  readonly byHand: number;
  readonly equal: boolean;
}

export const sources = `streams:
  flights:
    warehouse: raw.flights
    topic: flights
    key: flight_id
    event_time: departed_at
    columns: { flight_id: "NUMBER(18,0)", departed_at: TIMESTAMP_NTZ, origin: VARCHAR, destination: VARCHAR, delay: "NUMBER(9,0)" }
`;

export interface Question {
  readonly name: string;
  readonly feature: string;
  readonly byHand: string;
}

const outputs = 'COUNT(*) AS n, SUM(delay) AS total, MAX(delay) AS worst';

/** Exploded into the two buckets that the window touches, joined on (origin, bucket), then the exact bounds. */
const bounded = (size: string, micros: number): Question => ({
  name: `${size} window`,
  feature: `SELECT origin, ${outputs} FROM flights WHERE departed_at >= as_of() - INTERVAL '${size}' GROUP BY origin`,
  byHand: `WITH keys AS (SELECT DISTINCT origin, as_of FROM spine),
exploded AS (SELECT origin, as_of, unnest([epoch_us(as_of) // ${micros}, epoch_us(as_of) // ${micros} - 1]) AS bucket FROM keys),
events AS (SELECT origin, departed_at, delay, epoch_us(departed_at) // ${micros} AS bucket FROM staged.flights),
grouped AS (
  SELECT k.origin, k.as_of, count(*) AS n, sum(e.delay) AS total, max(e.delay) AS worst
  FROM exploded k JOIN events e ON e.origin = k.origin AND e.bucket = k.bucket AND e.departed_at < k.as_of AND e.departed_at >= k.as_of - INTERVAL '${size}'
  GROUP BY ALL)
SELECT s.ordinal, s.origin, s.as_of, coalesce(g.n, 0) AS n, g.total, g.worst
FROM spine s LEFT JOIN grouped g ON g.origin = s.origin AND g.as_of = s.as_of ORDER BY s.ordinal`,
});

/** Events and questions in one running order per origin; a question comes before the events of its own instant. */
const allHistory: Question = {
  name: 'all history',
  feature: `SELECT origin, ${outputs} FROM flights GROUP BY origin`,
  byHand: `WITH keys AS (SELECT DISTINCT origin, as_of FROM spine),
merged AS (
  SELECT origin, departed_at AS t, true AS event, delay FROM staged.flights SEMI JOIN keys USING (origin)
  UNION ALL SELECT origin, as_of, NULL, NULL FROM keys),
running AS (
  SELECT origin, t, event, count(event) OVER w AS n, sum(delay) OVER w AS total, max(delay) OVER w AS worst
  FROM merged WINDOW w AS (PARTITION BY origin ORDER BY t, event NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))
SELECT s.ordinal, s.origin, s.as_of, coalesce(r.n, 0) AS n, r.total, r.worst
FROM spine s LEFT JOIN (FROM running WHERE event IS NULL) r ON r.origin = s.origin AND r.t = s.as_of ORDER BY s.ordinal`,
};

export const flightsSql = `SELECT CAST(row_number() OVER (ORDER BY date, origin, destination, delay, distance) AS BIGINT) AS flight_id,
  date AS departed_at, origin, destination, CAST(delay AS BIGINT) AS delay FROM 'node_modules/vega-datasets/data/flights-3m.parquet'`;

/** Questions as labels have them: a real airport at a random minute, so nearly every row is another (entity, T). */
export const askedSql = (flights: string, rows: number): string =>
  `SELECT i AS ordinal, origin, TIMESTAMP '2001-01-15' + to_seconds(60 * ((i * 7919) % 230000)) AS as_of
FROM (SELECT CAST(row_number() OVER () - 1 AS HUGEINT) AS i, origin FROM (SELECT origin FROM ${flights} USING SAMPLE reservoir(${rows} ROWS) REPEATABLE (7)))`;

export const questions: readonly Question[] = [bounded('1 hour', 3_600_000_000), bounded('24 hours', 86_400_000_000), allHistory];

export async function benchBatch(rows: number): Promise<readonly BatchBench[]> {
  await loadParser();
  const connection = await openDuckdb();
  await connection.execute('CREATE SCHEMA staged');
  await connection.execute(`CREATE TABLE staged.flights AS ${flightsSql}`);
  await connection.execute(`CREATE TABLE spine AS ${askedSql('staged.flights', rows)}`);
  const results: BatchBench[] = [];
  for (const question of questions) {
    const ours = sqlOf(question);
    results.push({
      name: question.name,
      ...(await bestOf(connection, ours, question.byHand)),
      equal: await sameRows(connection, ours, question.byHand),
    });
  }
  connection.close();
  return results;
}

function sqlOf(question: Question): string {
  const text = `/*---\nentity: origin\n---*/\n${question.feature}\n`;
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: bench\n' },
      { path: 'transforms/sources.yml', text: sources },
      { path: 'transforms/features/f.sql', text },
    ],
  });
  const definition = read.value?.features[0];
  const checked =
    definition === undefined || read.value === undefined ? undefined : checkFeature(definition, read.value.catalog, '2026-01-01');
  if (checked?.value === undefined || read.value === undefined)
    throw new Error(JSON.stringify([...read.diagnostics, ...(checked?.diagnostics ?? [])]));
  return batchSql(batchPlanOf(checked.value, read.value.catalog), duckdb);
}

async function bestOf(connection: Connection, ours: string, byHand: string): Promise<{ ours: number; byHand: number }> {
  const best = { ours: Number.POSITIVE_INFINITY, byHand: Number.POSITIVE_INFINITY };
  // In turns, so that neither has the warmer machine.
  for (let round = 0; round < 3; round++) {
    best.ours = Math.min(best.ours, await seconds(connection, ours));
    best.byHand = Math.min(best.byHand, await seconds(connection, byHand));
  }
  return best;
}

async function seconds(connection: Connection, sql: string): Promise<number> {
  const started = performance.now();
  await connection.execute(`CREATE OR REPLACE TEMP TABLE answer AS ${sql}`);
  return (performance.now() - started) / 1000;
}

async function sameRows(connection: Connection, a: string, b: string): Promise<boolean> {
  const difference = `SELECT count(*) FROM ((SELECT * FROM (${a}) EXCEPT ALL SELECT * FROM (${b})) UNION ALL (SELECT * FROM (${b}) EXCEPT ALL SELECT * FROM (${a})))`;
  const [row] = await connection.query(difference, [{ name: 'n', type: { kind: 'number', precision: 18, scale: 0 } }]);
  return row?.[0] === 0n;
}
