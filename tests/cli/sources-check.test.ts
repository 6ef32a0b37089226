/** `lockstep sources check` on DuckDB files made by hand: each finding, its numbers, and the features that it concerns. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { integer, number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import { typeFits } from '../../runners/sources/check/type-fit.ts';
import { unusualDays } from '../../runners/sources/check/volume.ts';
import { type Files, folderWith, lockstep, type Ran } from '../support/cli.ts';

const sources = `streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id
    event_time: sold_at
    ingest_time: came_at
    lateness: 10 minutes
    columns:
      sale_id: NUMBER(9,0)
      shop: VARCHAR
      status: VARCHAR
      buyer: { type: VARCHAR, pii: true }
      price: "NUMBER(10,2)"
      sold_at: TIMESTAMP_NTZ
      came_at: TIMESTAMP_NTZ
tables:
  shops:
    warehouse: raw.shop.shops
    key: shop
    updated_at: updated_at
    columns: { shop: VARCHAR, country: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;

const feature = (header: string, sql: string): string => `/*---\nentity: shop\nevery: 1 hour\n${header}---*/\n${sql}\n`;

const features: Files = {
  'transforms/features/paid.sql': feature(
    'owner: money\n',
    `WITH s AS (SELECT shop, status AS state, price FROM sales)
SELECT shop, SUM(CASE state WHEN 'paid' THEN price WHEN 'settled' THEN price END) AS paid, COUNT_IF(UPPER(state) = 'OPEN') AS open FROM s GROUP BY shop`,
  ),
  'transforms/features/buyers.sql': feature(
    'owner: growth\n',
    "SELECT shop, COUNT(DISTINCT buyer) AS buyers, COUNT_IF(buyer = 'nobody') AS nobody FROM sales GROUP BY shop",
  ),
  'transforms/features/lost.sql': feature(
    '',
    "SELECT shop, COUNT(*) AS lost FROM sales WHERE status IN ('lost', 'refunded') GROUP BY shop",
  ),
  'transforms/features/country.sql': feature('owner: money\n', 'SELECT shop, country FROM shops'),
};

/** Ten whole days with twelve sales each, the last of them at 2026-01-31T22:00, and nothing wrong with any. */
const good = `CREATE SCHEMA shop;
CREATE TABLE shop.sales (sale_id BIGINT, shop VARCHAR, status VARCHAR, buyer VARCHAR, price DECIMAL(10,2), sold_at TIMESTAMP, came_at TIMESTAMP);
INSERT INTO shop.sales SELECT i, 'a', CASE i % 4 WHEN 0 THEN 'paid' WHEN 1 THEN 'settled' WHEN 2 THEN 'lost' ELSE 'refunded' END,
  CASE WHEN i % 2 = 0 THEN 'nobody' ELSE 'ann@example.com' END, 1.25, t, t + INTERVAL 1 SECOND
  FROM (SELECT i, TIMESTAMP '2026-01-22' + to_hours(2 * i) AS t FROM range(120) AS r(i));
CREATE TABLE shop.shops (shop VARCHAR, country VARCHAR, updated_at TIMESTAMP);
INSERT INTO shop.shops VALUES ('a', 'DE', '2020-01-01'), ('a', 'FR', '2026-01-02');`;

const now = '2026-01-31T22:30:00';

async function project(sql: string, files: Files = {}): Promise<string> {
  const folder = await folderWith({
    'lockstep.yml': 'name: small\ntargets:\n  local: { engine: duckdb, path: raw.duckdb }\n',
    'transforms/sources.yml': sources,
    ...features,
    ...files,
  });
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'));
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  return folder;
}

const check = (folder: string, ...more: readonly string[]): Promise<Ran> =>
  lockstep('sources', 'check', '--project', folder, '--target', 'local', '--now', now, ...more);

interface Found {
  readonly code: number;
  readonly findings: readonly { readonly [key: string]: unknown }[];
}

async function found(sql: string, files: Files = {}, ...more: readonly string[]): Promise<Found> {
  const { code, out, err } = await check(await project(sql, files), '--format', 'json', ...more);
  expect(err).toBe('');
  return { code, findings: JSON.parse(out).findings };
}

const [paid, buyers, lost, country] = [
  { name: 'paid', owner: 'money' },
  { name: 'buyers', owner: 'growth' },
  { name: 'lost', owner: null },
  { name: 'country', owner: 'money' },
];
const ofSales = [buyers, lost, paid];
const finding = (code: string, severity: string, source: string, column: string | null, message: string, concerned: readonly object[]) => ({
  code,
  severity,
  source,
  column,
  message,
  features: concerned,
});

test('nothing is wrong: how many rows there are, and how new', async () => {
  expect(await check(await project(good))).toEqual({
    code: 0,
    err: '',
    out: `sales  raw.shop.sales  120 rows, the newest of 2026-01-31T22:00:01
