/** `lockstep materialize`: all that can be wrong with what it is given, what it prints, versions that follow each other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { type Files, folderWith, lockstep, type Ran } from '../support/cli.ts';

const sources = `streams:
  views:
    warehouse: raw.web.views
    key: view_id
    event_time: viewed_at
    ingest_time: came_at
    lateness: 10 minutes
    columns: { view_id: VARCHAR, page: VARCHAR, price: "NUMBER(10,2)", weight: "NUMBER(4,0)", viewed_at: TIMESTAMP_NTZ, came_at: TIMESTAMP_NTZ }
`;

const feature = (window: string, every = '1 hour'): string => `/*---
entity: page
every: ${every}
---*/
SELECT page, COUNT(*) AS views, SUM(price) AS paid, MAX(weight) AS heaviest FROM views
WHERE viewed_at >= as_of() - INTERVAL '${window}'
GROUP BY page
`;

const config = (target = '{ engine: duckdb, path: raw.duckdb, schema: features }'): string => `name: pages\ntargets:\n  local: ${target}\n`;

/** A view of each page every quarter of an hour, for a day; a copy, one without a key, and one dated an hour ahead of its ingest. */
const rows = `CREATE SCHEMA web;
CREATE TABLE web.views AS
SELECT 'v' || n AS view_id, 'p' || n % 3 AS page, CAST(n AS DECIMAL(6,1)) AS price, CAST(n % 50 AS INTEGER) AS weight,
  TIMESTAMP '2026-01-01' + to_minutes(15 * n) AS viewed_at, TIMESTAMP '2026-01-01' + to_minutes(15 * n + 1) AS came_at
FROM range(96) AS r(n);
INSERT INTO web.views SELECT * REPLACE (came_at + INTERVAL 1 MINUTE AS came_at, 1000 AS price) FROM web.views WHERE view_id = 'v7';
INSERT INTO web.views VALUES (NULL, 'p0', 1, 1, '2026-01-01 03:00', '2026-01-01 03:00'), ('ahead', 'p0', 1, 1, '2026-01-01 05:00', '2026-01-01 04:00');`;

/** What the feature means, by hand. */
const byHand = (hours: number): string =>
  `SELECT page, t, count(*), CAST(sum(price) AS DECIMAL(38,2)), max(weight)
