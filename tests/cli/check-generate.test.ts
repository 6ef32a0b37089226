/** The events that check generates: what a query tells apart is in them. */
import { expect, test } from 'vitest';
import { compileFeature } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import type { Value } from '../../compiler/value.ts';
import { cluesOf } from '../../runners/check/generate/clues.ts';
import { generateEvents } from '../../runners/check/generate/events.ts';
import { pointsOf } from '../../runners/check/run/points.ts';

await loadParser();

const sources = `streams:
  clicks:
    warehouse: raw.clicks
    key: click_id
    event_time: at
    ingest_time: got
    lateness: 10 minutes
    columns:
      { click_id: VARCHAR, user_id: NUMBER(38,0), item: VARCHAR, amount: "NUMBER(10,2)", page: VARCHAR, on_day: DATE, payload: VARIANT, at: TIMESTAMP_NTZ, got: TIMESTAMP_NTZ }
  orders:
    warehouse: raw.orders
    key: order_id
    event_time: ordered_at
    columns: { order_id: VARCHAR, click_id: VARCHAR, buyer: NUMBER(38,0), ordered_at: TIMESTAMP_NTZ }
tables:
  items:
    warehouse: raw.items
    key: item
    updated_at: changed
    version_by: lsn
    deleted: gone
    columns: { item: VARCHAR, price: "NUMBER(10,2)", lsn: NUMBER(38,0), changed: TIMESTAMP_NTZ, gone: BOOLEAN }
`;

interface Made {
  readonly feature: CheckedFeature;
  readonly catalog: Catalog;
  readonly column: (source: string, name: string) => readonly Value[];
}

function made(sql: string, entity = 'user_id', seed = '1'): Made {
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: t\n' },
      { path: 'transforms/sources.yml', text: sources },
      { path: 'transforms/features/f.sql', text: `/*---\nentity: ${entity}\n---*/\n${sql}\n` },
    ],
  });
  const definition = read.value?.features[0];
  const { catalog } = read.value ?? { catalog: { sources: [] } };
  const checked = definition === undefined ? undefined : checkFeature(definition, catalog, '2026-01-01');
  if (checked?.value === undefined) throw new Error(JSON.stringify([read.diagnostics, checked?.diagnostics]));
  const { feature } = compileFeature(checked.value, catalog);
  const { events } = generateEvents(feature, catalog, seed, 0);
  const column = (source: string, name: string): readonly Value[] => {
    const { columns, rows } = events.get(source) ?? { columns: [], rows: [] };
    return rows.map((row) => row[columns.indexOf(name)] ?? null);
  };
  return { feature, catalog, column };
}

const hour = 3_600_000_000n;
const anchor = BigInt(Date.parse('2024-01-01T00:00:00Z')) * 1000n;

test('what the query compares with: equal, beside it, in a list, as a pattern, in either case', () => {
  const { column } =
    made(`SELECT user_id, COUNT_IF(amount > 99.5) AS a, COUNT_IF(page = 'checkout') AS b, COUNT_IF(item IN ('x1', 'x2')) AS c,
    COUNT_IF(page LIKE 'cart%y_') AS d, COUNT_IF(UPPER(page) = 'HOME') AS e FROM clicks WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY user_id`);
  expect(column('clicks', 'AMOUNT')).toEqual(expect.arrayContaining([9950n, 9951n, 9949n]));
  expect(column('clicks', 'PAGE')).toEqual(expect.arrayContaining(['checkout']));
  expect(column('clicks', 'ITEM')).toEqual(expect.arrayContaining(['x1', 'x2']));
  const pages = ['1', '2', '3'].flatMap((seed) =>
    made(
      `SELECT user_id, COUNT_IF(page LIKE 'cart%y_') AS d, COUNT_IF(LOWER(page) = 'home') AS e FROM clicks GROUP BY user_id`,
      'user_id',
      seed,
    ).column('clicks', 'PAGE'),
  );
  expect(pages.filter((p) => /^cart.*y.$/.test(String(p))).length).toBeGreaterThan(0);
  expect(pages).toEqual(expect.arrayContaining(['home', 'HOME']));
});