shops  raw.shop.shops  2 rows, the newest of 2026-01-02T00:00:00
2 sources: 0 errors, 0 warnings, 0 notes
`,
  });
});

const all = 'dbt, materialize, backfill and training sets fail for all 3 features of this source';
const refused = 'materialize, backfill and training sets refuse it for all 3 features of this source, and dbt computes with what is there';

test.each<[string, string, readonly object[]]>([
  [
    'a relation that is not there',
    'DROP TABLE shop.shops',
    [
      finding(
        'relation-missing',
        'error',
        'shops',
        null,
        'the warehouse has no relation raw.shop.shops, or a view of one that is not there',
        [country],
      ),
    ],
  ],
  [
    'a view of a relation that is not there',
    'CREATE TABLE shop.other AS FROM shop.shops; DROP TABLE shop.shops; CREATE VIEW shop.shops AS FROM shop.other; DROP TABLE shop.other',
    [
      finding(
        'relation-missing',
        'error',
        'shops',
        null,
        'the warehouse has no relation raw.shop.shops, or a view of one that is not there',
        [country],
      ),
    ],
  ],
  [
    'a column that is not there, and one that is called nearly so',
    'ALTER TABLE shop.sales RENAME price TO prices',
    [
      finding('column-missing', 'error', 'sales', 'PRICE', `raw.shop.sales does not have it: did you mean \`prices\`?; ${all}`, [paid]),
      finding('column-undeclared', 'note', 'sales', 'prices', 'the warehouse has it (DECIMAL(10,2)), and sources.yml does not', []),
    ],
  ],
  [
    'a price that was rounded to a DOUBLE',
    'ALTER TABLE shop.sales ALTER price TYPE DOUBLE',
    [
      finding(
        'type-unfit',
        'error',
        'sales',
        'PRICE',
        `it is declared NUMBER(10,2), and the warehouse has DOUBLE, which is not read as that exactly; ${refused}`,
        [paid],
      ),
    ],
  ],
  [
    'a time that is not there: its rows cannot be told, and no feature is right',
    'ALTER TABLE shop.sales DROP came_at',
    [
      finding('column-missing', 'error', 'sales', 'CAME_AT', `raw.shop.sales does not have it; ${all}`, ofSales),
      finding('not-measured', 'note', 'sales', null, 'its rows were not looked at: CAME_AT cannot be read', ofSales),
    ],
  ],
  [
    'a number of more digits than are declared',
    "INSERT INTO shop.sales VALUES (1000000000, 'a', 'paid', 'nobody', 1, '2026-01-31 21:00', '2026-01-31 21:00')",
    [
      finding(
        'values-unfit',
        'error',
        'sales',
        'SALE_ID',
        'it is declared NUMBER(9,0), and the warehouse has BIGINT: of some value, the number does not fit NUMBER(9,0)',
        ofSales,
      ),
    ],
  ],
])('%s is an error', async (_, sql, findings) => {
  expect(await found(`${good}\n${sql};`)).toEqual({ code: 1, findings });
});

