/** Columns that can only be written in quotes, from sources.yml through files of each format to every form. */
import { rm } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, expect, test } from 'vitest';
import { folderWith, lockstep, put } from '../support/cli.ts';

const sql = `/*---
entity: '"userId"'
defaults: { '"lastPage"': none }
examples:
  - events: { clicks: [{ '"clickId"': c1, "userId": u1, '"Page"': p, '"at"': 2026-01-01T10:00:00 }] }
    as_of: 2026-01-01T11:00:00
    expect: { '"userId"': u1, '"lastPage"': p, clicks: 1 }
---*/
SELECT "userId", MAX("Page") AS "lastPage", COUNT(*) AS clicks
FROM clicks
WHERE "at" >= as_of() - INTERVAL '1 day'
GROUP BY "userId"
`;

const declared = `streams:
  clicks:
    warehouse: raw.clicks
    key: '"clickId"'
    event_time: '"at"'
    columns:
      '"clickId"': VARCHAR
      "userId": VARCHAR
      '"Page"': VARCHAR
      '"at"': TIMESTAMP_NTZ
`;

const rows = [
  { clickId: 'c1', userId: 'u1', Page: 'a', at: '2026-01-01T10:00:00' },
  { clickId: 'c2', userId: 'u1', Page: 'b', at: '2026-01-01T11:00:00' },
  { clickId: 'c2', userId: 'u1', Page: 'b', at: '2026-01-01T11:00:00' },
  { clickId: 'c3', userId: 'u2', Page: 'c', at: '2026-01-01T12:00:00' },
];

let folder: string;
beforeAll(async () => {
  folder = await folderWith({
    'lockstep.yml': 'name: quoted\n',
    'transforms/sources.yml': declared,
    'transforms/features/f.sql': sql,
    'spine.ndjson': '{"userId":"u1","as_of":"2026-01-01T12:00:00"}\n{"userId":"u2","as_of":"2026-01-01T12:00:00"}\n',
    'events/a.txt': '',
  });
});

async function write(format: string): Promise<void> {
  if (format === 'ndjson') return put(folder, { 'events/clicks.ndjson': rows.map((r) => `${JSON.stringify(r)}\n`).join('') });
  if (format === 'csv')
    return put(folder, {
      'events/clicks.csv': `clickId,userId,Page,at\n${rows.map((r) => `${r.clickId},${r.userId},${r.Page},${r.at}\n`).join('')}`,
    });
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const values = rows.map((r) => `('${r.clickId}', '${r.userId}', '${r.Page}', TIMESTAMP '${r.at}')`).join(', ');
  await connection.run(
    `COPY (SELECT * FROM (VALUES ${values}) AS t("clickId", "userId", "Page", "at")) TO '${folder}/events/clicks.parquet' (FORMAT parquet)`,
  );
  connection.closeSync();
}

test.for(['ndjson', 'csv', 'parquet'])('from %s', async (format) => {
  await write(format);
  const data = ['--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`];
  for (const form of [
    ['--form', 'batch'],
    ['--form', 'lambda'],
    ['--engine', 'reference'],
  ]) {
    const ran = await lockstep('query', 'f', ...data, ...form);
    expect(ran).toEqual({
      code: 0,
      err: '',
      out: '{"userId":"u1","as_of":"2026-01-01T12:00:00.000000","lastPage":"b","clicks":"2"}\n{"userId":"u2","as_of":"2026-01-01T12:00:00.000000","lastPage":null,"clicks":"0"}\n',
    });
  }
  expect((await lockstep('parity', ...data)).code).toBe(0);
  await rm(`${folder}/events/clicks.${format}`);
});

test('check runs the example, and compile writes the names in quotes', async () => {
  expect(await lockstep('check', '--project', folder)).toMatchObject({ code: 0, err: '' });
  const { out } = await lockstep('render', 'f', '--project', folder, '--at', '2026-01-01T12:00:00');
  expect(out).toContain('"userId"');
  expect(out).toContain('PARTITION BY "clickId", "at"');
});

test('a reference without its quotes is told what to write', async () => {
  const other = await folderWith({ 'lockstep.yml': '', 'transforms/sources.yml': declared.replace(`key: '"clickId"'`, 'key: clickId') });
  const { code, err } = await lockstep('check', '--project', other);
  expect(code).toBe(1);
  expect(err).toMatch(
    /`key` names `clickId`, which is not among the columns[^]*hint: write '"clickId"': in quotes, upper and lower case count/,
  );
});
