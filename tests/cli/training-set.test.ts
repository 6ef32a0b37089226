/** `lockstep training-set` on a few sales: what comes out, to the letter, and that nothing is written where something is wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Files, lockstep, put, type Ran } from '../support/cli.ts';
import { inDuckdb, salesProject } from './sales.ts';

const labelsCsv = `Label,shop,AS_OF,buyer
"x, y",a,2026-01-01T12:00:00,7
,b,2026-01-01 10:10:00.000001Z,8
"",a,2026-01-01T12:00:00.000001,7
"x, y",a,2026-01-01T12:00:00,7
0010,,2026-01-01,
late,a,,7
never,nobody,2026-01-01T12:00:00,8
`;

const both = 'shop_sales,buyer_hour';
const run = (folder: string, out: string, ...more: string[]): Promise<Ran> =>
  lockstep(
    ...['training-set', '--project', folder, '--out', join(folder, out)],
    ...(more.includes('--labels') ? [] : ['--labels', join(folder, 'labels.csv')]),
    ...(more.includes('--features') ? [] : ['--features', both]),
    ...(more.includes('--target') || more.includes('--events') ? [] : ['--target', 'raw']),
    ...more,
  );
const withLabels = (labels = labelsCsv, sql = ''): Promise<string> => salesProject(sql, { 'labels.csv': labels });

const head =
  'Label,shop,AS_OF,buyer,shop_sales__n,shop_sales__Paid in,shop_sales__heaviest,shop_sales__last_sold,shop_sales__gifts,buyer_hour__n,buyer_hour__sales';
const nothing = (before: string): string => `${before},0,,,,0,0,[]\n`;
const noon = '"x, y",a,2026-01-01T12:00:00.000000,7,3,7.50,5,2026-01-01T11:00:00.000000,2,1,"[""4""]"\n';
const byEvent = `${head}
${noon},b,2026-01-01T10:10:00.000001,8,1,-0.05,1e+21,2026-01-01T10:10:00.000000,0,0,[]
"",a,2026-01-01T12:00:00.000001,7,4,15.50,123456789012345680000,2026-01-01T12:00:00.000000,2,0,[]
${noon}${nothing('0010,,2026-01-01T00:00:00.000000,')}${nothing('late,a,,7')}${nothing('never,nobody,2026-01-01T12:00:00.000000,8')}`;

test.each([
  ['--target', 'raw'],
  ['--events', 'events'],
])('texts in, texts out, %s: copies, NULLs, an empty text, order and columns stay', async (option, from) => {
  const folder = await withLabels();
  const { code, out, err } = await run(folder, 'out.csv', option, option === '--events' ? join(folder, from) : from);
  const absent = `warning: ${join(folder, 'labels.csv')}: 2 of 7 labels have no as_of or not all entities: there they get what an entity without events has\n`;
  expect({ code, err }).toEqual({ code: 0, err: absent });
  expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe(byEvent);
  expect(out).toMatch(
    /^7 labels with 2 features in .*out\.csv: all events dated before each instant\n {2}shop_sales {2}\w+ {2}5 columns\n/,
  );
});

test('what had arrived: the late sale is not there yet, the copy that came first is', async () => {
  const folder = await withLabels();
  expect(await run(folder, 'out.csv', '--knowledge', 'arrived')).toMatchObject({ code: 0, err: expect.stringContaining('2 of 7 labels') });
  const rows = (await readFile(join(folder, 'out.csv'), 'utf8')).split('\n');
  expect(rows[1]).toBe('"x, y",a,2026-01-01T12:00:00.000000,7,2,6.50,5,2026-01-01T11:00:00.000000,2,1,"[""4""]"');
  expect(rows[7]).toBe('never,nobody,2026-01-01T12:00:00.000000,8,0,,,,0,0,[]');
});

test('Parquet in and out: every type stays, of labels and of outputs', async () => {
  const folder = await salesProject();
  const labels = join(folder, 'labels.parquet');
  await inDuckdb(
    ':memory:',
    `COPY (SELECT * FROM (VALUES
  (7::SMALLINT, 'a', TIMESTAMP_NS '2026-01-01 12:00:00.000000999', 1.50::DECIMAL(20,4), {'x': [1]}, true),
  (8, 'b', '2026-01-01 12:00:00', NULL, NULL, NULL)) AS l(Buyer, SHOP, as_of, amount, nested, "N")) TO '${labels}'`,
  );
  const ran = await run(folder, 'out.parquet', '--labels', labels, '--format', 'json');
  expect(ran).toMatchObject({
    code: 0,
    err: `warning: ${labels}: as_of: 1 timestamp has more than six digits of a second; the rest is cut\n`,
  });
  const [shop, buyer] = [expect.stringMatching(/^\w+$/), expect.stringMatching(/^\w+$/)];
  expect(JSON.parse(ran.out)).toMatchObject({
    ...{ rows: 2, knowledge: 'event', labels, out: join(folder, 'out.parquet') },
    features: [
      {
        name: 'shop_sales',
        version: shop,
        columns: [{ name: 'shop_sales__n', type: 'NUMBER(18,0)' }, { name: 'shop_sales__Paid in' }, {}, {}, {}],
      },
      { name: 'buyer_hour', version: buyer, columns: [{}, { name: 'buyer_hour__sales', type: 'ARRAY(NUMBER(9,0))' }] },
    ],
  });
  const described = await inDuckdb(':memory:', `DESCRIBE FROM '${join(folder, 'out.parquet')}'`);
  expect(described.map(([name, type]) => `${name} ${type}`)).toEqual([
    'Buyer SMALLINT',
    'SHOP VARCHAR',
    'as_of TIMESTAMP_NS',
    'amount DECIMAL(20,4)',
    'nested STRUCT(x INTEGER[])',
    'N BOOLEAN',
    'shop_sales__n BIGINT',
    'shop_sales__Paid in DECIMAL(38,2)',
    'shop_sales__heaviest DOUBLE',
    'shop_sales__last_sold TIMESTAMP',
    'shop_sales__gifts BIGINT',
    'buyer_hour__n BIGINT',
    'buyer_hour__sales BIGINT[]',
  ]);
  // The instant is cut to its microsecond, so the sale at noon is not before it.
  expect(await inDuckdb(':memory:', `FROM '${join(folder, 'out.parquet')}'`)).toEqual([
    [7, 'a', '2026-01-01 12:00:00.000000999', '1.5000', { x: [1] }, true, '3', '7.50', 5, '2026-01-01 11:00:00', '2', '1', ['4']],
    [8, 'b', '2026-01-01 12:00:00', null, null, null, '1', '-0.05', 1e21, '2026-01-01 10:10:00', '0', '0', []],
  ]);
});

test('integers of 128 bits are DECIMALs in Parquet, not DOUBLEs', async () => {
  const folder = await salesProject(
    "CREATE TABLE labels AS SELECT 'a' AS shop, TIMESTAMP '2026-01-01' AS as_of, 99999999999999999999999999999999999999::HUGEINT AS id",
  );
  expect(await run(folder, 'out.parquet', '--labels', 'labels', '--features', 'shop_country')).toMatchObject({ code: 0, err: '' });
  expect(await inDuckdb(':memory:', `SELECT id, typeof(id) FROM '${join(folder, 'out.parquet')}'`)).toEqual([
    ['99999999999999999999999999999999999999', 'DECIMAL(38,0)'],
  ]);
});

test('JSON labels: numbers, texts and booleans keep their types', async () => {
  const rows = [
    { as_of: '2026-01-01T12:00:00', shop: 'a', whole: 'WHOLE', part: 0.1, yes: true, text: '7', none: null },
    { as_of: '2026-01-01T10:59:59', shop: 'a', whole: null, part: 2, yes: false, text: '', none: null },
  ];
  const folder = await salesProject('', {
    'labels.ndjson': rows
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('')
      .replace('"WHOLE"', '12345678901234567'),
  });
  expect(await run(folder, 'out.parquet', '--labels', join(folder, 'labels.ndjson'), '--features', 'shop_country')).toMatchObject({
    code: 0,
    err: '',
  });
  expect(
    await inDuckdb(':memory:', `SELECT * REPLACE (as_of::VARCHAR AS as_of), typeof(part) FROM '${join(folder, 'out.parquet')}'`),
  ).toEqual([
    ['2026-01-01 12:00:00', 'a', '12345678901234567', 0.1, true, '7', null, 'FR', 'DOUBLE'],
    ['2026-01-01 10:59:59', 'a', null, 2, false, '', null, 'DE', 'DOUBLE'],
  ]);
});

const inTable = `CREATE TABLE shop.labels AS FROM (VALUES ('z', 'a', TIMESTAMP '2026-01-01 12:00:00', 1), ('y', 'b', '2026-01-01 12:00:00', 2), ('z', 'a', '2026-01-01 12:00:00', 1)) AS l(tag, shop, as_of, "order")`;
const table = (folder: string, name: string): Promise<Ran> =>
  lockstep(
    'training-set',
    '--project',
    folder,
    '--target',
    'raw',
    '--labels',
    'shop.labels',
    '--features',
    'shop_sales,shop_country',
    '--table',
    name,
  );

test('a relation in, a table out, in the file and nothing else in it', async () => {
  const folder = await salesProject(inTable);
  const file = join(folder, 'raw.duckdb');
  expect(await table(folder, 'built.training')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('3 labels with 2 features in built.training'),
  });
  expect(await inDuckdb(file, 'SELECT tag, "order", shop_sales__n, shop_country__country FROM built.training')).toEqual([
    ['z', 1, '3', 'FR'],
    ['y', 2, '1', null],
    ['z', 1, '3', 'FR'],
  ]);
  expect(await inDuckdb(file, 'SELECT table_name FROM duckdb_tables() ORDER BY ALL')).toEqual([
    ['labels'],
    ['returns'],
    ['sales'],
    ['shops_history'],
    ['training'],
  ]);
  expect(await inDuckdb(file, 'SELECT * FROM duckdb_functions() WHERE NOT internal')).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual(['events', 'lockstep.yml', 'raw.duckdb', 'transforms']);
});

test('no table is overwritten, and none begun where none can be', async () => {
  const folder = await salesProject(inTable);
  expect(await table(folder, 'shop.sales')).toMatchObject({ code: 2, err: expect.stringContaining('has a relation shop.sales already') });
  expect(await table(folder, 'nowhere.t')).toMatchObject({ code: 2, err: expect.stringContaining('takes no table nowhere.t') });
  expect(await inDuckdb(join(folder, 'raw.duckdb'), 'SELECT count(*) FROM shop.sales')).toEqual([['7']]);
});

test('a target is only read where nothing is written to it: somebody else reads it meanwhile, which only readers can', async () => {
  const folder = await withLabels();
  const script = `import { DuckDBInstance } from '@duckdb/node-api';
await DuckDBInstance.create(process.argv[1], { access_mode: 'READ_ONLY' });
console.log('open');
setInterval(() => {}, 1000);`;
  const reader = spawn(process.execPath, ['--input-type=module', '-e', script, join(folder, 'raw.duckdb')]);
  try {
    await once(reader.stdout, 'data');
    expect(await run(folder, 'out.csv')).toMatchObject({ code: 0, err: expect.stringMatching(/^warning: .* 2 of 7 labels .*\n$/) });
  } finally {
    reader.kill('SIGKILL');
  }
});

test('no labels, no rows', async () => {
  const folder = await withLabels('Label,shop,AS_OF,buyer\n');
  expect(await run(folder, 'out.csv')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('0 labels'),
  });
  expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe(`${head}\n`);
});

const parquetOf = (values: string, columns: string): string => `CREATE TABLE shop.labels AS FROM (VALUES ${values}) AS l(${columns})`;
const fromTable = ['--labels', 'shop.labels', '--features', 'shop_sales'];

test.each<[string, { labels?: string; sql?: string; files?: Files; options?: readonly string[] }, string]>([
  [
    'a number that is a text',
    { labels: 'shop,as_of,buyer\na,2026-01-01,7\na,2026-01-01,seven\n' },
    'labels.csv:3: buyer: this is no NUMBER(9,0)',
  ],
  [
    'an offset',
    { labels: 'shop,as_of,buyer\na,2026-01-01T12:00:00+02:00,7\n' },
    'labels.csv:2: as_of: the offset +02:00 has no meaning in a TIMESTAMP_NTZ',
  ],
  [
    'a missing column',
    { labels: 'shop,as_of\na,2026-01-01\n' },
    'labels.csv: buyer: the labels do not have this column: the feature buyer_hour is about it',
  ],
  ['no instants', { labels: 'shop,buyer\na,7\n' }, 'labels.csv: as_of: the labels do not have this column: the instant of each row'],
  [
    'a column twice',
    { labels: 'shop,as_of,buyer,x,X\na,2026-01-01,7,1,2\n' },
    'labels.csv: X: two columns have this name, or differ only in case',
  ],
  [
    'a clash',
    { labels: 'shop,as_of,buyer,Shop_Sales__N\na,2026-01-01,7,1\n' },
    'the labels have a column Shop_Sales__N, and shop_sales has an output that would be called shop_sales__n\nhint: ',
  ],
  ['no labels', { options: ['--labels', 'other.csv'] }, 'other.csv: there is no such file'],
  [
    'a file of another kind, with --events',
    { options: ['--labels', 'labels.xlsx', '--events', 'events'] },
    'labels.xlsx: a file of labels is one of .ndjson, .csv, .parquet',
  ],
  ['a relation that is not there', { options: ['--labels', 'shop.nothing'] }, 'the target raw has no relation shop.nothing\nhint: '],
  [
    'a date of a relation',
    { sql: parquetOf("('a', DATE '2026-01-01')", 'shop, as_of'), options: fromTable },
    'shop.labels: as_of: the labels have DATE where TIMESTAMP_NTZ is declared\nhint: CAST(as_of AS TIMESTAMP_NTZ) where the labels are made\n',
  ],
  [
    'instants of a relation with a zone',
    { sql: parquetOf("('a', TIMESTAMPTZ '2026-01-01 00:00:00+00')", 'shop, as_of'), options: fromTable },
    "shop.labels: as_of: the labels have TIMESTAMP WITH TIME ZONE where TIMESTAMP_NTZ is declared\nhint: instants without a zone, in UTC, are TIMESTAMP_NTZ: as_of AT TIME ZONE 'UTC' where the labels are made\n",
  ],
  [
    'floats of a relation, where a number is declared',
    {
      sql: parquetOf("(7::DOUBLE, TIMESTAMP '2026-01-01'), (NULL, '2026-01-01')", 'buyer, as_of'),
      options: ['--labels', 'shop.labels', '--features', 'buyer_hour'],
    },
    'shop.labels: buyer: the labels have DOUBLE where NUMBER(9,0) is declared\nhint: a float does not hold every number: CAST(buyer AS NUMBER(9,0)) where the labels are made; of pandas, where whole numbers with a gap and columns without a value are float64, buyer.astype("Int64")\n',
  ],
  [
    'a relation without rows, whose columns got a type from nowhere',
    { sql: `CREATE TABLE shop.labels AS SELECT 1::DOUBLE AS shop, 1::DOUBLE AS as_of WHERE false`, options: fromTable },
    'shop.labels: shop: the labels have DOUBLE where VARCHAR is declared\nhint: CAST(shop AS VARCHAR) where the labels are made; of pandas, where whole numbers with a gap and columns without a value are float64, shop.astype("string")\n',
  ],
  [
    'a number of a relation that does not fit',
    {
      sql: parquetOf("(7, TIMESTAMP '2026-01-01'), (1000000000, '2026-01-01')", 'buyer, as_of'),
      options: ['--labels', 'shop.labels', '--features', 'buyer_hour'],
    },
    'shop.labels:2: buyer: the number does not fit NUMBER(9,0)',
  ],
  [
    'one that is too little',
    {
      sql: parquetOf("(7, TIMESTAMP '2026-01-01'), (NULL, '2026-01-01'), (-1000000000, '2026-01-01')", 'buyer, as_of'),
      options: ['--labels', 'shop.labels', '--features', 'buyer_hour'],
    },
    'shop.labels:3: buyer: the number does not fit NUMBER(9,0)',
  ],
  [
    'a time without end',
    { sql: parquetOf("('a', TIMESTAMP '2026-01-01'), ('a', '-infinity'), ('b', NULL)", 'shop, as_of'), options: fromTable },
    'shop.labels:2: as_of: the value is beyond TIMESTAMP_NTZ',
  ],
  ['an unknown feature', { options: ['--features', 'shop_sale'] }, 'there is no feature shop_sale\nhint: did you mean'],
  ['a feature twice', { options: ['--features', 'shop_sales, shop_sales'] }, '--features names shop_sales twice'],
  ['an unknown target', { options: ['--target', 'rw'] }, 'there is no target rw\nhint: did you mean'],
  [
    'a target on Snowflake without an account',
    { options: ['--target', 'snow'] },
    'the target snow is on Snowflake, and lockstep.yml does not say its account\nhint: ',
  ],
  [
    'a model without a relation',
    { options: ['--target', 'bare', '--features', 'shop_country'] },
    'the source shops is the dbt model shops_history: where dbt built it, the target bare does not say\nhint: ',
  ],
  [
    'a column that the source does not have',
    { sql: 'ALTER TABLE shop.sales DROP price' },
    'the source sales: the column PRICE is declared NUMBER(10,2), and raw.shop.sales does not have it',
  ],
  [
    'a document that is none',
    { sql: "ALTER TABLE shop.sales ALTER note TYPE VARCHAR; UPDATE shop.sales SET note = '{' WHERE sale_id = 1" },
    'the source sales: a value of the column NOTE: this is no JSON',
  ],
  ['a folder that is not there', { options: ['--out', 'nowhere/out.csv'] }, '--out '],
  ['another format', { options: ['--out', 'out.json'] }, '--out out.json: a training set is one of .parquet, .csv'],
  ['a file and a table', { options: ['--table', 't'] }, 'a training set goes into a file or a table\nhint: '],
  ['files and a target', { options: ['--target', 'raw', '--events', 'events'] }, 'raw rows come from files or from a warehouse\nhint: '],
])('%s: exit 2, and nothing is written', async (_, { labels, sql, options = [] }, message) => {
  const folder = await withLabels(labels, sql);
  const before = (await readdir(folder)).sort();
  await put(folder, { 'kept.txt': 'x' });
  const { code, out, err } = await run(folder, 'out.csv', ...options);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
  expect((await readdir(folder)).sort()).toEqual([...before, 'kept.txt'].sort());
});

/** Written by pyarrow: stream_id, as_of, AS_OF. DuckDB would rename the last. */
const twice =
  'UEFSMRUAFRgVGCwVAhUAFQYVBhwAAAACAAAAAgECAAAAczEVABUcFRwsFQIVABUGFQYcAAAAAgAAAAIBAEAgRkhHBgAVABUcFRwsFQIVABUGFQYcAAAAAgAAAAIBAED6wQibBQAVBBlMNQAYBnNjaGVtYRUGABUMJQIYCXN0cmVhbV9pZCUATBwAAAAVBCUCGAVhc19vZiUUTIwSHCwAAAAAABUEJQIYBUFTX09GJRRMjBIcLAAAAAAAFgIZHBk8JgAcFQwZJQYAGRgJc3RyZWFtX2lkFQAWAhY+Fj4mCEkcFQAVABUCADwWBBkGGSYAAgAAACYAHBUEGSUGABkYBWFzX29mFQAWAhZCFkImRkkcFQAVABUCADwpBhkmAAIAAAAmABwVBBklBgAZGAVBU19PRhUAFgIWQhZCJogBSRwVABUAFQIAPCkGGSYAAgAAABbCARYCJggWwgEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRk8HAAAHAAAHAAAACUBAABQQVIx';