test.each([
  ['1.25', '2', []],
  ['-2.00', '2', []],
  ['2.01', '2', ['PRICE']],
  ['-2.01', '2', ['PRICE']],
])('a price of %s, declared with max: %s', async (price, max, columns) => {
  const declared = sources.replace('price: "NUMBER(10,2)"', `price: { type: "NUMBER(10,2)", max: ${max} }`);
  expect(declared).not.toBe(sources);
  const { code, findings } = await found(`${good} UPDATE shop.sales SET price = ${price} WHERE sale_id = 7;`, {
    'transforms/sources.yml': declared,
  });
  expect(findings.map((f) => f['column'])).toEqual(columns);
  expect(code).toBe(columns.length);
  for (const f of findings)
    expect(f['message']).toBe(
      'it is declared NUMBER(10,2), and the warehouse has DECIMAL(10,2): of some value, the number is beyond its `max: 2`',
    );
});

test.each<[string, string, readonly object[]]>([
  [
    'a narrower type',
    'ALTER TABLE shop.sales ALTER price TYPE DECIMAL(6,2)',
    [
      finding(
        'type-differs',
        'note',
        'sales',
        'PRICE',
        'it is declared NUMBER(10,2), and the warehouse has DECIMAL(6,2): every such value is read exactly',
        [paid],
      ),
    ],
  ],
  [
    'a wider type, whose values fit',
    'ALTER TABLE shop.sales ALTER sale_id TYPE HUGEINT',
    [
      finding(
        'type-differs',
        'note',
        'sales',
        'SALE_ID',
        'it is declared NUMBER(9,0), and the warehouse has HUGEINT, which holds more; all values that are there fit',
        ofSales,
      ),
    ],
  ],
  [
    'rows that neither form reads',
    `INSERT INTO shop.sales VALUES (NULL, 'a', 'paid', 'nobody', 1, '2026-01-31 21:00', '2026-01-31 21:00'),
  (201, 'a', 'paid', 'nobody', 1, NULL, '2026-01-31 21:00'), (202, 'a', 'paid', 'nobody', 1, '2026-01-31 21:05:00.000001', '2026-01-31 21:00');
INSERT INTO shop.shops VALUES ('b', 'DE', NULL)`,
    [
      finding('rows-quarantined', 'warning', 'sales', null, '1 row of 123: sale_id is NULL; neither form reads them', ofSales),
      finding('rows-quarantined', 'warning', 'sales', null, '1 row of 123: sold_at is NULL; neither form reads them', ofSales),
      finding(
        'rows-quarantined',
        'warning',
        'sales',
        null,
        '1 row of 123: sold_at is ahead of its ingest; neither form reads them',
        ofSales,
      ),
      finding('rows-quarantined', 'warning', 'shops', null, '1 row of 3: updated_at is NULL; neither form reads them', [country]),
    ],
  ],
  [
    'copies, and a key with another time',
    `INSERT INTO shop.sales SELECT * REPLACE (came_at + INTERVAL 1 MINUTE AS came_at) FROM shop.sales WHERE sale_id IN (3, 4);
INSERT INTO shop.sales SELECT * REPLACE (sold_at + INTERVAL 1 MICROSECOND AS sold_at) FROM shop.sales WHERE sale_id = 5`,
    [
      finding('key-repeated', 'warning', 'sales', null, '1 event has the key of another with another sold_at: all are counted', ofSales),
      finding('copies', 'note', 'sales', null, '2 rows are copies of another, and not counted again', ofSales),
    ],
  ],
  [
    'arrivals that are still to come, which hide no stale source',
    `DELETE FROM shop.sales WHERE sold_at >= '2026-01-31 20:00';
INSERT INTO shop.sales VALUES (300, 'a', 'paid', 'nobody', 1, '2026-01-31 18:00:00', '2026-02-01 00:00')`,
    [
      finding('ahead-of-clock', 'warning', 'sales', null, 'in 1 row came_at is still to come', ofSales),
      finding(
        'stale',
        'warning',
        'sales',
        null,
        'the newest came_at is 2026-01-31T18:00:01, 4 hours ago: more than the lateness of 10 minutes and the step of 1 hour',
        ofSales,
      ),
    ],
  ],
  ['no rows', 'TRUNCATE shop.shops', [finding('no-rows', 'warning', 'shops', null, 'raw.shop.shops has no rows', [country])]],
  [
    'a value that was never there, and one that never is',
    "UPDATE shop.sales SET status = 'Refunded' WHERE status = 'refunded' AND sold_at >= '2026-01-24 22:30'; DELETE FROM shop.sales WHERE status = 'refunded'",
    [
      finding('value-new', 'warning', 'sales', 'STATUS', '1 value of the last 7 days was never there before: "Refunded" (21 rows)', [
        lost,
        paid,
      ]),
      finding('literal-unseen', 'warning', 'sales', 'STATUS', '"refunded" that features compare it with is in no row', [lost]),
    ],
  ],
  [
    'a literal of a CASE behind a CTE that is in no row any more',
    "UPDATE shop.sales SET status = 'paid' WHERE status = 'settled'",
    [finding('literal-unseen', 'warning', 'sales', 'STATUS', '"settled" that features compare it with is in no row', [paid])],
  ],
  [
    'personal values, which are not shown',
    "UPDATE shop.sales SET buyer = 'eve@example.com' WHERE sold_at >= '2026-01-25'",
    [finding('value-new', 'warning', 'sales', 'BUYER', '1 value of the last 7 days was never there before', [buyers])],
  ],
  [
    'a column of too many values to be a category',
    "INSERT INTO shop.sales SELECT 1000 + i, 'a', 's' || i, 'nobody', 1, '2026-01-31 22:00', '2026-01-31 22:00' FROM range(1001) AS r(i)",
    [finding('too-many-values', 'note', 'sales', 'STATUS', 'it has more than 1000 values: which are new was not looked at', [lost, paid])],
  ],
])('%s is a finding, and no error', async (_, sql, findings) => {
  expect(await found(`${good}\n${sql};`)).toEqual({ code: 0, findings });
});

