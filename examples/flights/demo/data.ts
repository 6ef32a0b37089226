/** A few weeks of real flights as a warehouse has them and as a stream brings them: seeded delays, copies, corrections. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../../../runners/engines/engine.ts';
import type { Breakage } from './break.ts';

export interface DemoData {
  readonly warehouse: string;
  readonly arrivals: string;
}

const columns = 'flight_id, departed_at, origin, destination, delay, distance, ingested_at';

export async function prepareFlights(
  connection: Connection,
  root: string,
  folder: string,
  days: number,
  seed: number,
  breakage: Breakage | undefined,
): Promise<DemoData> {
  const parquet = join(root, 'node_modules/vega-datasets/data/flights-3m.parquet');
  const data = { warehouse: join(folder, 'warehouse'), arrivals: join(folder, 'arrivals') };
  for (const path of Object.values(data)) await mkdir(path, { recursive: true });
  // Numbers by MD5, so that the seed alone decides them on every machine.
  const random = (what: string): string => `('0x' || substr(md5(flight_id || '/${what}/${seed}'), 1, 8))::BIGINT / 4294967296.0`;
  await connection.execute(`CREATE OR REPLACE TABLE flights AS
SELECT CAST(row_number() OVER (ORDER BY date, origin, destination, delay, distance) AS BIGINT) AS flight_id,
  date AS departed_at, origin, destination, CAST(delay AS BIGINT) AS delay, CAST(distance AS BIGINT) AS distance
FROM '${parquet.replaceAll("'", "''")}'
WHERE date < TIMESTAMP '2001-01-08' + INTERVAL '${days} days'`);
  await connection.execute(`CREATE OR REPLACE TABLE first_copies AS
SELECT *, departed_at + to_microseconds(CAST(1000000 * CASE
    WHEN ${random('slow')} < 0.02 THEN 600 + 10200 * ${random('delay')}
    WHEN ${random('at once')} < 0.3 THEN 0
    ELSE 2 + 58 * ${random('delay')} END AS BIGINT)) AS ingested_at
FROM flights WHERE departed_at >= TIMESTAMP '2001-01-08'`);
  // One in seventy comes twice; of these every fourth with another delay, which must not count.
  await connection.execute(`CREATE OR REPLACE TABLE deliveries AS
SELECT ${columns} FROM first_copies
UNION ALL
SELECT flight_id, departed_at, origin, destination, CASE WHEN ${random('corrected')} < 0.25 THEN delay + 30 ELSE delay END, distance,
  ingested_at + to_microseconds(CAST(1000000 * (1 + 3600 * ${random('again')}) AS BIGINT))
FROM first_copies WHERE ${random('copied')} < 0.015`);
  const arriving = breakage?.arrivals?.({ columns, random, days }) ?? `SELECT ${columns} FROM deliveries`;
  await connection.execute(
    `COPY (SELECT ${columns} FROM deliveries ORDER BY flight_id, ingested_at DESC) TO '${join(data.warehouse, 'flights.parquet')}' (FORMAT parquet)`,
  );
  await connection.execute(
    `COPY (SELECT * FROM (${arriving}) ORDER BY ingested_at, flight_id) TO '${join(data.arrivals, 'flights.parquet')}' (FORMAT parquet)`,
  );
  return data;
}