test('columns of a Parquet file that differ only in case: nobody guesses which is the instant', async () => {
  const folder = await salesProject();
  await put(folder, { 'labels.parquet': Buffer.from(twice, 'base64') });
  const labels = join(folder, 'labels.parquet');
  const { code, err } = await run(folder, 'out.parquet', '--labels', labels);
  expect({ code, err }).toEqual({
    code: 2,
    err: `error: ${labels}: AS_OF: two columns have this name, or differ only in case\n`,
  });
});

test('what was there before is there after a failure', async () => {
  const folder = await withLabels('shop,as_of,buyer\na,2026-01-01,seven\n');
  await put(folder, { 'out.csv': 'the last one' });
  expect((await run(folder, 'out.csv')).code).toBe(2);
  expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe('the last one');
});

test('JSON labels that no column can hold are named by their lines', async () => {
  const of = async (second: string): Promise<string> => {
    const folder = await salesProject('', {
      'labels.ndjson': `{"as_of":"2026-01-01","shop":"a","x":1}\n\n{"as_of":"2026-01-01","shop":"a","x":${second}}\n`,
    });
    return (await run(folder, 'out.csv', '--labels', join(folder, 'labels.ndjson'), '--features', 'shop_country')).err;
  };
  expect(await of('"1"')).toContain('labels.ndjson:3: x: this is a string, and before it is a number');
  expect(await of('[1]')).toContain('labels.ndjson:3: x: labels hand through texts, numbers and booleans');
  expect(await of('0.12345678901234567')).toContain('labels.ndjson:3: x: a FLOAT does not keep this number');
});