test('a day with far fewer rows than those before', async () => {
  // Twelve a day from 2026-01-05 on, one of them the day before the last.
  const sql = `${good} INSERT INTO shop.sales SELECT 1000 + i, 'a', 'paid', 'nobody', 1, t, t
FROM (SELECT i, TIMESTAMP '2026-01-05' + to_hours(2 * i) AS t FROM range(204) AS r(i));
DELETE FROM shop.sales WHERE sold_at BETWEEN '2026-01-30 01:00' AND '2026-01-30 23:59';`;
  expect(await found(sql)).toEqual({
    code: 0,
    findings: [
      finding(
        'volume-unusual',
        'warning',
        'sales',
        null,
        '2026-01-30 has 1 row; 22 days before have a median of 12, give or take 10',
        ofSales,
      ),
    ],
  });
});

test('as text: each finding with those who read the column, and their owners', async () => {
  const sql = `${good}
ALTER TABLE shop.sales ALTER price TYPE DOUBLE; ALTER TABLE shop.sales ADD COLUMN "new${'\u001b'}[31m" INTEGER;
UPDATE shop.sales SET status = 'a' || chr(10) || repeat('b', 100) WHERE sale_id = 119;`;
  const { code, out, err } = await check(await project(sql));
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(out).toBe(`sales  raw.shop.sales  120 rows, the newest of 2026-01-31T22:00:01
  error[type-unfit] PRICE: it is declared NUMBER(10,2), and the warehouse has DOUBLE, which is not read as that exactly; ${refused}
    read by paid (money)
  warning[value-new] STATUS: 1 value of the last 7 days was never there before: "a\\n${'b'.repeat(58)}…" (1 row)
    read by lost, paid (money)
  note[column-undeclared] new\ufffd[31m: the warehouse has it (INTEGER), and sources.yml does not
shops  raw.shop.shops  2 rows, the newest of 2026-01-02T00:00:00
2 sources: 1 error, 1 warning, 1 note
`);
});

