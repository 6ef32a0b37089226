/** `lockstep sources import`: drafts from what dbt wrote about a small project and from a DuckDB file, read back by the reader of sources. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSources } from '../../compiler/authoring/sources.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { typeName } from '../../compiler/sql-type.ts';
import { type Files, folderWith, lockstep, type Ran } from '../support/cli.ts';

const shop = fileURLToPath(new URL('../data/dbt-shop', import.meta.url));
const manifestText = await readFile(join(shop, 'manifest.json'), 'utf8');
const catalogText = await readFile(join(shop, 'catalog.json'), 'utf8');

const empty: Files = { 'lockstep.yml': 'name: small\n', 'transforms/sources.yml': 'streams:\n' };
const project = (files: Files = {}): Promise<string> => folderWith({ ...empty, ...files });

const fromManifest = (folder: string, ...more: readonly string[]): Promise<Ran> =>
  lockstep('sources', 'import', '--project', folder, '--manifest', join(shop, 'manifest.json'), ...more);

function read(text: string) {
  const diagnostics: Diagnostic[] = [];
  const { sources } = readSources({ path: 'sources.yml', text }, diagnostics);
  const lines = diagnostics.map(({ span }) => text.slice(0, span.start).split('\n').length);
  return { sources, lines, messages: diagnostics.map((d) => d.message) };
}

const lineOf = (text: string, number: number): string => text.split('\n')[number - 1] ?? '';

const saleLines = `  sales:
    description: "What was sold.\\nNot what was: paid # for."
    warehouse: shop.raw_shop.sales
    key: sale_id # check: a test of dbt, unique, is on it
    event_time: sold_at # check: its only timestamp but CAME_AT, which says when it was loaded
    ingest_time: came_at # check: it is the loaded_at_field of dbt's freshness
    lateness: 12 hours # check: dbt's freshness warns after that without a new row; what comes later is late
    columns:
      sale_id: { type: "NUMBER(19,0)", description: "The number of a sale: unique, 'ever' \\"so\\"." }
      "Shop Name": VARCHAR
      "NO": NUMBER(10,0)
      "1e3": VARCHAR
      status: { type: VARCHAR, pii: true, description: "paid\\nopen" }
      price: NUMBER(10,2)
      weight: FLOAT
      payload: VARIANT
      # check: not declared: place: no source declares STRUCT(lat DOUBLE, lon DOUBLE): a view may cast it
      sold_at: TIMESTAMP_NTZ
      came_at: TIMESTAMP_NTZ
`;
const nothingOfLoading = `    # check: ingest_time: is there a column that says when the platform first had the row?
    # check: lateness: how late may a row come? Without it, not at all
`;
const noKey = '    key: # check: which columns identify a row? No test or constraint says that columns are unique which can be a key\n';

const drafted = `streams:
${saleLines}  clicks_raw:
    description: "A click; nobody says what identifies one."
    warehouse: shop.raw_shop.clicks_raw
${noKey}    event_time: # check: which column dates an event: CLICKED_AT, LOADED?
${nothingOfLoading}    columns:
      # check: not declared: click_id: no source declares UUID: a view may cast it
      session: VARCHAR
      clicked_at: TIMESTAMP_NTZ
      loaded: TIMESTAMP_NTZ
      seen_at: TIMESTAMP_LTZ
  shops:
    warehouse: shop.raw_shop.shops
    key: # check: which of these identifies a row: SHOP, or CODE? Each is said to be unique
    event_time: changed_at # check: its only timestamp
${nothingOfLoading}    columns:
      shop: VARCHAR
      code: VARCHAR
      country: VARCHAR
      changed_at: TIMESTAMP_NTZ
      huge: NUMBER(38,0) # check: a HUGEINT may have 39 digits, and such a value is refused
  paid_sales:
    description: "Sales that were paid."
    warehouse: "ref('paid_sales')"
    key: sale_id # check: its contract in dbt has it as primary_key
    event_time: paid_at # check: its only timestamp
${nothingOfLoading}    columns:
      sale_id: NUMBER(19,0)
      amount: NUMBER(12,3)
      paid_at: TIMESTAMP_NTZ
  refunds:
    warehouse: "ref('refunds')"
${noKey}    event_time: refunded_at # check: its only timestamp
${nothingOfLoading}    columns:
      refund_id: NUMBER(19,0)
      refunded_at: TIMESTAMP_NTZ
`;

test('sources and models of a manifest, with the types of the catalog; a unique test of some rows gives no key', async () => {
  const { code, out, err } = await fromManifest(await project());
  expect(code).toBe(0);
  expect(out.slice(out.indexOf('streams:'))).toBe(drafted);
  expect(out.slice(0, out.indexOf('streams:')).split('\n').slice(0, -1)).toEqual([
    expect.stringMatching(/^# Drafted from .*manifest\.json\. /),
    expect.stringMatching(/^# check: .*pii: true/),
    expect.stringMatching(/^# check: .*--kind table$/),
  ]);
  expect(err).toBe('clicks_raw: still to be said: key, event_time\nshops: still to be said: key\nrefunds: still to be said: key\n');
});

test('the reader of sources refuses exactly the lines that have no value, and lockstep check shows them', async () => {
  const { out } = await fromManifest(await project());
  const { lines, sources } = read(out);
  expect(lines.map((n) => lineOf(out, n).replace(/ #.*/, ''))).toEqual(['    key:', '    event_time:', '    key:', '    key:']);
  expect(lines.every((n) => lineOf(out, n).includes('# check: '))).toBe(true);
  expect(sources.map((s) => s.name)).toEqual(['sales', 'paid_sales']);
  const folder = await project({ 'transforms/sources.yml': out });
  const checked = await lockstep('check', '--project', folder, '--no-run');
  expect(checked.code).toBe(1);
  expect(checked.err.match(/^transforms\/sources\.yml:\d+/gm)).toEqual(lines.map((n) => `transforms/sources.yml:${n}`));
});