test('times: at each edge of each window, a microsecond beside it, the turn of a year, several at once; also of DATEDIFF and frames', () => {
  const found = ['1', '2', '3', '4', '5'].flatMap((seed) => {
    const { column } = made(
      `SELECT user_id, COUNT(*) AS a, COUNT_IF(at >= as_of() - INTERVAL '1 hour') AS b FROM clicks WHERE DATEDIFF(day, at, as_of()) < 3 GROUP BY user_id`,
      'user_id',
      seed,
    );
    return column('clicks', 'AT');
  });
  for (const time of [0n, -hour, -72n * hour]) {
    expect(found).toContain(anchor + time);
    expect([1n, -1n].some((tick) => found.includes(anchor + time + tick))).toBe(true);
  }
  expect(new Set(found).size).toBeLessThan(found.length - 20);
  const framed =
    made(`WITH w AS (SELECT user_id, at, click_id, SUM(amount) OVER (PARTITION BY user_id ORDER BY at RANGE BETWEEN INTERVAL '7 minutes' PRECEDING AND CURRENT ROW) AS s FROM clicks)
    SELECT user_id, MAX(s) AS s FROM w GROUP BY user_id`);
  expect(cluesOf(framed.feature).distances).toContainEqual({ amount: 7n, unit: 'minute' });
});

test('a time that the query names is where events are', () => {
  const { column } = made(`SELECT user_id, COUNT(*) AS a FROM clicks WHERE at >= '2019-07-04 12:00:00'::TIMESTAMP_NTZ GROUP BY user_id`);
  const named = BigInt(Date.parse('2019-07-04T12:00:00Z')) * 1000n;
  expect(
    column('clicks', 'AT').filter((t) => typeof t === 'bigint' && t > named - 48n * hour && t < named + 48n * hour).length,
  ).toBeGreaterThan(10);
});

test('copies, NULLs, late and quarantined arrivals; of a table several versions, ties of them, deleted ones', () => {
  const rows = ['1', '2', '3'].map((seed) =>
    made('SELECT user_id, COUNT(*) AS n FROM clicks JOIN items ON items.item = clicks.item GROUP BY user_id', 'user_id', seed),
  );
  const all = (source: string, name: string): readonly Value[] => rows.flatMap((r) => r.column(source, name));
  const late = all('clicks', 'GOT').map((got, i) => [got, all('clicks', 'AT')[i]] as const);
  const delays = late.flatMap(([got, at]) => (typeof got === 'bigint' && typeof at === 'bigint' ? [got - at] : []));
  expect(delays.some((d) => d > 600_000_000n)).toBe(true);
  expect(delays.some((d) => d < -300_000_000n)).toBe(true);
  for (const name of ['AT', 'GOT', 'USER_ID', 'AMOUNT', 'PAYLOAD', 'CLICK_ID']) expect(all('clicks', name)).toContain(null);
  const identities = rows.map((r) => r.column('clicks', 'CLICK_ID').map((id, i) => `${id} ${r.column('clicks', 'AT')[i]}`));
  expect(identities.some((ids) => new Set(ids).size < ids.length)).toBe(true);
  expect(rows.some((r) => new Set(r.column('clicks', 'CLICK_ID')).size < new Set(identities[rows.indexOf(r)]).size)).toBe(true);
  expect(all('items', 'GONE')).toEqual(expect.arrayContaining([true, false, null]));
  for (const r of rows) expect(new Set(r.column('items', 'ITEM')).size).toBeLessThan(r.column('items', 'ITEM').length - 5);
});

