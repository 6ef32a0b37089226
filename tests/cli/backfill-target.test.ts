/** `lockstep backfill --target`: from a DuckDB file that was made by hand, and all that can be wrong with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSources } from '../../compiler/authoring/sources.ts';
import type { Source } from '../../compiler/catalog.ts';
import { number, timestamp, varchar } from '../../compiler/sql-type.ts';
import { pieceRows } from '../../runners/stream/store/fill.ts';
import { openKept } from '../../runners/stream/store/kept.ts';
import { openDuckdbWarehouse } from '../../runners/warehouse/duckdb-warehouse.ts';
import { type Files, folderWith, lockstep, type Ran } from '../support/cli.ts';

const sources = `streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id
    event_time: sold_at
    ingest_time: came_at
    columns: { sale_id: NUMBER(9,0), shop: VARCHAR, price: "NUMBER(10,2)", sold_at: TIMESTAMP_NTZ, came_at: TIMESTAMP_NTZ }
tables:
  shops:
    warehouse: raw.shop.shops
    key: shop
    updated_at: updated_at
    columns: { shop: VARCHAR, country: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;

const good = `CREATE SCHEMA shop;
CREATE TABLE shop.sales (Sale_Id INTEGER, shop VARCHAR, price DECIMAL(6,1), sold_at TIMESTAMP, came_at TIMESTAMP_MS, "a; ""b" VARCHAR);
INSERT INTO shop.sales VALUES
  (1, 'a', 1.5, '2026-01-01 11:59:59.999999', '2026-01-01 12:00:01', ''),
  (2, 'a', 2.5, '2026-01-01 12:00:00', '2026-01-01 12:00:02', ''),
  (3, 'o''b', -0.1, '2026-01-01 12:00:00.000001', '2026-01-01 12:00:03.123', ''),
  (3, 'o''b', -0.1, '2026-01-01 12:00:00.000001', '2026-01-01 12:00:03.123', '');
CREATE TABLE shop.shops (shop VARCHAR, country VARCHAR, updated_at TIMESTAMP);
INSERT INTO shop.shops VALUES ('a', 'DE', '2020-01-01'), ('a', 'FR', '2026-01-02');`;

const config = (target: string): string => `name: small\ntargets:\n  raw: ${target}\n`;

async function shop(sql: string, files: Files = {}): Promise<string> {
  const folder = await folderWith({
    'lockstep.yml': config('{ engine: duckdb, path: raw.duckdb }'),
    'transforms/sources.yml': sources,
    ...files,
  });
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'));
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  return folder;
}

const backfill = (folder: string, ...more: string[]): Promise<Ran> =>
  lockstep('backfill', '--project', folder, '--target', 'raw', '--since', '2026-01-01T12:00:00', ...more);

const catalogOf = (text: string) => readSources({ path: 'sources.yml', text }, []);
const storedSales = [
  { name: 'SALE_ID', type: number(9) },
  { name: 'SHOP', type: varchar },
  { name: 'PRICE', type: number(10, 2) },
  { name: 'SOLD_AT', type: timestamp },
  { name: 'CAME_AT', type: timestamp },
];

async function inStore(folder: string) {
  const store = await openKept(join(folder, '.lockstep/store/events.duckdb'), catalogOf(sources).sources);
  const reader = await store.reader();
  const columns = storedSales.map((c) => c.name).join(', ');
  const sales = await reader.query(`SELECT ${columns} FROM SALES ORDER BY ALL`, storedSales);
  const shops = await reader.query('SELECT SHOP, COUNTRY FROM SHOPS ORDER BY ALL', [
    { name: 'SHOP', type: varchar },
    { name: 'COUNTRY', type: varchar },
  ]);
  const state = store.state().sources;
  reader.close();
  await store.close();
  return { sales, shops, state };
}

const noon = 1_767_268_800_000_000n;
const isWritten = (folder: string): Promise<boolean> =>
  stat(join(folder, '.lockstep')).then(
    () => true,
    () => false,
  );

test('rows dated from --since on, to the microsecond, and all versions of tables', async () => {
  const folder = await shop(good);
  expect(await backfill(folder)).toEqual({
    code: 0,
    err: '',
    out: `sales: 2 new rows, 1 there already, of 3; complete to arrivals of 2026-01-01T12:00:03.123000
shops: 2 new rows, 0 there already, of 2; complete to arrivals of 2026-01-02T00:00:00.000000\n`,
  });
  const { sales, shops, state } = await inStore(folder);
  expect(sales).toEqual([
    [2n, 'a', 250n, noon, noon + 2_000_000n],
    [3n, "o'b", -10n, noon + 1n, noon + 3_123_000n],
  ]);
  expect(shops).toEqual([
    ['a', 'DE'],
    ['a', 'FR'],
  ]);
  expect(state.get('sales')?.history.filled).toEqual({ since: noon, until: noon + 3_123_000n });
  expect(await backfill(folder, '--source', 'sales', '--until', '2026-01-03T00:00:00')).toMatchObject({
    out: 'sales: 0 new rows, 3 there already, of 3; complete to arrivals of 2026-01-03T00:00:00.000000\n',
  });
});

test('the file is read only: nothing is written to it, nor beside it', async () => {
  const folder = await shop(good);
  const before = await stat(join(folder, 'raw.duckdb'));
  await backfill(folder);
  expect((await stat(join(folder, 'raw.duckdb'))).mtimeMs).toBe(before.mtimeMs);
  // Somebody else reads it meanwhile, which only readers can.
  const script = `import { DuckDBInstance } from '@duckdb/node-api';
await DuckDBInstance.create(process.argv[1], { access_mode: 'READ_ONLY' });
console.log('open');
setInterval(() => {}, 1000);`;
  const reader = spawn(process.execPath, ['--input-type=module', '-e', script, join(folder, 'raw.duckdb')], { cwd: root });
  try {
    await once(reader.stdout, 'data');
    expect((await backfill(folder, '--store', 'other')).code).toBe(0);
  } finally {
    reader.kill('SIGKILL');
  }
});

test('rows without key or time, and those dated ahead of their ingest, are quarantined and counted', async () => {
  const folder = await shop(`${good}
INSERT INTO shop.sales VALUES
  (NULL, 'a', 1, '2026-01-01 13:00:00', '2026-01-01 13:00:00', ''),
  (8, 'a', 1, NULL, '2026-01-01 13:00:00', ''),
  (9, 'a', 1, '2026-01-01 14:00:00', '2026-01-01 13:00:00', '');
INSERT INTO shop.shops VALUES (NULL, 'DE', '2020-01-01'), ('b', 'DE', NULL);`);
  expect((await backfill(folder)).out).toMatch(
    /^sales: 2 new rows, 1 there already, 3 quarantined, of 6;.*\nshops: 2 new rows, 0 there already, 2 quarantined, of 4;/,
  );
  const { sales, state } = await inStore(folder);
  expect(sales.map(([id]) => id)).toEqual([2n, 3n]);
  expect([state.get('sales')?.counts.quarantined, state.get('shops')?.counts.quarantined]).toEqual([3, 2]);
});

test.each<[string, string, string]>([
  [
    'a column that is not there',
    'ALTER TABLE shop.sales DROP price',
    'the source sales: the column PRICE is declared NUMBER(10,2), and raw.shop.sales does not have it',
  ],
  [
    'of the last source',
    'ALTER TABLE shop.shops DROP country',
    'the source shops: the column COUNTRY is declared VARCHAR, and raw.shop.shops does not have it',
  ],
  [
    'a price that was rounded to a DOUBLE',
    'ALTER TABLE shop.sales ALTER price TYPE DOUBLE',
    'the source sales: the column PRICE is declared NUMBER(10,2), and raw.shop.sales has it as DOUBLE, which does not cast exactly',
  ],
  [
    'more digits after the point',
    'ALTER TABLE shop.sales ALTER price TYPE DECIMAL(10,3)',
    'the source sales: the column PRICE is declared NUMBER(10,2), and raw.shop.sales has it as DECIMAL(10,3), which does not cast exactly',
  ],
  [
    'nanoseconds',
    'ALTER TABLE shop.sales ALTER sold_at TYPE TIMESTAMP_NS',
    'the source sales: the column SOLD_AT is declared TIMESTAMP_NTZ, and raw.shop.sales has it as TIMESTAMP_NS, which does not cast exactly',
  ],
  [
    'an instant, whose wall clock depends on who reads it',
    'ALTER TABLE shop.sales ALTER sold_at TYPE TIMESTAMPTZ',
    "the source sales: the column SOLD_AT is declared TIMESTAMP_NTZ, and raw.shop.sales has it as TIMESTAMP WITH TIME ZONE, which does not cast exactly\nhint: a view may say which wall clock is meant: AT TIME ZONE 'UTC'",
  ],
  [
    'a number that the declared type does not hold',
    "INSERT INTO shop.sales VALUES (1000000000, 'a', 1, '2026-01-01 13:00:00', NULL, '')",
    'the source sales: a value of the column SALE_ID: the number does not fit NUMBER(9,0)',
  ],
  [
    'a time without end',
    "INSERT INTO shop.shops VALUES ('b', 'DE', 'infinity')",
    'the source shops: a value of the column UPDATED_AT: the value is beyond TIMESTAMP_NTZ',
  ],
  [
    'a relation that is not there',
    'DROP TABLE shop.shops',
    'the target raw has no relation raw.shop.shops, where the source shops is\nhint: ',
  ],
])('%s: said before anything is written', async (_, sql, message) => {
  const folder = await shop(`${good}\n${sql}`);
  const { code, out, err } = await backfill(folder);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.startsWith(`error: ${message}`) || err).toBe(true);
  expect(await isWritten(folder)).toBe(false);
});

test.each<[string, string, string]>([
  [
    'a target on Snowflake without an account',
    '{ engine: snowflake }',
    'error: the target raw is on Snowflake, and lockstep.yml does not say its account\nhint: targets: { raw: { account: my_organization-my_account } }\n',
  ],
  [
    'no path',
    '{ engine: duckdb }',
    'error: the target raw does not say where its file is\nhint: targets: { raw: { engine: duckdb, path: warehouse.duckdb } }\n',
  ],
  [
    'no file',
    '{ engine: duckdb, path: other.duckdb }',
    'error: the target raw has no file at other.duckdb\nhint: its path is relative to the project\n',
  ],
  [
    'a variable that is not set',
    `{ engine: duckdb, path: "{{ env_var('NOT_SET_ANYWHERE') }}" }`,
    'error: path of the target raw in lockstep.yml takes NOT_SET_ANYWHERE from the environment, which has no such value\n',
  ],
  [
    'another expression',
    '{ engine: duckdb, path: "{{ var(1) }}" }',
    "error: path of the target raw in lockstep.yml has {{ var(1) }}\nhint: what is understood there is {{ env_var('NAME') }}\n",
  ],
])('%s is refused', async (_, target, message) => {
  const folder = await shop(good, { 'lockstep.yml': config(target) });
  expect(await backfill(folder)).toEqual({ code: 2, out: '', err: message });
  expect(await isWritten(folder)).toBe(false);
});

test('a target that is not there: those that are', async () => {
  const folder = await shop(good, { 'lockstep.yml': 'targets: { prod: { engine: snowflake }, local: { engine: duckdb } }\n' });
  expect(await backfill(folder)).toEqual({ code: 2, out: '', err: 'error: there is no target raw\nhint: there are prod, local\n' });
  const none = await shop(good, { 'lockstep.yml': 'name: small\n' });
  expect(await backfill(none)).toEqual({ code: 2, out: '', err: 'error: there is no target raw\nhint: lockstep.yml has no `targets`\n' });
});

test('one of --events and --target', async () => {
  const folder = await shop(good);
  const refused = {
    code: 2,
    out: '',
    err: 'error: history comes from files or from a warehouse\nhint: give one of --events <dir> and --target <name>\n',
  };
  expect(await backfill(folder, '--events', folder)).toEqual(refused);
  expect(await lockstep('backfill', '--project', folder, '--since', 'beginning')).toEqual(refused);
});

test('what comes from the environment is in no message', async () => {
  process.env['SECRET_FILE'] = 's3cret.duckdb';
  const folder = await shop(good, {
    'lockstep.yml': config(`{ engine: duckdb, path: "{{ env_var('SECRET_FILE') }}" }`),
    's3cret.duckdb': 'this is no database, and long enough to be looked at as one: '.repeat(100),
  });
  const { code, err } = await backfill(folder);
  expect(code).toBe(2);
  expect(err).toContain("{{ env_var('SECRET_FILE') }}");
  expect(err).not.toContain('s3cret');
});

test('a source that is a dbt model: its relation is said, or it is refused', async () => {
  const files = { 'transforms/sources.yml': sources.replace('raw.shop.shops', `"ref('stg_shops')"`) };
  const folder = await shop(good, files);
  expect(await backfill(folder)).toEqual({
    code: 2,
    out: '',
    err: `error: the source shops is the dbt model stg_shops: where dbt built it, the target raw does not say
hint: say its relation in lockstep.yml, targets: { raw: { models: { stg_shops: database.schema.table } } }\n`,
  });
  const said = await shop(good, {
    ...files,
    'lockstep.yml': config('{ engine: duckdb, path: raw.duckdb, models: { stg_shops: shop.shops } }'),
  });
  expect(await backfill(said)).toMatchObject({ code: 0, err: '' });
});

test('names of the warehouse are names, whatever they hold', async () => {
  const hostile = 'shops" UNION SELECT \'x';
  const folder = await shop(`${good}\nALTER TABLE shop.shops RENAME TO "${hostile.replaceAll('"', '""')}"`, {
    'transforms/sources.yml': sources.replace('raw.shop.shops', JSON.stringify(`raw.shop.${hostile}`)),
  });
  expect(parse(sources.replace('raw.shop.shops', JSON.stringify(`raw.shop.${hostile}`))).tables.shops.warehouse).toBe(
    `raw.shop.${hostile}`,
  );
  expect((await backfill(folder)).out).toContain('shops: 2 new rows');
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const many = 130_000;
const manySales = `${good}
INSERT INTO shop.sales SELECT 10 + i, 'a', 1, TIMESTAMP '2026-01-02' + to_microseconds(i), TIMESTAMP '2026-01-02' + to_microseconds(i), '' FROM range(${many}) AS r(i)`;

test('killed in the middle: nothing is complete, and repeated it is the same store', async () => {
  const whole = await shop(manySales);
  expect((await backfill(whole)).code).toBe(0);
  const folder = await shop(manySales);
  // As the command does it, and ends itself when the second piece is in.
  const script = `import { mkdirSync } from 'node:fs';
import { loadProject } from './runners/cli/load.ts';
import { fill } from './runners/stream/store/fill.ts';
import { openKept } from './runners/stream/store/kept.ts';
import { openTarget } from './runners/warehouse/open-target.ts';
const { folder, authored: { config, catalog } } = await loadProject(process.argv[1]);
const past = await (await openTarget({ name: 'raw', declared: config.targets.raw, folder, environment: {} }, 'backfill')).past(catalog.sources[0], ${noon}n);
mkdirSync(folder + '/.lockstep/store', { recursive: true });
const store = await openKept(folder + '/.lockstep/store/events.duckdb', catalog.sources);
const step = (rows) => rows > 60_000 && process.kill(process.pid, 'SIGKILL');
await fill(store, { source: past.source, pieces: past.pieces(), since: ${noon}n, until: null }, 1n, step);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, folder], { cwd: root, stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  const between = await inStore(folder);
  expect(between.sales.length).toBeGreaterThan(60_000);
  expect(between.sales.length).toBeLessThan(many);
  expect(between.state.get('sales')?.history.filled).toBeNull();
  expect((await backfill(folder)).code).toBe(0);
  const [wanted, repeated] = [await inStore(whole), await inStore(folder)];
  expect(repeated.state.get('sales')?.history).toEqual(wanted.state.get('sales')?.history);
  expect(repeated.sales.map(String)).toEqual(wanted.sales.map(String));
  expect(repeated.shops).toEqual(wanted.shops);
});

test('beside a server that runs: who holds the store, and nothing is loaded', async () => {
  const folder = await shop(good);
  const main = "import { main } from './runners/cli/main.ts'; process.exitCode = await main(process.argv.slice(1));";
  const { KAFKA_BROKERS: _, ...env } = process.env;
  const store = join(folder, '.lockstep/store');
  const args = ['serve', '--port', '0', '--project', folder, '--store', store];
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', main, '--', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  for await (const piece of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(piece);
    if (said.includes('"serving"')) break;
  }
  expect(said).toContain('"serving"');
  const refused = {
    ...{ code: 2, out: '' },
    err: 'error: the store is in use\nhint: stop the server first: `lockstep serve` holds it\n',
  };
  expect(await backfill(folder)).toEqual(refused);
  child.stderr.resume();
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect((await inStore(folder)).sales).toEqual([]);
  expect((await backfill(folder)).code).toBe(0);
});

test('rows come in pieces of one commit, and whoever stops reads no further', async () => {
  const folder = await shop(manySales);
  const [sales] = catalogOf(sources).sources;
  const warehouse = await openDuckdbWarehouse(join(folder, 'raw.duckdb'), { name: 'raw', path: 'raw.duckdb' }, () => ['shop', 'sales']);
  const past = await warehouse.past(sales as Source, noon);
  const sizes: number[] = [];
  for await (const piece of past.pieces()) sizes.push(piece.length);
  expect([past.total, sizes.reduce((a, b) => a + b, 0)]).toEqual([many + 3, many + 3]);
  expect(Math.max(...sizes)).toBeLessThan(pieceRows + 5000);
  for await (const piece of past.pieces()) {
    expect(piece.length).toBeGreaterThanOrEqual(pieceRows);
    break;
  }
  warehouse.close();
});
