import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Source, SourceColumn } from '../../compiler/catalog.ts';
import { boolean, date, float, integer, number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import { DataError, readEvents, readSpine } from '../../runners/data/index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-'));
  return () => rm(folder, { recursive: true });
});

function source(columns: Readonly<Record<string, SqlType>>, pii: readonly string[] = []): Source {
  const declared = Object.entries(columns).map(
    ([name, type]): SourceColumn => ({ name, type, pii: pii.includes(name), maskingPolicy: null, topicPath: null, unit: null, max: null }),
  );
  return {
    kind: 'stream',
    name: 'chats',
    description: null,
    warehouse: 'w',
    topic: null,
    envelope: 'plain',
    key: ['ID'],
    columns: declared,
    span: { file: '', start: 0, end: 0 },
    eventTime: 'T',
    ingestTime: null,
    lateness: 0n,
    maxSkew: 0n,
  };
}

async function read(
  name: string,
  content: string | Uint8Array,
  columns: Readonly<Record<string, SqlType>>,
  pii: readonly string[] = [],
): Promise<unknown> {
  await writeFile(join(folder, name), content);
  try {
    const { events, warnings } = await readEvents(folder, [source(columns, pii)]);
    return warnings.length > 0 ? { rows: events.get('chats')?.rows, warnings } : events.get('chats')?.rows;
  } catch (thrown) {
    if (!(thrown instanceof DataError)) throw thrown;
    return thrown.message.replace(`${folder}/`, '').replaceAll(folder, 'DIR');
  }
}

const wide = { ID: number(38, 0), AMOUNT: number(10, 2), BODY: varchar, T: timestamp, OK: boolean, F: float };

test('NDJSON with every type', async () => {
  const lines = [
    '{"id": 1, "AMOUNT": 12.5, "body": "x", "t": "2026-01-01T00:00:00Z", "ok": true, "f": 0.1, "more": [1]}',
    '',
    '{"amount": "0.10", "ID": 12345678901234567890123456789012345678, "body": "12345678901234567890", "t": null, "ok": null, "f": 1e3}',
  ];
  expect(await read('chats.ndjson', lines.join('\r\n'), wide)).toEqual([
    [1n, 1250n, 'x', 1_767_225_600_000_000n, true, 0.1],
    [12345678901234567890123456789012345678n, 10n, '12345678901234567890', null, null, 1000],
  ]);
});

test.for([
  [
    '{"id": 1}\n{"id": 12.345}',
    'chats.ndjson:2: ID: the number has more than 0 digits after the point, which NUMBER(38,0) does not keep ("12.345")',
  ],
  [
    '{"id": 1.00000000000000000001}',
    'chats.ndjson:1: ID: the number has more than 0 digits after the point, which NUMBER(38,0) does not keep ("1.00000000000000000001")',
  ],
  ['{"id": "x"}', 'chats.ndjson:1: ID: this is no NUMBER(38,0) ("x")'],
  ['{"id": {}}', 'chats.ndjson:1: ID: an array or object is no NUMBER(38,0) ("[object Object]")'],
  ['{"other": 1}', 'chats.ndjson:1: ID: this line does not have the column; write null for NULL'],
  ['{"Id": 1, "iD": 2}', 'chats.ndjson:1: ID: two keys of this line differ only in case'],
  ['{"id": 1}\n{"id": ', 'chats.ndjson:2: this line is not JSON'],
  ['[1]', 'chats.ndjson:1: this line is no JSON object'],
  ['{"id": 01}', 'chats.ndjson:1: this line is not JSON'],
] as const)('NDJSON %s', async ([text, message]) => {
  expect(await read('chats.ndjson', text, { ID: integer })).toBe(message);
});

test('names that only quotes can write match exactly', async () => {
  expect(await read('chats.ndjson', '{"Mixed": 1, "mixed": 2}', { Mixed: integer })).toEqual([[1n]]);
});

test('personal data is not in messages', async () => {
  expect(await read('chats.ndjson', '{"id": "secret"}', { ID: integer }, ['ID'])).toBe('chats.ndjson:1: ID: this is no NUMBER(38,0)');
});

test('CSV: quotes, NULL, empty texts, line breaks, CRLF', async () => {
  const text = 'Body,extra,ID\r\n"a, ""b""\r\nc",x,1\r\n,y,2\r\n"",z,3\r\n';
  expect(await read('chats.csv', text, { ID: integer, BODY: varchar })).toEqual([
    [1n, 'a, "b"\r\nc'],
    [2n, null],
    [3n, ''],
  ]);
});

test.for([
  ['', 'chats.csv:1: the header with the names of the columns is missing'],
  ['other\n1', 'chats.csv:1: ID: the header does not name this column'],
  ['id,ID\n1,2', 'chats.csv:1: ID: the header names this column twice'],
  ['id,x\n1,"a\nb"\n2', 'chats.csv:4: the header has 2 fields and this record 1'],
  ['id\n"1', 'chats.csv:2: a quoted field is never closed'],
  ['id\n1"2', 'chats.csv:2: a quote inside a field that does not begin with one'],
  ['id\n"1"2', 'chats.csv:2: text follows a closing quote'],
  ['id\n1\nx', 'chats.csv:3: ID: this is no NUMBER(38,0) ("x")'],
  ['id\n""', 'chats.csv:2: ID: this is no NUMBER(38,0) ("")'],
] as const)('CSV %j', async ([text, message]) => {
  expect(await read('chats.csv', text, { ID: integer })).toBe(message);
});

test('a byte order mark is no part of the header', async () => {
  expect(await read('chats.csv', '\ufeffid\n1', { ID: integer })).toEqual([[1n]]);
});