FROM range(TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02', INTERVAL 1 HOUR) AS instants(t)
JOIN (SELECT * FROM web.views WHERE view_id NOT IN ('ahead') AND price < 1000) ON viewed_at < t AND viewed_at >= t - INTERVAL ${hours} HOURS
GROUP BY ALL ORDER BY ALL`;

async function pages(files: Files = {}, sql = rows): Promise<string> {
  const folder = await folderWith({
    'lockstep.yml': config(),
    'transforms/sources.yml': sources,
    'transforms/features/page_views.sql': feature('2 hours'),
    ...files,
  });
  await asked(folder, sql);
  return folder;
}

/** Printed values. */
async function asked(folder: string, sql: string): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'));
  const connection = await instance.connect();
  const found = await connection.runAndReadAll(sql);
  const printed = found.getRows().map((row) => row.map(String).join(' '));
  connection.closeSync();
  instance.closeSync();
  return printed;
}

const materialize = (folder: string, ...more: readonly string[]): Promise<Ran> =>
  lockstep('materialize', '--project', folder, '--target', 'local', ...more);

const whole = ['--from', '2026-01-01', '--to', '2026-01-02'];
const shown = 'SELECT page, as_of, views, paid, heaviest FROM features.page_views ORDER BY ALL';
const relations = "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema <> 'web' ORDER BY ALL";
const versionsShown = 'SELECT DISTINCT lockstep_version FROM features.page_views';
const ledgerNames = ['lockstep_dirty', 'lockstep_late_events', 'lockstep_runs', 'lockstep_seen', 'lockstep_shown'];

test('rows are those of SQL by hand, in the relations that dbt has', async () => {
  const folder = await pages();
  const { code, out, err } = await materialize(folder, ...whole, '--chunk', '5');
  expect({ code, err: err.split('\n').at(-2) }).toEqual({
    code: 0,
    err: expect.stringMatching(/^5 chunks, about \d+\.\d s with the cleaning of raw rows$/),
  });
  const [line = ''] = out.split('\n').filter((l) => l.startsWith('page_views'));
  const version = line.split(/ +/)[1];
  expect(line).toMatch(/^page_views {2}[0-9a-f]{16} {2}2026-01-01T00:00:00 {2}2026-01-02T00:00:00 {7}5 {4}69 {8}0 {5}0 {6}0 {6}\d\.\d$/);
  expect(await asked(folder, shown)).toEqual(await asked(folder, byHand(2)));
  expect(await asked(folder, relations)).toEqual(
    [...ledgerNames, 'page_views', `page_views__${version}`].map((name) => `features.${name}`),
  );
});

test('as JSON: what was done, and what would be', async () => {
  const folder = await pages();
  const planned = JSON.parse((await materialize(folder, ...whole, '--chunk', '10', '--plan', '--format', 'json')).out);
  const interval = { from: '2026-01-01T00:00:00.000000', to: '2026-01-02T00:00:00.000000', instants: 24, chunks: 3, skipped: 0 };
  const [guess] = planned.features;
  expect(guess).toMatchObject({
    feature: 'page_views',
    ...interval,
    rows: null,
    basis: 'guessed from 99 raw rows',
    seconds: expect.any(Number),
  });
  expect(guess.relation).toBe(`features.page_views__${guess.version}`);
  const { features, failed } = JSON.parse((await materialize(folder, ...whole, '--chunk', '10', '--format', 'json')).out);
  expect(failed).toEqual([]);
  expect(features).toMatchObject([
    {
      feature: 'page_views',
      version: guess.version,
      relation: guess.relation,
      ...interval,
      chunksLeft: 0,
      rows: 69,
      lateEvents: 0,
      dirtyInstants: 0,
      shown: guess.version,
    },
  ]);
  const [next] = JSON.parse((await materialize(folder, '--to', '2026-01-02T06:00:00', '--plan', '--format', 'json')).out).features;
  // The last hour once more, and six that are new; 69 rows in 24 instants.
  expect(next).toMatchObject({ from: '2026-01-01T23:00:00.000000', instants: 7, skipped: 23, rows: 20, basis: 'measured on 24 instants' });
});

test('a plan writes nothing, and reads beside others who read', async () => {
  const folder = await pages();
  const before = await stat(join(folder, 'raw.duckdb'));
  const { code, out } = await materialize(folder, ...whole, '--plan');
  expect({ code, lines: out.split('\n').length }).toEqual({ code: 0, lines: 5 });
  expect((await stat(join(folder, 'raw.duckdb'))).mtimeMs).toBe(before.mtimeMs);
  expect(await asked(folder, relations)).toEqual([]);
});

test.each<[string, readonly string[], string]>([
  ['no target', ['--target', 'nope'], 'there is no target nope'],
  ['an unknown feature', ['page_view', ...whole], 'there is no feature page_view'],
  ['the first run without a beginning', [], 'nothing of page_views in version'],
  ['from after to', ['--from', '2026-01-02', '--to', '2026-01-01'], '--from 2026-01-02 is not before --to 2026-01-01'],
  ['no instant', ['--from', 'yesterday'], '--from is yesterday'],
  [
    'beside the grid',
    ['--from', '2026-01-01T00:30:00'],
    '--from 2026-01-01T00:30:00.000000 is no instant of page_views, whose grid is every hour',
  ],
  [
    'to, beside the grid',
    ['--from', '2026-01-01', '--to', '2026-01-01T03:00:00.000001'],
    '--to 2026-01-01T03:00:00.000001 is no instant of page_views',
  ],
  ['what is still to come', ['--from', '2999-01-01'], '--from 2999-01-01T00:00:00.000000 is still to come'],
  ['a chunk of nothing', [...whole, '--chunk', '0'], '--chunk 0 is no number of instants'],
  ['a cost', [...whole, '--max-cost', '3'], '--max-cost is for warehouses that bill, and the target local is a DuckDB file'],
  ['too long', [...whole, '--chunk', '1', '--max-seconds', '1'], 'this is estimated to take 1.2 s, and --max-seconds is 1'],
  ['a format', [...whole, '--format', 'xml'], '--format xml: it is one of text, json'],
])('%s: said, and nothing is written', async (_, options, message) => {
  const folder = await pages();
  const { code, out, err } = await materialize(folder, ...options);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`error: ${message}`);
  expect(await asked(folder, relations)).toEqual([]);
});

test.each<[string, Files, string, string]>([
  ['Snowflake', { 'lockstep.yml': config('{ engine: snowflake }') }, rows, 'the target local is on Snowflake, where dbt fills the tables'],
  ['no file', { 'lockstep.yml': config('{ engine: duckdb, path: none.duckdb }') }, rows, 'the target local has no file at none.duckdb'],
  ['no relation', {}, 'CREATE SCHEMA web', 'the target local has no relation raw.web.views, where the source views is'],
  [
    'no column',
    {},
    `${rows}; ALTER TABLE web.views DROP weight`,
    'the source views: the column WEIGHT is declared NUMBER(4,0), and raw.web.views does not have it',
  ],
  [
    'another type',
    {},
    `${rows}; ALTER TABLE web.views ALTER price TYPE DOUBLE`,
    'the source views: the column PRICE is declared NUMBER(10,2), and raw.web.views has it as DOUBLE, which does not cast exactly',
  ],
  [
    'a number that is too large',
    {},
    `${rows}; UPDATE web.views SET weight = 12345 WHERE view_id = 'v3'`,
    'the source views: a value of the column WEIGHT: ',
  ],
  [
    'a dbt model',
    { 'transforms/sources.yml': sources.replace('raw.web.views', "ref('stg_x')") },
    rows,
    'the source views is the dbt model stg_x: where dbt built it, the target local does not say',
  ],
])('%s: said, and nothing is written', async (_, files, sql, message) => {
  const folder = await pages(files, sql);
  const { code, out, err } = await materialize(folder, ...whole);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`error: ${message}`);
  expect(await asked(folder, relations)).toEqual([]);
});

test('a project that does not compile: what is wrong, unless others are named', async () => {
  const folder = await pages({ 'transforms/features/broken.sql': feature('2 hours').replace('SUM(price)', 'SUM(prize)') });
  const { code, err } = await materialize(folder, ...whole);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/unknown-column[\s\S]*error: the project does not compile/) });
  expect((await materialize(folder, 'page_views', ...whole)).code).toBe(0);
});

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the file is open elsewhere: said so', async () => {
  const folder = await pages();
  const script = `import { DuckDBInstance } from '@duckdb/node-api';
await DuckDBInstance.create(process.argv[1]);
console.log('open');
setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', script, join(folder, 'raw.duckdb')], { cwd: root });
  try {
    await once(other.stdout, 'data');
    for (const more of [[], ['--plan']])
      expect(await materialize(folder, ...whole, ...more)).toEqual({
        code: 2,
        out: '',
        err: 'error: another process has the file of the target local open: raw.duckdb\nhint: it is free again when that process ends\n',
      });
  } finally {
    other.kill('SIGKILL');
  }
});

