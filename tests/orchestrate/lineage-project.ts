/** A small shop in a DuckDB file, whose commands tell a server of OpenLineage. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { inDuckdb } from '../cli/sales.ts';
import { type Files, folderWith, lockstep, type Ran } from '../support/cli.ts';
import { environment, type Web, web } from './alert-servers.ts';
import { type Got, received } from './openlineage.ts';

const sources = `streams:
  orders:
    warehouse: raw.web.orders
    topic: orders.v1
    key: order_id
    event_time: ordered_at
    columns: { order_id: VARCHAR, shop: VARCHAR, buyer: { type: VARCHAR, pii: true }, price: "NUMBER(10,2)", state: VARCHAR, ordered_at: TIMESTAMP_NTZ }
tables:
  shops:
    warehouse: ref('shops_history')
    key: shop
    updated_at: updated_at
    columns: { shop: VARCHAR, country: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;

/** 'SECRET' in the header is a value of a row: it is in no event. */
const revenue = `/*---
entity: shop
description: What a shop took in the last two hours.
owner: money
every: 1 hour
examples:
  - events: { orders: [{ order_id: SECRET, shop: a, price: 1, state: paid, ordered_at: 2026-01-01T10:00:00 }] }
    as_of: 2026-01-01T11:00:00
    expect: { shop: a, orders: 1, paid: 1 }
---*/
SELECT shop, COUNT(*) AS orders, SUM(price) AS paid
FROM orders
WHERE ordered_at >= as_of() - INTERVAL '2 hours' AND state = 'paid'
GROUP BY shop
`;

const country = '/*---\nentity: shop\nstatus: deprecated\ndeprecation_date: 2999-03-01\n---*/\nSELECT shop, country FROM shops\n';

const made = `CREATE SCHEMA web; CREATE SCHEMA built;
CREATE TABLE web.orders AS
SELECT 'o' || n AS order_id, 'shop' || n % 2 AS shop, 'SECRET' || n AS buyer, CAST(n AS DECIMAL(10,2)) AS price, 'paid' AS state,
  TIMESTAMP '2026-01-01' + to_minutes(30 * n) AS ordered_at
FROM range(20) AS r(n);
CREATE TABLE built.shops_history (shop VARCHAR, country VARCHAR, updated_at TIMESTAMP);
INSERT INTO built.shops_history VALUES ('shop0', 'DE', '2020-01-01');`;

export const targets = (more = ''): string => `name: shop
targets:
  local: { engine: duckdb, path: raw.duckdb, schema: features, models: { shops_history: built.shops_history } }
${more}`;

export interface Shop {
  readonly folder: string;
  readonly run: (...argv: readonly string[]) => Promise<Ran>;
  readonly sql: (text: string) => Promise<readonly (readonly unknown[])[]>;
}

export async function shop(config: string, more: Files = {}): Promise<Shop> {
  const folder = await folderWith({
    'lockstep.yml': config,
    'transforms/sources.yml': sources,
    'transforms/features/revenue.sql': revenue,
    'transforms/features/shop_country.sql': country,
    ...more,
  });
  const sql = (text: string) => inDuckdb(join(folder, 'raw.duckdb'), text);
  await sql(made);
  return { folder, sql, run: (command = '', ...argv) => lockstep(command, '--project', folder, ...argv) };
}

/** Told to a server by the variables that clients of OpenLineage know. */
export async function toldShop(
  config = targets(),
  more: Files = {},
): Promise<Shop & { readonly server: Web; readonly events: () => readonly Got[] }> {
  const server = await web();
  environment({ OPENLINEAGE_URL: server.url });
  return { ...(await shop(config, more)), server, events: () => received(server) };
}

export async function fine(ran: Promise<Ran>): Promise<Ran> {
  const found = await ran;
  expect([found.code, found.err.includes('warning')], found.err).toEqual([0, false]);
  return found;
}

export const of = (events: readonly Got[], job: string, type?: string): Got => {
  const found = events.filter((e) => e.job.name === job && e.eventType === type);
  expect(found.length, `${type ?? 'JobEvent'} of ${job}`).toBe(1);
  return found[0] as Got;
};

export const kinds = (events: readonly Got[]): string[] => events.map((e) => `${e.eventType ?? 'job'} ${e.job.name}`);

export const fill = ['--target', 'local', '--from', '2026-01-01', '--to', '2026-01-01T12:00:00'];

export const order = (more: object = {}): string =>
  `${JSON.stringify({ order_id: 'o1', shop: 'a', buyer: 'SECRET', price: 1, state: 'paid', ordered_at: '2026-01-01T11:30:00', ...more })}\n`;

export const sourcesWithIngest = `streams:
  orders:
    warehouse: raw.web.orders
    key: order_id
    event_time: ordered_at
    ingest_time: ingested_at
    lateness: 1 hour
    columns: { order_id: VARCHAR, shop: VARCHAR, buyer: { type: VARCHAR, pii: true }, price: "NUMBER(10,2)", state: VARCHAR, ordered_at: TIMESTAMP_NTZ, ingested_at: TIMESTAMP_NTZ }
tables:
  shops:
    warehouse: ref('shops_history')
    key: shop
    updated_at: updated_at
    columns: { shop: VARCHAR, country: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;