test('a literal that a personal column is compared with is not shown either', async () => {
  expect((await found(`${good} UPDATE shop.sales SET buyer = 'ann@example.com';`)).findings).toEqual([
    finding('literal-unseen', 'warning', 'sales', 'BUYER', 'a value that features compare it with is in no row', [buyers]),
  ]);
});

test('a view that fails on a value: whose rows, and not the value where some are personal', async () => {
  const sql = `${good} ALTER TABLE shop.sales RENAME TO raw_sales;
CREATE VIEW shop.sales AS SELECT * REPLACE (CAST(buyer AS INTEGER) + sale_id AS sale_id) FROM shop.raw_sales;`;
  const hidden = await check(await project(sql));
  expect(hidden).toEqual({
    code: 2,
    out: '',
    err: 'error: duckdb failed: the source sales: its rows cannot be read, and what the engine says of them may hold personal values\n',
  });
  const shown = await check(await project(sql, { 'transforms/sources.yml': sources.replace(', pii: true', '') }));
  expect(shown.err).toMatch(/^error: duckdb failed: the source sales: Conversion Error: Could not convert string '\w+/);
});

test('--source: only these', async () => {
  const folder = await project(`${good} DROP TABLE shop.shops; ALTER TABLE shop.sales ALTER price TYPE DOUBLE;`);
  const { code, out } = await check(folder, '--source', 'SHOPS', '--format', 'json');
  expect(code).toBe(1);
  const { ok, target, now: at, sources: looked, findings } = JSON.parse(out);
  expect({ ok, target, at, looked }).toEqual({
    ok: false,
    target: 'local',
    at: '2026-01-31T22:30:00.000000',
    looked: [{ name: 'shops', kind: 'table', warehouse: 'raw.shop.shops', rows: null, newest: null }],
  });
  expect(findings.map((f: { code: string }) => f.code)).toEqual(['relation-missing']);
});

test('the file is only read', async () => {
  const folder = await project(good);
  const before = await stat(join(folder, 'raw.duckdb'));
  await check(folder);
  const after = await stat(join(folder, 'raw.duckdb'));
  expect([after.mtimeMs, after.size]).toEqual([before.mtimeMs, before.size]);
});

test('what does not compile is said to be missing from what is named', async () => {
  const folder = await project(good, { 'transforms/features/wrong.sql': feature('', 'SELECT shop, nope FROM shops') });
  expect(await check(folder)).toMatchObject({ code: 0, err: 'warning: 1 feature does not compile, and what concerns them is not said\n' });
});

test.each<[string, readonly string[], Files, string]>([
  ['no target', [], {}, "error: required option '--target <name>' not specified\n"],
  [
    'a source that is not declared',
    ['--target', 'local', '--source', 'sale'],
    {},
    'error: there is no source sale\nhint: did you mean `sales`',
  ],
  ['a time that is none', ['--target', 'local', '--now', 'tomorrow'], {}, 'error: --now tomorrow is no instant\n'],
  ['no sources', ['--target', 'local'], { 'transforms/sources.yml': 'streams:\n' }, 'error: the project declares no sources\n'],
  [
    'a target on Snowflake without an account',
    ['--target', 'local'],
    { 'lockstep.yml': 'targets: { local: { engine: snowflake } }\n' },
    'error: the target local is on Snowflake, and lockstep.yml does not say its account\n',
  ],
])('%s is refused', async (_, options, files, message) => {
  const { code, out, err } = await lockstep('sources', 'check', '--project', await project(good, files), ...options);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.startsWith(message) || err).toBe(true);
});

const calendar = (counts: readonly number[]): ReadonlyMap<number, number> => new Map(counts.map((rows, day) => [day, rows]));
const week = [1000, 1010, 990, 1005, 995, 300, 310];

