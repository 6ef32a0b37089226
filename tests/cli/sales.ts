/** A few sales in a DuckDB file and as events, labels about them, and what a person works out for those. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Files, folderWith } from '../support/cli.ts';

const sources = `streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id
    event_time: sold_at
    ingest_time: came_at
    columns: { sale_id: NUMBER(9,0), shop: VARCHAR, buyer: NUMBER(9,0), price: "NUMBER(10,2)", weight: FLOAT, note: VARIANT, sold_at: TIMESTAMP_NTZ, came_at: TIMESTAMP_NTZ }
  returns:
    warehouse: raw.shop.returns
    key: return_id
    event_time: returned_at
    columns: { return_id: VARCHAR, buyer: VARCHAR, given: VARIANT, kept: VARIANT, returned_at: TIMESTAMP_NTZ }
tables:
  shops:
    warehouse: ref('shops_history')
    key: shop
    updated_at: updated_at
    columns: { shop: VARCHAR, country: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;

const feature = (entity: string, sql: string): string => `/*---\nentity: ${entity}\n---*/\n${sql}\n`;

const config = `name: small
targets:
  raw: { engine: duckdb, path: raw.duckdb, models: { shops_history: built.shops_history } }
  bare: { engine: duckdb, path: raw.duckdb }
  snow: { engine: snowflake }
`;

/** In no order. 3 is late, 4 came twice and the copy that came first counts, 5 has no key, 6 is dated at the instant of a label. */
const sales = [
  [1, 'a', 7, '2.50', '0.1', '{"kind": "gift", "n": 1}', '10:00:00', '10:00:01'],
  [3, 'a', 8, '1.00', '1e-7', null, '10:30:00', '13:00:00'],
  [2, 'b', 7, '-0.05', '1e21', '{ "n":2, "kind":"sale", "tags": {"b": 1, "a":2}}', '10:10:00', '10:10:00'],
  [4, 'a', 7, '9.99', '5', '{"kind":"gift"}', '11:00:00', '11:30:00'],
  [4, 'a', 7, '4.00', '5', '{"kind":"gift"}', '11:00:00', '11:00:00.5'],
  [null, 'a', 7, '100.00', '5', null, '11:00:00', '11:00:00'],
  [6, 'a', 8, '8.00', '123456789012345680000', null, '12:00:00', '12:00:00'],
] as const;

const at = (time: string): string => `2026-01-01T${time}`;
const eventLines = sales
  .map(([sale_id, shop, buyer, price, weight, note, sold, came]) =>
    JSON.stringify({
      sale_id,
      shop,
      buyer,
      price,
      weight,
      note: note === null ? null : JSON.parse(note),
      sold_at: at(sold),
      came_at: at(came),
    }),
  )
  .join('\n');
const text = (value: unknown): string => (value === null ? 'NULL' : `'${String(value)}'`);
const saleRows = sales.map(
  ([id, shop, buyer, price, weight, note, sold, came]) =>
    `(${[id, shop, buyer, price, weight, note, at(sold), at(came)].map(text).join(', ')}, 'x')`,
);

/** Other types than are declared, where they cast exactly. */
const made = `CREATE SCHEMA shop; CREATE SCHEMA built;
CREATE TABLE shop.sales (Sale_Id INTEGER, shop VARCHAR, buyer BIGINT, price DECIMAL(6,2), weight DOUBLE, note JSON, sold_at TIMESTAMP, came_at TIMESTAMP_MS, loaded_by VARCHAR);
INSERT INTO shop.sales VALUES ${saleRows.join(', ')};
CREATE TABLE shop.returns (return_id VARCHAR, buyer VARCHAR, given JSON, kept JSON, returned_at TIMESTAMP);
INSERT INTO shop.returns VALUES
  ('r1', 'p', '{"x": {"b":1, "a":1}}', '{"x":{"b":2,"a":2}}', '2026-01-01'),
  ('r2', 'q', '{"x":{"a":3}}', '{"x": [ 4 ]}', '2026-01-01');
CREATE TABLE built.shops_history (shop VARCHAR, country VARCHAR, updated_at TIMESTAMP);
INSERT INTO built.shops_history VALUES ('a', 'DE', '2020-01-01'), ('a', 'FR', '2026-01-01 11:00:00');`;

const files: Files = {
  'lockstep.yml': config,
  'transforms/sources.yml': sources,
  'transforms/features/shop_sales.sql': feature(
    'shop',
    `SELECT shop, COUNT(*) AS n, SUM(price) AS "Paid in", MAX(weight) AS heaviest, MAX(sold_at) AS last_sold, COUNT_IF(note:kind::VARCHAR = 'gift') AS gifts
FROM sales GROUP BY shop`,
  ),
  'transforms/features/buyer_hour.sql': feature(
    'buyer',
    "SELECT buyer, COUNT(*) AS n, ARRAY_AGG(sale_id) WITHIN GROUP (ORDER BY sold_at) AS sales FROM sales WHERE sold_at >= as_of() - INTERVAL '1 hour' GROUP BY buyer",
  ),
  'transforms/features/shop_until_now.sql':
    '/*---\nentity: shop\ninclude_as_of: true\n---*/\nSELECT shop, COUNT(*) AS n, MAX(note:tags::VARCHAR) AS tags FROM sales GROUP BY shop\n',
  'transforms/features/buyer_returns.sql': feature(
    'buyer',
    'SELECT buyer, COUNT(*) AS n, MAX(given:x::VARCHAR) AS given_x, MAX(kept:x::VARCHAR) AS kept_x FROM returns GROUP BY buyer',
  ),
  'transforms/features/shop_country.sql': feature('shop', 'SELECT shop, country FROM shops'),
  'events/sales.ndjson': `${eventLines}\n`,
  'events/shops.csv': 'shop,country,updated_at\na,DE,2020-01-01\na,FR,2026-01-01T11:00:00\n',
};

/** The project, its DuckDB file, and what `sql` does to that. */
export async function salesProject(sql = '', more: Files = {}): Promise<string> {
  const folder = await folderWith({ ...files, ...more });
  await inDuckdb(join(folder, 'raw.duckdb'), `${made}\n${sql}`);
  return folder;
}

/** Runs the statements; the rows of the last one. */
export async function inDuckdb(file: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