test('a feature that fails leaves nothing of the chunk, and the others are computed', async () => {
  const overflow = feature('2 hours').replace('SUM(price)', 'SUM(CAST(weight AS NUMBER(38,0)) * 99999999999999999999999999999999999999)');
  const folder = await pages({ 'transforms/features/large.sql': overflow });
  const { code, err } = await materialize(folder, ...whole);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('error: large: duckdb failed: Out of Range') });
  expect(await asked(folder, shown)).toEqual(await asked(folder, byHand(2)));
  expect(await asked(folder, "SELECT count(*) FROM features.lockstep_runs WHERE feature = 'large'")).toEqual(['0']);
  expect((await asked(folder, relations)).filter((name) => name.includes('large'))).toEqual([]);
});

test('raw rows that changed are computed again where one says so', async () => {
  const folder = await pages();
  await materialize(folder, ...whole);
  const before = await asked(folder, shown);
  await asked(folder, "UPDATE web.views SET price = 77.5 WHERE view_id = 'v20'");
  await materialize(folder, ...whole);
  expect(await asked(folder, shown)).toEqual(before);
  const { out } = await materialize(folder, ...whole, '--again', '--format', 'json');
  expect(JSON.parse(out).features[0]).toMatchObject({ instants: 24, skipped: 0 });
  expect(await asked(folder, shown)).toEqual(await asked(folder, byHand(2)));
  expect(await asked(folder, shown)).not.toEqual(before);
});

test('relations that the ledger does not account for are left alone', async () => {
  const folder = await pages();
  await materialize(folder, ...whole);
  const [version = ''] = await asked(folder, versionsShown);
  await asked(folder, `UPDATE features.page_views__${version} SET lockstep_version = 'x' WHERE as_of = '2026-01-01 05:00'`);
  const other = `features.page_views__${version} holds rows of version x, and this is version ${version}`;
  expect(await materialize(folder, ...whole)).toMatchObject({ code: 2, err: expect.stringContaining(`error: ${other}`) });
  await asked(folder, 'DROP TABLE features.lockstep_runs');
  await asked(folder, `UPDATE features.page_views__${version} SET lockstep_version = '${version}'`);
  const unknown = `features.page_views__${version} is there, and lockstep_runs does not say which instants it holds`;
  expect(await materialize(folder, ...whole)).toMatchObject({ code: 2, err: expect.stringContaining(`error: ${unknown}`) });
  // Gone: it is computed from its beginning, whatever the ledger says.
  await asked(folder, `DROP VIEW features.page_views; DROP TABLE features.page_views__${version}`);
  expect((await materialize(folder)).err).toContain('where does its history begin?');
  expect((await materialize(folder, ...whole)).code).toBe(0);
  expect(await asked(folder, shown)).toEqual(await asked(folder, byHand(2)));
});