test('text that is not UTF-8', async () => {
  expect(await read('chats.csv', Buffer.from('id\n\xe9', 'latin1'), { ID: varchar })).toBe('chats.csv: the file is not UTF-8 text');
});

test('digits beyond the microsecond are cut with a warning', async () => {
  expect(await read('chats.csv', 't\n2026-01-01T00:00:00.1234567\n', { T: timestamp })).toEqual({
    rows: [[1_767_225_600_123_456n]],
    warnings: [`${folder}/chats.csv: T: 1 timestamp has more than six digits of a second; the rest is cut`],
  });
});

test('no file, several files, no folder', async () => {
  expect(await read('other.csv', 'id\n1', { ID: integer })).toBe(
    'DIR: the source `chats` has no file here: none of chats.ndjson, chats.csv or chats.parquet',
  );
  await writeFile(join(folder, 'chats.csv'), 'id\n1');
  expect(await read('chats.ndjson', '{"id":1}', { ID: integer })).toMatch(/^DIR: the source `chats` has several files here/);
  await expect(readEvents(join(folder, 'nope'), [source({ ID: integer })])).rejects.toThrow(/there is no such folder/);
});

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
});
afterAll(() => instance.closeSync());

async function parquet(select: string, columns: Readonly<Record<string, SqlType>>): Promise<unknown> {
  const connection = await instance.connect();
  await connection.run(`COPY (${select}) TO '${folder}/made.parquet' (FORMAT parquet)`);
  const { readFile } = await import('node:fs/promises');
  return read('chats.parquet', await readFile(join(folder, 'made.parquet')), columns);
}

test('Parquet with every type', async () => {
  const select =
    "SELECT 1::BIGINT AS id, -0.05::DECIMAL(10,2) AS amount, 'x' AS body, TIMESTAMP '1969-12-31 23:59:59.999999' AS t, true AS ok, 0.5::DOUBLE AS f, DATE '1969-12-31' AS d UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL";
  expect(await parquet(select, { ...wide, D: date })).toEqual([
    [1n, -5n, 'x', -1n, true, 0.5, -1n],
    [null, null, null, null, null, null, null],
  ]);
});

test.for([
  ['SELECT 1.5::DOUBLE AS id', 'chats.parquet: ID: the file has DOUBLE where NUMBER(5,0) is declared'],
  ['SELECT 1.5::DECIMAL(5,1) AS id', 'chats.parquet: ID: the file has DECIMAL(5,1) where NUMBER(5,0) is declared'],
  ['SELECT 1::DECIMAL(6,0) AS id', 'chats.parquet: ID: the file has DECIMAL(6,0) where NUMBER(5,0) is declared'],
  ["SELECT '1' AS id", 'chats.parquet: ID: the file has VARCHAR where NUMBER(5,0) is declared'],
  ['SELECT 7::INTEGER AS id UNION ALL SELECT 100000', 'chats.parquet:2: ID: the number does not fit NUMBER(5,0)'],
  ['SELECT 1 AS other', 'chats.parquet: ID: the file does not have this column'],
] as const)('Parquet %s', async ([select, message]) => {
  expect(await parquet(select, { ID: number(5, 0) })).toBe(message);
});

test('Parquet with nanoseconds, and what is no Parquet', async () => {
  expect(await parquet("SELECT '2026-01-01 00:00:00.123456789'::TIMESTAMP_NS AS t", { T: timestamp })).toMatchObject({
    rows: [[1_767_225_600_123_456n]],
    warnings: [expect.stringContaining('1 timestamp has')],
  });
  expect(await read('chats.parquet', 'nonsense', { T: timestamp })).toMatch(/^chats\.parquet: the file cannot be read as Parquet/);
});

test('a spine', async () => {
  const file = join(folder, 'spine.csv');
  const entity = [{ name: 'USER_ID', type: integer }];
  await writeFile(file, 'label,user_id,as_of\nx,1,2026-01-01T00:00:00\ny,1,2026-01-01T00:00:00\n');
  expect(await readSpine(file, entity)).toEqual([
    { entity: [1n], asOf: 1_767_225_600_000_000n },
    { entity: [1n], asOf: 1_767_225_600_000_000n },
  ]);
  await writeFile(file, 'user_id,as_of\n1,2026-01-01T00:00:00\n,2026-01-01T00:00:00\n');
  await expect(readSpine(file, entity)).rejects.toThrow(/spine\.csv:3: USER_ID: a spine holds no NULL/);
  await writeFile(file, 'user_id,as_of\n1,\n');
  await expect(readSpine(file, entity)).rejects.toThrow(/spine\.csv:2: AS_OF: a spine holds no NULL/);
  await writeFile(file, 'user_id,as_of\n1,2026-01-01T00:00:00+02:00\n');
  await expect(readSpine(file, entity)).rejects.toThrow(/spine\.csv:2: AS_OF: the offset \+02:00/);
  await expect(readSpine(join(folder, 'nope.csv'), entity)).rejects.toThrow(/there is no such file/);
  await writeFile(join(folder, 'spine.txt'), '');
  await expect(readSpine(join(folder, 'spine.txt'), entity)).rejects.toThrow(/a spine is one of/);
  await writeFile(join(folder, 's.ndjson'), '{"as_of":"2026-01-01 00:00:00.0000001"}');
  const warnings: string[] = [];
  expect(await readSpine(join(folder, 's.ndjson'), [], (warning) => warnings.push(warning))).toEqual([
    { entity: [], asOf: 1_767_225_600_000_000n },
  ]);
  expect(warnings).toHaveLength(1);
});
