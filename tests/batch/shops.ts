/** A project whose features name their universes, raw rows in a DuckDB file, and whom each table must hold: SQL over the raw rows, written by hand. */
import { join } from 'node:path';
import { integer, timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type LoadedProject, loadProject } from '../../runners/cli/load.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { folderWith } from '../support/cli.ts';
import { executed, queried } from './market-file.ts';

const event = (key: string, time: string, lateness: string): string => `    warehouse: landed.${key}s
    key: ${key}_id
    event_time: ${time}
    ingest_time: came_at
    lateness: ${lateness}
    columns: { ${key}_id: VARCHAR, shop_id: VARCHAR, user_id: "NUMBER(38,0)", ${time}: TIMESTAMP_NTZ, came_at: TIMESTAMP_NTZ }`;
const table = (name: string, columns: string): string => `  ${name}:
    warehouse: landed.${name}
    key: ${name.slice(0, -1)}_id
    updated_at: updated_at
    version_by: lsn
    deleted: is_deleted
    columns: { ${columns}, lsn: "NUMBER(38,0)", updated_at: TIMESTAMP_NTZ, is_deleted: BOOLEAN }`;
const sources = `streams:
  visits:
${event('visit', 'visited_at', '1 hour')}
  clicks:
${event('click', 'clicked_at', '10 minutes')}
tables:
${table('shops', 'shop_id: VARCHAR, city: VARCHAR')}
${table('offers', 'offer_id: VARCHAR, shop_id: VARCHAR, user_id: "NUMBER(10,0)"')}
`;

const feature = (header: string, sql: string): string => `/*---\ndescription: d\nevery: 30 minutes\n${header}\n---*/\n${sql}\n`;
const recent =
  "SELECT shop_id, COUNT(*) AS n, MAX(user_id) AS most FROM clicks WHERE clicked_at >= as_of() - INTERVAL '1 hour' GROUP BY shop_id";

/** By name: a universe that the query does not read, and one that it reads; several columns; a table by its key, and by another column. */
export const features = {
  recent_of_visits: feature('entity: shop_id\nuniverse: visits', recent),
  // Of whom nothing is known it says nothing but NULL.
  most_of_visits: feature('entity: shop_id\nuniverse: visits', recent.replace('COUNT(*) AS n, ', '')),
  recent_of_shops: feature('entity: shop_id\nuniverse: SHOPS', recent),
  recent_of_shops_until: feature('entity: shop_id\nuniverse: shops\ninclude_as_of: true', recent),
  recent_of_visits_until: feature('entity: shop_id\nuniverse: visits\ninclude_as_of: true', recent),
  recent_of_offers: feature('entity: shop_id\nuniverse: offers', recent),
  recent_visits: feature(
    'entity: shop_id\nuniverse: visits',
    "SELECT shop_id, COUNT(*) AS n FROM visits WHERE visited_at >= as_of() - INTERVAL '1 hour' GROUP BY shop_id",
  ),
  visits_of_user: feature(
    'entity: [shop_id, user_id]\nuniverse: visits',
    'SELECT shop_id, user_id, COUNT(*) AS n, MIN(visited_at) AS since FROM visits GROUP BY shop_id, user_id',
  ),
  clicks_of_user: feature(
    'entity: [user_id, shop_id]\nuniverse: offers',
    "SELECT shop_id, user_id, COUNT(*) AS n FROM clicks WHERE clicked_at >= as_of() - INTERVAL '2 hours' GROUP BY shop_id, user_id HAVING COUNT(*) <> 1",
  ),
  // One scan of all history, of which running totals are kept, and a short one of the same stream.
  ever_and_now: feature(
    'entity: shop_id\nuniverse: offers\ndefaults: { ever: 0, now: 0 }',
    `WITH ever AS (SELECT shop_id, COUNT(*) AS n FROM clicks GROUP BY shop_id),
now AS (SELECT shop_id, COUNT(*) AS n FROM clicks WHERE clicked_at >= as_of() - INTERVAL '1 hour' GROUP BY shop_id)
SELECT ever.shop_id, ever.n AS ever, COALESCE(now.n, 0) AS now FROM ever LEFT JOIN now ON now.shop_id = ever.shop_id`,
  ),
  city_rank: feature(
    'entity: shop_id\nuniverse: shops',
    'SELECT shop_id, city, RANK() OVER (PARTITION BY city ORDER BY shop_id DESC) AS place FROM shops',
  ),
} as const;