test.each(['my raw-file', 'memory', 'lockstep_work', 'staged', 'spine', 'it\'s "x", y', 'LABELS'])(
  'a file that is called %s',
  async (name) => {
    const folder = await withLabels();
    await rename(join(folder, 'raw.duckdb'), join(folder, `${name}.duckdb`));
    await put(folder, {
      'lockstep.yml': `name: small\ntargets: { raw: { engine: duckdb, path: ${JSON.stringify(`${name}.duckdb`)}, databases: { raw: ${JSON.stringify(name)} } } }\n`,
    });
    expect(await run(folder, 'out.csv')).toMatchObject({ code: 0, err: expect.stringMatching(/^warning: .* 2 of 7 labels .*\n$/) });
    expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe(byEvent);
  },
);

test('the first and the last event that any label can see count: what is staged is no less', async () => {
  const folder = await withLabels('shop,as_of,buyer\na,2026-01-01T12:00:00,7\nb,2026-01-01T12:00:00,7\n');
  expect(await run(folder, 'out.csv', '--features', 'buyer_hour,shop_until_now')).toMatchObject({
    code: 0,
    err: '',
  });
  expect((await readFile(join(folder, 'out.csv'), 'utf8')).split('\n').slice(1)).toEqual([
    'a,2026-01-01T12:00:00.000000,7,1,"[""4""]",4,',
    'b,2026-01-01T12:00:00.000000,7,1,"[""4""]",1,"{""a"":2,""b"":1}"',
    '',
  ]);
  await run(folder, 'alone.csv', '--features', 'buyer_hour');
  expect(await readFile(join(folder, 'alone.csv'), 'utf8')).toContain('a,2026-01-01T12:00:00.000000,7,1,"[""4""]"');
});