test('with the open lines answered it is a sources.yml, and says what dbt said', async () => {
  const { out } = await fromManifest(await project());
  const answers = ['session', 'clicked_at', 'shop', 'refund_id'];
  const { lines } = read(out);
  const answered = out
    .split('\n')
    .map((line, i) => (lines.includes(i + 1) ? line.replace(/:.*/, `: ${answers[lines.indexOf(i + 1)]}`) : line))
    .join('\n');
  const { sources, messages } = read(answered);
  expect(messages).toEqual([]);
  const [sales] = sources;
  expect(sales).toMatchObject({
    kind: 'stream',
    description: 'What was sold.\nNot what was: paid # for.',
    warehouse: 'shop.raw_shop.sales',
    key: ['SALE_ID'],
    eventTime: 'SOLD_AT',
    ingestTime: 'CAME_AT',
    lateness: 43_200_000_000n,
  });
  expect(sales?.columns.map((c) => [c.name, typeName(c.type), c.pii])).toEqual([
    ['SALE_ID', 'NUMBER(19,0)', false],
    ['Shop Name', 'VARCHAR', false],
    ['NO', 'NUMBER(10,0)', false],
    ['1e3', 'VARCHAR', false],
    ['STATUS', 'VARCHAR', true],
    ['PRICE', 'NUMBER(10,2)', false],
    ['WEIGHT', 'FLOAT', false],
    ['PAYLOAD', 'VARIANT', false],
    ['SOLD_AT', 'TIMESTAMP_NTZ', false],
    ['CAME_AT', 'TIMESTAMP_NTZ', false],
  ]);
  expect(sources.map((s) => [s.name, s.warehouse])).toContainEqual(['paid_sales', "ref('paid_sales')"]);
  // Another reader of YAML sees the same texts.
  expect(parse(answered).streams.sales).toMatchObject({ lateness: '12 hours', columns: { NO: 'NUMBER(10,0)', '1e3': 'VARCHAR' } });
});