export type ShopFeature = keyof typeof features;
export const names = Object.keys(features) as ShopFeature[];

const random = (salt: string, below: number): string => `CAST(hash(i, '${salt}') % ${below} AS INTEGER)`;
const minutes = (amount: string): string => `TIMESTAMP '2026-01-01 00:00:00' + to_minutes(${amount})`;
const events = (key: string, time: string, shop: string, when: string, rows: number): readonly string[] => [
  `CREATE OR REPLACE TABLE landed.${key}s AS
SELECT '${key}' || i AS ${key}_id, ${shop} AS shop_id, CAST(${random('user', 4)} AS HUGEINT) AS user_id, ${when} AS ${time}, ${when} + INTERVAL 1 MINUTE AS came_at
FROM range(${rows}) AS r(i)`,
  // A copy that came later counts for nobody; nor does what has no key, or is dated ahead of its arrival.
  `INSERT INTO landed.${key}s
SELECT ${key}_id, 'copied', user_id, ${time}, came_at + INTERVAL 1 HOUR FROM landed.${key}s WHERE ${key}_id LIKE '%7'
UNION ALL
SELECT NULL, 'keyless', user_id, ${time}, came_at FROM landed.${key}s WHERE ${key}_id LIKE '%8'
UNION ALL
SELECT ${key}_id || 'x', 'ahead', user_id, ${time}, ${time} - INTERVAL 1 HOUR FROM landed.${key}s WHERE ${key}_id LIKE '%9'`,
];

/** Times are whole steps of five minutes, so that many lie on an instant. The nth shop is visited from the nth hour on. */
const rows: readonly string[] = [
  'CREATE SCHEMA IF NOT EXISTS landed',
  ...events(
    'visit',
    'visited_at',
    `CASE WHEN ${random('none', 9)} = 0 THEN NULL ELSE 'shop' || (i % 12) END`,
    minutes(`60 * (i % 12) + 30 * ${random('later', 9)} + 5 * ${random('little', 3)}`),
    90,
  ),
  ...events('click', 'clicked_at', `'shop' || ${random('shop', 15)}`, minutes(`5 * ${random('time', 220)}`), 260),
  // Shops close and open again; two versions may have one time.
  `CREATE OR REPLACE TABLE landed.shops AS
SELECT 'shop' || (i % 14) AS shop_id, 'city' || ${random('city', 3)} AS city, CAST(i AS HUGEINT) AS lsn, ${minutes(`30 * ${random('time', 36)} + 5 * ${random('little', 2)}`)} AS updated_at,
  CASE ${random('gone', 5)} WHEN 0 THEN TRUE WHEN 1 THEN TRUE WHEN 2 THEN NULL ELSE FALSE END AS is_deleted
FROM range(120) AS r(i)`,
  "INSERT INTO landed.shops SELECT 'late' || i, 'city0', 1000 + i, TIMESTAMP '2026-01-01 00:00:00', FALSE FROM range(3) AS r(i)",
  // An offer moves from shop to shop; several have one.
  `CREATE OR REPLACE TABLE landed.offers AS
SELECT 'offer' || (i % 30) AS offer_id, CASE WHEN ${random('none', 9)} = 0 THEN NULL ELSE 'shop' || ${random('shop', 15)} END AS shop_id, CAST(${random('user', 3)} AS BIGINT) AS user_id,
  CAST(i AS HUGEINT) AS lsn, ${minutes(`30 * ${random('time', 36)} + 5 * ${random('little', 2)}`)} AS updated_at, ${random('gone', 3)} = 0 AS is_deleted
FROM range(150) AS r(i)`,
];

const cleanVisits = `(SELECT * FROM landed.visits
  WHERE visit_id IS NOT NULL AND visited_at <= came_at + INTERVAL 5 MINUTE
  QUALIFY row_number() OVER (PARTITION BY visit_id, visited_at ORDER BY came_at) = 1)`;
const present = (columns: string, before: '<' | '<='): string =>
  `SELECT DISTINCT ${columns}, t FROM instants, ${cleanVisits} WHERE visited_at ${before} t AND shop_id IS NOT NULL AND user_id IS NOT NULL`;