test('what fails in writing leaves what was there', async () => {
  const sql =
    "CREATE TABLE labels AS SELECT 'a' AS shop, TIMESTAMP '2026-01-01' AS as_of, 170141183460469231731687303715884105727::HUGEINT AS id";
  const folder = await salesProject(sql, { 'out.parquet': 'the last one' });
  const before = await readdir(folder);
  expect((await run(folder, 'out.parquet', '--labels', 'labels', '--features', 'shop_country')).code).toBe(2);
  expect(await readFile(join(folder, 'out.parquet'), 'utf8')).toBe('the last one');
  expect(await readdir(folder)).toEqual(before);
});

test('features that take a column for different things are asked apart', async () => {
  const { code, err } = await run(await withLabels(), 'out.csv', '--features', 'buyer_hour,buyer_returns');
  expect({ code, err }).toEqual({
    code: 2,
    err: 'error: buyer is NUMBER(9,0) for buyer_hour and VARCHAR for buyer_returns\nhint: a column of labels has one type: make a training set of each\n',
  });
});

test('documents are read in one form, however they are written and whatever their columns are called', async () => {
  const folder = await withLabels('buyer,as_of\nq,2026-01-02\np,2026-01-02\n');
  expect(await run(folder, 'out.csv', '--features', 'buyer_returns')).toMatchObject({
    code: 0,
    err: '',
  });
  expect((await readFile(join(folder, 'out.csv'), 'utf8')).split('\n').slice(1)).toEqual([
    'q,2026-01-02T00:00:00.000000,1,"{""a"":3}",[4]',
    'p,2026-01-02T00:00:00.000000,1,"{""a"":1,""b"":1}","{""a"":2,""b"":2}"',
    '',
  ]);
});

test('the labels are not written over', async () => {
  const folder = await withLabels();
  const { code, err } = await run(folder, 'labels.csv');
  expect({ code, said: err.includes('--out is the file of the labels') }).toEqual({ code: 2, said: true });
  expect(await readFile(join(folder, 'labels.csv'), 'utf8')).toBe(labelsCsv);
});