test('what is declared already is left out and named, by relation or by model', async () => {
  const columns = '{ k: VARCHAR, t: TIMESTAMP_NTZ }';
  const folder = await project({
    'transforms/sources.yml': `streams:
  money: { warehouse: "ref('paid_sales')", key: k, event_time: t, columns: ${columns} }
  sold: { warehouse: RAW_SHOP.Sales, key: k, event_time: t, columns: ${columns} }
  shops: { warehouse: elsewhere.raw_shop.shops, key: k, event_time: t, columns: ${columns} }
`,
  });
  const { out, err } = await fromManifest(folder, '--format', 'json');
  expect(err).toMatch(
    /^shop\.raw_shop\.sales is declared already: the source sold\nref\('paid_sales'\) is declared already: the source money\n/,
  );
  const { draft, ...named } = JSON.parse(out);
  expect(named).toEqual({
    sources: [
      { name: 'clicks_raw', relation: 'shop.raw_shop.clicks_raw', kind: 'stream' },
      { name: 'raw_shop_shops', relation: 'shop.raw_shop.shops', kind: 'stream' },
      { name: 'refunds', relation: "ref('refunds')", kind: 'stream' },
    ],
    declared: [
      { label: 'shop.raw_shop.sales', source: 'sold' },
      { label: "ref('paid_sales')", source: 'money' },
    ],
  });
  expect(draft).toContain(
    '  raw_shop_shops:\n    # check: it is called shops there, which cannot name this source, or names another one\n',
  );
});

test.each(['sales', 'shop.sales', 'raw_shop.sales', 'SHOP.raw_shop.SALES', 'source.shop.shop.sales'])('--relation %s', async (name) => {
  const { out } = await fromManifest(await project(), '--relation', name);
  expect(out.slice(out.indexOf('streams:'))).toBe(`streams:\n${saleLines}`);
});

test.each<[string, readonly string[], string]>([
  ['a relation that nobody has', ['--relation', 'shop.salse'], 'error: there is no relation shop.salse\nhint: did you mean `shop.sales`'],
  ['another kind', ['--kind', 'topic'], 'error: --kind topic: it is one of stream, table\n'],
  ['both', ['--target', 'local'], 'error: sources are drafted from dbt, from a warehouse or from a registry of schemas\n'],
])('%s is refused', async (_, more, message) => {
  const { code, out, err } = await fromManifest(await project(), ...more);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.startsWith(message) || err).toBe(true);
});

test('without a catalog, types are those that dbt was told, and a column without one is refused', async () => {
  const folder = await project({ 'target/manifest.json': manifestText });
  const { out, err } = await lockstep(
    'sources',
    'import',
    '--project',
    folder,
    '--manifest',
    join(folder, 'target/manifest.json'),
    '--relation',
    'sales',
  );
  expect(err).toContain('there is no catalog.json beside the manifest');
  expect(err).toContain('sales: still to be said: the type of Shop Name, the type of STATUS\n');
  const columns = out.slice(out.indexOf('    columns:'));
  expect(columns).toBe(`    columns:
      sale_id: { type: "NUMBER(19,0)", description: "The number of a sale: unique, 'ever' \\"so\\"." }
      "Shop Name": # check: its type is said nowhere
      status: # check: its type is said nowhere; description: "paid\\nopen"
      price: NUMBER(10,2)
      sold_at: TIMESTAMP_NTZ
`);
  const { lines } = read(out);
  expect(lines.map((n) => lineOf(out, n).trim().split(':')[0])).toEqual(['"Shop Name"', 'status']);
  // The column that says when rows are loaded is not among them.
  expect(out).toContain('    # check: ingest_time: ');
});