test('what is joined shares its values: keys, entities of several streams, and paths in JSON', () => {
  const joined = made(
    'SELECT c.user_id, COUNT(o.order_id) AS n FROM clicks AS c LEFT JOIN orders AS o ON o.click_id = c.click_id GROUP BY c.user_id',
  );
  const keys = new Set(joined.column('clicks', 'CLICK_ID'));
  expect(joined.column('orders', 'CLICK_ID').filter((k) => k !== null && keys.has(k)).length).toBeGreaterThan(10);
  const union = made(
    'WITH u AS (SELECT user_id FROM clicks UNION ALL SELECT buyer FROM orders) SELECT user_id, COUNT(*) AS n FROM u GROUP BY user_id',
  );
  const users = new Set(union.column('clicks', 'USER_ID'));
  expect(union.column('orders', 'BUYER').filter((k) => k !== null && !users.has(k)).length).toBeLessThan(5);
  const nested = made(
    `SELECT c.user_id, COUNT(items.price) AS n FROM clicks AS c LEFT JOIN items ON items.item = c.payload:ref.item::VARCHAR GROUP BY c.user_id`,
  );
  const items = new Set(nested.column('items', 'ITEM'));
  const refs = nested.column('clicks', 'PAYLOAD').flatMap((p) => (typeof p === 'string' ? [JSON.parse(p)?.ref?.item] : []));
  expect(refs.filter((r) => items.has(r)).length).toBeGreaterThan(10);
});

test('JSON: the paths that are read lead to what is looked for, mostly; arrays have elements', () => {
  const { column } =
    made(`SELECT user_id, COUNT_IF(payload:page.kind::VARCHAR = 'checkout') AS a, MAX(TRY_CAST(f.value:price::VARCHAR AS NUMBER(10,2))) AS b,
    MAX(payload:tags[1]::VARCHAR) AS c FROM clicks, LATERAL FLATTEN(INPUT => payload:items) AS f GROUP BY user_id`);
  const documents = column('clicks', 'PAYLOAD').flatMap((p) => (typeof p === 'string' ? [JSON.parse(p)] : []));
  expect(documents.some((d) => d.page?.kind === 'checkout')).toBe(true);
  expect(documents.some((d) => d.page?.kind === undefined)).toBe(true);
  expect(documents.some((d) => Array.isArray(d.items) && d.items.length > 1)).toBe(true);
  expect(documents.some((d) => typeof d.items?.[0]?.price === 'number')).toBe(true);
  expect(documents.some((d) => typeof d.items?.[0]?.price === 'string')).toBe(true);
  expect(documents.some((d) => typeof d.tags?.[1] === 'string')).toBe(true);
});

test('a group that must be large has its rows', () => {
  const { column } = made(
    "SELECT user_id, COUNT(*) AS n FROM clicks WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY user_id HAVING COUNT(*) > 40",
  );
  const counts = new Map<Value, number>();
  for (const user of column('clicks', 'USER_ID')) counts.set(user, (counts.get(user) ?? 0) + 1);
  expect(Math.max(...counts.values())).toBeGreaterThan(60);
});

test('points: before, at and after the edges, entities with and without events', () => {
  const { feature, catalog } = made("SELECT user_id, COUNT(*) AS n FROM clicks WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY user_id");
  const generated = generateEvents(feature, catalog, '1', 0);
  const points = pointsOf(feature, catalog, generated, '1');
  const instants = new Set(points.map((p) => p.asOf));
  for (const tick of [-1n, 0n, 1n]) expect(instants).toContain(anchor + tick);
  const known = new Set(generated.events.get('clicks')?.rows.map((row) => row[1]));
  expect(points.some((p) => !known.has(p.entity[0] ?? null))).toBe(true);
  const times = (generated.events.get('clicks')?.rows ?? []).flatMap((row) => (typeof row[7] === 'bigint' ? [row[7]] : []));
  for (const tick of [-1n, 0n, 1n]) expect(times.some((t) => instants.has(t + hour + tick))).toBe(true);
});

test('the same seed makes the same events, another makes others', () => {
  const events = (seed: string): readonly Value[] =>
    made('SELECT user_id, COUNT(*) AS n FROM clicks GROUP BY user_id', 'user_id', seed).column('clicks', 'AT');
  expect(events('1')).toEqual(events('1'));
  expect(events('1')).not.toEqual(events('2'));
});
