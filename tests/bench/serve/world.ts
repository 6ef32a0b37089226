/** What `npm run bench -- serve` asks: clicks of one day with skewed keys, and features over an hour and over a day of them. */
import { compileProject } from '../../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../../compiler/authoring/index.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { loadParser } from '../../../compiler/parse/front-end.ts';
import { openDuckdbFile } from '../../../runners/engines/duckdb-file.ts';
import { compiledLambda } from '../../../runners/stored-lambda.ts';
import type { StoredLambda } from '../../../runners/stream/execute.ts';
import { beginning } from '../../../runners/stream/store/beginning.ts';
import { openKept } from '../../../runners/stream/store/kept.ts';

const streams = 20_000;

const sources = `streams:
  clicks:
    warehouse: raw.clicks
    topic: clicks
    key: click_id
    event_time: clicked_at
    lateness: 10 minutes
    columns:
      click_id: VARCHAR
      stream_id: NUMBER(38,0)
      user_id: NUMBER(38,0)
      price: NUMBER(12,2)
      clicked_at: { type: TIMESTAMP_NTZ, unit: us }
`;

const feature = (window: string, outputs: string): string => `/*---
entity: stream_id
description: Clicks of a stream.
owner: bench
every: 1 hour
---*/
SELECT stream_id, ${outputs}
FROM clicks
WHERE clicked_at >= as_of() - INTERVAL '${window}'
GROUP BY stream_id
`;

const all = 'COUNT(*) AS clicks, COUNT(DISTINCT user_id) AS users, SUM(price) AS spent, MAX(clicked_at) AS last_click';

/** By name; the eight of one request look at an hour at most. */
const features: Readonly<Record<string, string>> = {
  hour: feature('1 hour', all),
  day: feature('24 hours', all),
  ...Object.fromEntries([1, 2, 5, 10, 15, 20, 30, 45].map((m) => [`minutes_${m}`, feature(`${m} minutes`, all)])),
};

export const eight = Object.keys(features).filter((name) => name.startsWith('minutes_'));

export async function benchCatalog(): Promise<{ readonly catalog: Catalog; readonly lambdas: readonly StoredLambda[] }> {
  await loadParser();
  const files = [
    { path: 'lockstep.yml', text: 'name: bench\n' },
    { path: 'transforms/sources.yml', text: sources },
    ...Object.entries(features).map(([name, text]) => ({ path: `transforms/features/${name}.sql`, text })),
  ];
  const authored = readAuthored({ files }).value;
  if (authored === undefined) throw new Error('the project of the bench does not compile');
  const { catalog } = authored;
  return { catalog, lambdas: compileProject(authored, '2026-11-22').features.map((f) => compiledLambda(f, catalog)) };
}

/** `events` clicks of the last 24 hours, put into the store's table by SQL: ingest is measured apart. */
export async function fill(file: string, catalog: Catalog, events: number): Promise<void> {
  const store = await openKept(file, catalog.sources);
  await store.setHistory('clicks', (known) => ({ ...known, topicSince: beginning }));
  await store.close();
  const database = await openDuckdbFile(file, 2);
  const connection = await database.connect(false);
  const day = 86_400_000_000n;
  const from = BigInt(Date.now()) * 1000n - day;
  await connection.execute('SELECT setseed(0.5)');
  // A stream in twenty thousand has a tenth of a percent at most, half of all clicks are those of an eighth of the streams.
  await connection.execute(`INSERT INTO CLICKS
SELECT 'c' || i, CAST(floor(${streams} * power(random(), 3)) AS HUGEINT), CAST(floor(random() * 1000000) AS HUGEINT),
  CAST(random() * 100 AS DECIMAL(12, 2)), make_timestamp(${from} + (${day} * i) // ${events}), NULL, NULL, i, make_timestamp(${from} + (${day} * i) // ${events})
FROM range(${events}) AS all_of(i)`);
  connection.close();
  database.close();
}

/** As its topic carries it. `at`: microseconds. */
export function clickAt(id: string, i: number, at: number): Readonly<Record<string, string | number>> {
  return { click_id: id, stream_id: skewed(i), user_id: (i * 7919) % 1_000_000, price: '9.99', clicked_at: at };
}

/** Between 0 and 1, the same for the same number. */
const spread = (i: number): number => ((i * 2_654_435_761) % 4_294_967_296) / 4_294_967_296;

/** The i-th stream that is clicked on, or asked for. */
export const skewed = (i: number): number => Math.floor(streams * spread(i) ** 3);