/** As dbt on Snowflake writes it: names in capitals, and no digits. */
const onSnowflake = {
  manifest: manifestText.replace('"adapter_type": "duckdb"', '"adapter_type": "snowflake"'),
  catalog: catalogText
    .replaceAll('"DECIMAL(10,2)"', '"NUMBER"')
    .replaceAll('"DECIMAL(12,3)"', '"NUMBER"')
    .replaceAll('"BIGINT"', '"NUMBER"')
    .replaceAll('"TIMESTAMP"', '"TIMESTAMP_NTZ"')
    .replaceAll('"name": "sale_id"', '"name": "SALE_ID"')
    .replaceAll('"name": "price"', '"name": "PRICE"')
    .replaceAll('"name": "sold_at"', '"name": "SOLD_AT"'),
};

test("the catalog of Snowflake has no digits: dbt's data_type has them, or somebody must say them", async () => {
  const folder = await project({ 'target/manifest.json': onSnowflake.manifest, 'target/catalog.json': onSnowflake.catalog });
  const importing = ['sources', 'import', '--project', folder, '--manifest', join(folder, 'target/manifest.json')];
  const sales = (await lockstep(...importing, '--relation', 'sales')).out;
  // bigint is NUMBER(38,0) there.
  expect(sales).toContain('      sale_id: { type: "NUMBER(38,0)", description');
  expect(sales).toContain('      price: NUMBER(10,2)\n');
  expect(sales).toContain('      sold_at: TIMESTAMP_NTZ\n      "came_at": TIMESTAMP_NTZ\n');
  const refunds = (await lockstep(...importing, '--relation', 'refunds')).out;
  expect(refunds).toContain(
    '      "refund_id": # check: NUMBER is said without its digits: NUMBER(38,0) would cut what is behind the point\n',
  );
});

test('of a model with versions, ref() is the latest', async () => {
  const manifest = JSON.parse(manifestText);
  const { 'model.shop.paid_sales': model, ...nodes } = manifest.nodes;
  const version = (n: number) => ({
    ...model,
    unique_id: `${model.unique_id}.v${n}`,
    alias: `paid_sales_v${n}`,
    version: n,
    latest_version: 2,
  });
  manifest.nodes = { ...nodes, 'model.shop.paid_sales.v1': version(1), 'model.shop.paid_sales.v2': version(2) };
  const folder = await project({ 'manifest.json': JSON.stringify(manifest) });
  const importing = ['sources', 'import', '--project', folder, '--manifest', join(folder, 'manifest.json'), '--relation'];
  const { out } = await lockstep(...importing, 'paid_sales');
  expect(out).toContain("  paid_sales:\n    # check: the model has versions, and ref('paid_sales') is the latest of them\n");
  expect((await lockstep(...importing, 'paid_sales_v2')).out).toBe(out);
  expect(await lockstep(...importing, 'paid_sales_v1')).toMatchObject({ code: 2, out: '' });
});

