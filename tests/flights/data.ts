/** Three days of real flights as a warehouse may have them, copies included; and the same flights once each, for the SQL by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Value } from '../../compiler/value.ts';
import { type LoadedProject, loadProject } from '../../runners/cli/load.ts';
import { readEvents, type SourceRows } from '../../runners/data/events.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

export interface Flights {
  /** Holds `f`, every flight once, and nothing of ours. */
  readonly byHand: Connection;
  /** What the forms read: with copies, shuffled. */
  readonly events: SourceRows;
  readonly project: LoadedProject;
}

export async function loadFlights(): Promise<Flights> {
  const folder = await mkdtemp(join(tmpdir(), 'flights-'));
  const byHand = await openDuckdb();
  await byHand.execute(`CREATE TABLE f AS
SELECT row_number() OVER (ORDER BY date, origin, destination, delay, distance) AS flight_id, date AS departed_at, origin, destination, delay, distance
FROM '${join(root, 'node_modules/vega-datasets/data/flights-3m.parquet')}'
WHERE date >= TIMESTAMP '2001-01-08' AND date < TIMESTAMP '2001-01-11'`);
  // Every ninth flight comes again later with a smaller delay, so that its arrival decides, every thirteenth again just as it was.
  await byHand.execute(`COPY (SELECT * FROM (
SELECT flight_id, departed_at, origin, destination, delay, distance, departed_at + INTERVAL 1 MINUTE AS ingested_at FROM f
UNION ALL
SELECT flight_id, departed_at, origin, destination, delay - 100, distance, departed_at + INTERVAL 2 MINUTE FROM f WHERE flight_id % 9 = 0
UNION ALL
SELECT flight_id, departed_at, origin, destination, delay, distance, departed_at + INTERVAL 1 MINUTE FROM f WHERE flight_id % 13 = 0
) AS copies ORDER BY hash(flight_id, delay)) TO '${join(folder, 'flights.parquet')}' (FORMAT parquet)`);
  const project = await loadProject(join(root, 'examples/flights'));
  const { events } = await readEvents(folder, project.authored.catalog.sources);
  await rm(folder, { recursive: true });
  return { byHand, events: events.get('flights') as SourceRows, project };
}

const flagDay = Date.UTC(2001, 0, 8) / 1000;
const instant = (hours: number, microseconds = 0): bigint => BigInt(flagDay + hours * 3600) * 1_000_000n + BigInt(microseconds);

/** On the hour, where flights leave at that very minute; one microsecond around it; before the first flight and after the last. */
const instants: readonly bigint[] = [
  instant(-1),
  instant(7),
  instant(8, 1),
  instant(12, -1),
  instant(18.25),
  instant(24),
  instant(33, 1),
  instant(36),
  instant(48.5),
  instant(60),
  instant(71.75),
  instant(90),
];

const origins = [
  ...['ORD', 'DFW', 'ATL', 'LAX', 'STL', 'PHX', 'DEN', 'DTW', 'MSP', 'IAH', 'LAS', 'SFO', 'EWR', 'JFK', 'HNL', 'ANC', 'BOS', 'MIA'],
  ...['ALB', 'BTV', 'GST', 'YAK', 'WRG', 'KTN', 'SIT', 'ord', 'ZZZ', ''],
];

export function originSpine(): readonly SpineRow[] {
  return instants.flatMap((asOf) => origins.map((origin) => ({ entity: [origin], asOf })));
}

/** The busiest routes, quiet ones, and some that nobody flies. */
export async function routeSpine({ byHand }: Flights): Promise<readonly SpineRow[]> {
  const columns = ['O', 'D'].map((name) => ({ name, type: { kind: 'varchar' } as const }));
  const busy = await byHand.query(
    'SELECT origin, destination FROM f GROUP BY ALL ORDER BY count(*) DESC, origin, destination LIMIT 12',
    columns,
  );
  const quiet = await byHand.query(
    'SELECT origin, destination FROM f GROUP BY ALL ORDER BY count(*), destination, origin LIMIT 12',
    columns,
  );
  const absent: readonly (readonly Value[])[] = [
    ['ORD', 'ORD'],
    ['ZZZ', 'ATL'],
    ['ATL', 'ZZZ'],
  ];
  return instants.flatMap((asOf) => [...busy, ...quiet, ...absent].map((entity) => ({ entity, asOf })));
}