test.each<[string, readonly number[], readonly (readonly [number, number])[]]>([
  // Day 0 is a part of a day; the last three are judged.
  ['seven days before, which are too few', [5, ...Array(7).fill(100), 0, 0, 0], []],
  [
    'eight days before',
    [5, ...Array(8).fill(100), 0, 100, 1000],
    [
      [9, 0],
      [11, 1000],
    ],
  ],
  ['within a fifth', [5, ...Array(8).fill(100), 80, 120, 100], []],
  [
    'beyond a fifth',
    [5, ...Array(8).fill(100), 79, 121, 100],
    [
      [9, 79],
      [10, 121],
    ],
  ],
  ['ten rows of a few', [5, ...Array(8).fill(4), 14, 0, 15], [[11, 15]]],
  ['five times the usual distance', [5, ...Array(5).fill([90, 110]).flat(), 51, 149, 48], [[13, 48]]],
  ['a quiet weekend', [...week, ...week, ...week, 1000, 1010, 990, 1005, 995, 305, 300], []],
  ['a weekend on a Monday', [...week, ...week, ...week, 300], [[21, 300]]],
  ['one outage before hides no other', [...week, 1000, 0, ...week.slice(2), ...week, 1000, 1010, 0], [[23, 0]]],
])('volume: %s', (_, counts, expected) => {
  expect(unusualDays(calendar(counts), counts.length - 1).map(({ day, rows }) => [day, rows])).toEqual(expected);
});

test('volume: days without rows have none, and those after the last whole day are not judged', () => {
  const days = new Map([...Array(20).keys()].map((day) => [day, 100]));
  expect(unusualDays(days, 21).map(({ day, rows, against }) => [day, rows, against])).toEqual([
    [20, 0, 18],
    [21, 0, 18],
  ]);
  expect(unusualDays(new Map([...days, [20, 3]]), 19)).toEqual([]);
  expect(unusualDays(new Map(), 19)).toEqual([]);
});

test.each<['duckdb' | 'snowflake', SqlType, string, string]>([
  ['duckdb', number(10, 2), 'DECIMAL(10,2)', 'same'],
  ['duckdb', number(10, 2), 'DECIMAL(10,3)', 'unfit'],
  ['duckdb', number(10), 'INTEGER', 'same'],
  ['duckdb', number(12), 'INTEGER', 'narrower'],
  ['duckdb', number(9), 'INTEGER', 'wider'],
  ['duckdb', number(9), 'BIGINT', 'same'],
  ['duckdb', number(19), 'UBIGINT', 'wider'],
  ['duckdb', integer, 'UBIGINT', 'narrower'],
  ['duckdb', timestamp, 'TIMESTAMP_S', 'narrower'],
  ['duckdb', timestamp, 'TIMESTAMP_NS', 'unfit'],
  ['duckdb', timestamp, 'TIMESTAMP WITH TIME ZONE', 'unfit'],
  ['duckdb', { kind: 'timestamp', zone: 'ltz' }, 'TIMESTAMP WITH TIME ZONE', 'same'],
  ['duckdb', varchar, 'UUID', 'unfit'],
  ['snowflake', number(10, 2), 'NUMBER(10,2)', 'same'],
  ['snowflake', number(10, 2), 'NUMBER(8,2)', 'narrower'],
  ['snowflake', number(10, 2), 'NUMBER(38,0)', 'wider'],
  ['snowflake', number(10, 2), 'NUMBER(12,3)', 'unfit'],
  ['snowflake', number(10, 2), 'FLOAT', 'unfit'],
  ['snowflake', varchar, 'TEXT', 'same'],
  ['snowflake', timestamp, 'TIMESTAMP_NTZ(9)', 'same'],
  ['snowflake', timestamp, 'TIMESTAMP_LTZ(9)', 'unfit'],
  ['snowflake', timestamp, 'TIMESTAMP_TZ(9)', 'unfit'],
])('on %s, %o from %s: %s', (engine, declared, real, fit) => {
  expect(typeFits[engine](declared, real).fit).toBe(fit);
});