test.each<[string, string, string]>([
  [
    'an older manifest',
    manifestText.replace('manifest/v12.json', 'manifest/v11.json'),
    'is a manifest of version v11\nhint: manifests of version v12',
  ],
  ['other JSON', '{"a": 1}', 'is no manifest of dbt\n'],
  ['no JSON', 'nodes: {}', 'is no JSON object\n'],
  ['another adapter', manifestText.replace('"adapter_type": "duckdb"', '"adapter_type": "bigquery"'), 'is of dbt on bigquery\n'],
])('%s is refused', async (_, manifest, message) => {
  const folder = await project({ 'manifest.json': manifest });
  const { code, out, err } = await lockstep('sources', 'import', '--project', folder, '--manifest', join(folder, 'manifest.json'));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

async function withFile(sql: string, files: Files = {}): Promise<string> {
  const folder = await project({
    'lockstep.yml': 'targets:\n  local: { engine: duckdb, path: raw.duckdb, databases: { prod: raw } }\n',
    ...files,
  });
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'));
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  return folder;
}

const fromTarget = (folder: string, ...more: readonly string[]): Promise<Ran> =>
  lockstep('sources', 'import', '--project', folder, '--target', 'local', ...more);

test('tables and views of a DuckDB file: its constraints are keys, and its database is called as in the sources', async () => {
  const folder = await withFile(`CREATE SCHEMA shop;
CREATE TABLE shop.sales (sale_id INTEGER, line UTINYINT, sold_at TIMESTAMP, PRIMARY KEY (sale_id, line));
CREATE VIEW shop.two_times AS SELECT sale_id, sold_at, sold_at AS other FROM shop.sales;
CREATE TABLE shop.no_time (id BIGINT UNIQUE, day DATE);`);
  const { code, out } = await fromTarget(folder);
  expect(code).toBe(0);
  expect(out.slice(out.indexOf('streams:'))).toBe(`streams:
  no_time:
    warehouse: prod.shop.no_time
    key: id # check: the table has it as UNIQUE
    event_time: # check: no column of type TIMESTAMP_NTZ dates an event
${nothingOfLoading}    columns:
      id: NUMBER(19,0)
      day: DATE
  sales:
    warehouse: prod.shop.sales
    key: [sale_id, line] # check: the table has it as PRIMARY KEY
    event_time: sold_at # check: its only timestamp
${nothingOfLoading}    columns:
      sale_id: NUMBER(10,0)
      line: NUMBER(3,0)
      sold_at: TIMESTAMP_NTZ
  two_times:
    warehouse: prod.shop.two_times
${noKey}    event_time: # check: which column dates an event: SOLD_AT, OTHER?
${nothingOfLoading}    columns:
      sale_id: NUMBER(10,0)
      sold_at: TIMESTAMP_NTZ
      other: TIMESTAMP_NTZ
`);
  const named = await fromTarget(folder, '--relation', 'raw.shop.sales', 'two_times', '--format', 'json');
  expect(JSON.parse(named.out).sources.map((s: { name: string }) => s.name)).toEqual(['sales', 'two_times']);
});

/** What SQL calls it, and what a source resolves it to: DuckDB reads names without regard to case. */
const hostile: readonly (readonly [string, string])[] = [
  ['plain', 'PLAIN'],
  ['CamelCase', 'CAMELCASE'],
  ['no', 'NO'],
  ['Null', 'NULL'],
  ['true', 'TRUE'],
  ['y', 'Y'],
  ['~', '~'],
  ['1e3', '1e3'],
  ['0x1f', '0x1f'],
  ['2026-01-01', '2026-01-01'],
  ['a: b', 'a: b'],
  ['a #b', 'a #b'],
  ['- item', '- item'],
  ['{ x', '{ x'],
  ['*alias', '*alias'],
  ['!tag', '!tag'],
  ['% of', '% of'],
  ['with "quotes"', 'with "quotes"'],
  ['"all"', '"all"'],
  ['"', '"'],
  ["it's", "it's"],
  ['back\\slash', 'back\\slash'],
  ['two\nlines', 'two\nlines'],
  ['tab\there', 'tab\there'],
  ['größe', 'größe'],
  ['\u2028 line', '\u2028 line'],
  ['NUMBER(1,0)', 'NUMBER(1,0)'],
  ['<<', '<<'],
  ['__proto__', '__PROTO__'],
  [' ', ' '],
];

test('whatever columns and tables are called, the draft is read as they are', async () => {
  const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const table = 'no: "x"\n  y: {';
  const columns = hostile.map(([written]) => `${name(written)} VARCHAR`);
  const folder = await withFile(
    `CREATE TABLE ${name(table)} (${columns.join(', ')}, came TIMESTAMP, PRIMARY KEY (${name('"all"')}, ${name('no')}))`,
  );
  const { out } = await fromTarget(folder);
  const { sources, messages } = read(out);
  expect(messages).toEqual([]);
  expect(sources.map((s) => [s.name, s.warehouse, s.key])).toEqual([['no_x_y_', `prod.main.${table}`, ['"all"', 'NO']]]);
  expect(sources[0]?.columns.map((c) => c.name)).toEqual([...hostile.map(([, resolved]) => resolved), 'CAME']);
  expect(Object.keys(parse(out).streams)).toEqual(['no_x_y_']);
});

test('what cannot be written as a source is marked, and refused where it is needed', async () => {
  const folder = await withFile(`CREATE TABLE "a.b" (as_of TIMESTAMP, "spine" VARCHAR, came TIMESTAMP);
CREATE TABLE spine (k VARCHAR PRIMARY KEY, came TIMESTAMP, valid_from DATE);
CREATE TABLE blobs (b BLOB);`);
  const { out } = await fromTarget(folder);
  expect(out).toContain('    warehouse: # check: raw.main.a.b has a name that cannot be written here: a view may have another\n');
  expect(out).toContain('      # check: not declared: as_of: Lockstep keeps this name for itself: a view may rename it\n');
  expect(out).toContain('  main_spine:\n');
  expect(out).toContain('    columns: # check: nothing says which columns it has\n      # check: not declared: b: no source declares BLOB');
  const open = read(out).lines.map((n) => lineOf(out, n));
  expect(open.length).toBeGreaterThan(0);
  expect(open.every((line) => /^ +(warehouse|key|event_time|columns): # check: /.test(line)) || open).toBe(true);
  const table = await fromTarget(folder, '--relation', 'spine', '--kind', 'table');
  expect(table.out).toContain('tables:\n  main_spine:\n');
  expect(table.out).toContain('    updated_at: came # check: its only timestamp\n    # check: lateness');
  expect(table.out).toContain('      # check: not declared: valid_from: the history of a table adds a column of this name');
  expect(read(table.out)).toMatchObject({ messages: [], sources: [{ kind: 'table', key: ['K'], updatedAt: 'CAME' }] });
});

test('tables that Lockstep writes are no sources, unless they are named', async () => {
  const folder = await withFile(
    'CREATE TABLE lockstep_runs (a INTEGER); CREATE TABLE mine (a INTEGER); CREATE TABLE gone__0123 (a INTEGER, lockstep_version VARCHAR); CREATE VIEW gone AS FROM gone__0123;',
  );
  const { out, err } = await fromTarget(folder);
  expect(Object.keys(parse(out).streams)).toEqual(['mine']);
  expect(err).toContain('left out, as Lockstep wrote them: 3 relations\n');
  expect(parse((await fromTarget(folder, '--relation', 'lockstep_runs')).out).streams).toHaveProperty('lockstep_runs');
});

test('--out is a new file, whole or not at all', async () => {
  const folder = await project({ 'taken.yml': 'mine\n' });
  const refused = await fromManifest(folder, '--out', join(folder, 'taken.yml'));
  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toContain('taken.yml is there already\nhint: a draft goes into a new file\n');
  expect(await readFile(join(folder, 'taken.yml'), 'utf8')).toBe('mine\n');
  const { code, out } = await fromManifest(folder, '--out', join(folder, 'draft.yml'));
  expect({ code, out }).toEqual({ code: 0, out: `5 sources in ${join(folder, 'draft.yml')}\n` });
  const text = await readFile(join(folder, 'draft.yml'), 'utf8');
  expect(text.slice(text.indexOf('streams:'))).toBe(drafted);
  expect((await readdir(folder)).sort()).toEqual(['draft.yml', 'lockstep.yml', 'taken.yml', 'transforms']);
});

test('a target on Snowflake whose account nobody says', async () => {
  const folder = await project({ 'lockstep.yml': 'targets: { local: { engine: snowflake } }\n' });
  expect(await fromTarget(folder)).toEqual({
    code: 2,
    out: '',
    err: 'error: the target local is on Snowflake, and lockstep.yml does not say its account\nhint: targets: { local: { account: my_organization-my_account } }\n',
  });
});