const live = (relation: string, key: string, columns: string, before: '<' | '<='): string => `SELECT DISTINCT ${columns}, t FROM (
  SELECT * FROM instants, landed.${relation} WHERE updated_at ${before} t
  QUALIFY row_number() OVER (PARTITION BY ${key}, t ORDER BY updated_at DESC, lsn DESC) = 1
) WHERE coalesce(is_deleted, FALSE) = FALSE AND shop_id IS NOT NULL`;

const byHand: Readonly<Record<ShopFeature, string>> = {
  recent_of_visits: present('shop_id', '<'),
  most_of_visits: present('shop_id', '<'),
  recent_of_visits_until: present('shop_id', '<='),
  recent_of_shops: live('shops', 'shop_id', 'shop_id', '<'),
  recent_of_shops_until: live('shops', 'shop_id', 'shop_id', '<='),
  recent_of_offers: live('offers', 'offer_id', 'shop_id', '<'),
  recent_visits: present('shop_id', '<'),
  visits_of_user: present('shop_id, user_id', '<'),
  clicks_of_user: live('offers', 'offer_id', 'user_id, shop_id', '<'),
  ever_and_now: live('offers', 'offer_id', 'shop_id', '<'),
  city_rank: live('shops', 'shop_id', 'shop_id', '<'),
};

export interface Shops {
  readonly folder: string;
  readonly project: LoadedProject;
}

export async function shopsFolder(): Promise<Shops> {
  const folder = await folderWith({
    'lockstep.yml': 'name: shops\ntargets:\n  local: { engine: duckdb, path: raw.duckdb, schema: features }\n',
    'transforms/sources.yml': sources,
    ...Object.fromEntries(names.map((name) => [join('transforms/features', `${name}.sql`), features[name]])),
  });
  await executed(folder, ...rows);
  return { folder, project: await loadProject(folder) };
}

export function compiledIn({ project }: Shops, name: ShopFeature) {
  const found = project.compiled.features.find((f) => f.feature.name === name);
  if (found === undefined) throw new Error(`${name}: ${project.diagnostics.map((d) => d.message).join('; ')}`);
  return found;
}

/** Entity, as_of and outputs that the table must hold: whom by hand, what by the reference. In the order of `ORDER BY ALL`. */
export async function expectedRows(shops: Shops, name: ShopFeature, from: string, to: string): Promise<readonly (readonly Value[])[]> {
  const { feature } = compiledIn(shops, name);
  const { catalog } = shops.project.authored;
  const instants = `SELECT unnest(generate_series(TIMESTAMP '${from}', TIMESTAMP '${to}' - INTERVAL 30 MINUTE, INTERVAL 30 MINUTE)) AS t`;
  const columns = [...feature.entity, { name: 'T', type: timestamp }];
  const held = await queried(
    shops.folder,
    `WITH instants AS (${instants}) SELECT ${columns.map((c) => c.name).join(', ')} FROM (${byHand[name]}) ORDER BY ALL`,
    ...columns.map((c) => c.type),
  );
  const events = new Map<string, SourceRows>();
  for (const source of catalog.sources) {
    const [columnNames, types] = [source.columns.map((c) => c.name), source.columns.map((c) => c.type)];
    const found = await queried(shops.folder, `SELECT ${columnNames.join(', ')} FROM ${source.warehouse}`, ...types);
    events.set(source.name, { columns: columnNames, rows: found });
  }
  const spine = held.map((row) => ({ entity: row.slice(0, -1), asOf: row.at(-1) as bigint }));
  const said = evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' });
  return held.map((row, i) => [...row, ...(said[i] ?? [])]);
}

/** Whoever made it. */
export async function rowsHeld(shops: Shops, name: ShopFeature, relation?: string): Promise<readonly (readonly Value[])[]> {
  const { feature, version } = compiledIn(shops, name);
  const columns = [...feature.entity, { name: 'AS_OF', type: timestamp }, ...feature.outputs];
  return queried(
    shops.folder,
    `SELECT ${columns.map((c) => c.name).join(', ')} FROM ${relation ?? `features."${name}__${version}"`} ORDER BY ALL`,
    ...columns.map((c) => c.type),
  );
}

export const countOf = async ({ folder }: Shops, sql: string): Promise<bigint> => {
  const [[n] = []] = await queried(folder, sql, integer);
  return n as bigint;
};