test('an edit that changes values fills a relation of its own; the name moves when that holds what the older does', async () => {
  const folder = await pages();
  await materialize(folder, ...whole);
  const [before = ''] = await asked(folder, versionsShown);
  const older = await asked(folder, `SELECT * FROM features.page_views__${before} ORDER BY ALL`);
  await writeFile(join(folder, 'transforms/features/page_views.sql'), feature('3 hours'));
  const first = await materialize(folder, '--from', '2026-01-01T08:00:00', '--to', '2026-01-02');
  expect(first.err).toMatch(
    new RegExp(`page_views still shows version ${before}: version [0-9a-f]{16} does not hold all of its instants yet\n$`),
  );
  expect(await asked(folder, versionsShown)).toEqual([before]);
  await materialize(folder, '--from', '2026-01-01', '--to', '2026-01-01T07:00:00');
  expect(await asked(folder, versionsShown)).toEqual([before]);
  await materialize(folder, '--from', '2026-01-01', '--to', '2026-01-01T08:00:00');
  const [after = ''] = await asked(folder, versionsShown);
  expect(after).not.toBe(before);
  expect(await asked(folder, shown)).toEqual(await asked(folder, byHand(3)));
  expect(await asked(folder, `SELECT * FROM features.page_views__${before} ORDER BY ALL`)).toEqual(older);
  expect(await asked(folder, 'SELECT version FROM features.lockstep_shown ORDER BY recorded_at')).toEqual([before, after]);
});

test('a target says its schema, by default that of DuckDB', async () => {
  process.env['PAGES_SCHEMA'] = 'from there';
  const folder = await pages({ 'lockstep.yml': config(`{ engine: duckdb, path: raw.duckdb, schema: "{{ env_var('PAGES_SCHEMA') }}" }`) });
  expect((await materialize(folder, ...whole)).code).toBe(0);
  expect(await asked(folder, 'SELECT count(*) FROM "from there".page_views')).toEqual(['69']);
  const plain = await pages({ 'lockstep.yml': config('{ engine: duckdb, path: raw.duckdb }') });
  expect((await materialize(plain, ...whole)).code).toBe(0);
  expect(await asked(plain, 'SELECT count(*) FROM main.page_views')).toEqual(['69']);
});

test.each([
  ['a view', 'CREATE VIEW features.PAGE_VIEWS AS SELECT 42 AS precious'],
  ['a view', 'CREATE TABLE main.page_views__raw AS SELECT 42 AS precious; CREATE VIEW features.page_views AS FROM main.page_views__raw'],
  ['a table', 'CREATE TABLE features.page_views AS SELECT 42 AS precious'],
])('%s of somebody else with the name of a feature stays', async (kind, sql) => {
  const folder = await pages({}, `${rows} CREATE SCHEMA features; ${sql};`);
  for (const more of [[], ['--plan']]) {
    const { code, out, err } = await materialize(folder, ...whole, ...more);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`features.page_views is ${kind} that Lockstep has not made`);
  }
  expect(await asked(folder, 'SELECT precious FROM features.page_views')).toEqual(['42']);
  expect((await asked(folder, relations)).filter((name) => name.startsWith('features.'))).toHaveLength(1);
});

test('one arrival that is dated ahead of the clock does not hide others that are late', async () => {
  const insert = (id: string, viewed: string, came: string): string =>
    `INSERT INTO web.views VALUES ('${id}', 'p0', 1, 1, '${viewed}', '${came}')`;
  const folder = await pages();
  await materialize(folder, ...whole);
  await asked(folder, insert('ahead of the clock', '2026-01-01 23:30', '2099-01-01'));
  await materialize(folder, ...whole);
  await asked(folder, insert('late', '2026-01-01 05:00', '2026-01-02 10:00'));
  const found = JSON.parse((await materialize(folder, ...whole, '--format', 'json')).out).features[0];
  expect(found).toMatchObject({ lateEvents: 1, dirtyInstants: 2 });
  const repaired = JSON.parse((await materialize(folder, ...whole, '--repair', '--format', 'json')).out).features[0];
  expect(repaired).toMatchObject({ dirtyInstants: 0 });
  expect(await asked(folder, shown)).toEqual(await asked(folder, byHand(2)));
});

test('a repair of an interval that ends before the last instant says that it does not look for late events', async () => {
  const folder = await pages();
  await materialize(folder, ...whole);
  const { code, err } = await materialize(folder, '--to', '2026-01-01T12:00:00', '--repair');
  expect({ code, said: err.includes('page_views: events that came too late were not looked for') }).toEqual({ code: 0, said: true });
  expect((await materialize(folder, ...whole, '--repair')).err).not.toContain('were not looked for');
});
