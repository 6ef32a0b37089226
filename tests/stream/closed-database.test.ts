/** The database of a server reaches nothing but its own file, whatever SQL gets to it; and the store's own work goes on as ever. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { integer } from '../../compiler/sql-type.ts';
import { type DuckdbFile, openDuckdbFile } from '../../runners/engines/duckdb-file.ts';
import type { Selects } from '../../runners/engines/duckdb-select.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-closed-'));
const file = join(folder, 'events.duckdb');
const csv = join(folder, 'secret.csv');
let database: DuckdbFile;
let selects: Selects;

beforeAll(async () => {
  writeFileSync(csv, 'a\n1\n');
  database = await openDuckdbFile(file, 1);
  selects = await database.selects();
});
afterAll(() => {
  selects.close();
  database.close();
  rmSync(folder, { recursive: true });
});

test.each([
  `SELECT * FROM read_csv('${csv}')`,
  `SELECT * FROM '${csv}'`,
  `COPY (SELECT 1) TO '${csv}'`,
  `ATTACH '${join(folder, 'other.duckdb')}'`,
  'INSTALL httpfs',
  'SET enable_external_access = true',
  'SET GLOBAL lock_configuration = false',
  "SET TimeZone = 'Europe/Berlin'",
])('not %s, on any connection', async (sql) => {
  const connection = await database.connect(true);
  await expect(connection.execute(sql)).rejects.toThrow(/Permission Error|configuration has been locked/);
  connection.close();
});

test('what was set before it was locked holds on every connection', async () => {
  const { rows } = (await selects.run("SELECT current_setting('TimeZone'), current_setting('default_null_order')", [], {
    milliseconds: 1000,
    mostRows: 1,
  })) as { rows: unknown };
  expect(rows).toEqual([['UTC', 'NULLS_LAST_ON_ASC_FIRST_ON_DESC']]);
});

test('rows are appended, committed, rolled back, and there when the file is opened again', async () => {
  const writer = await database.connect(true);
  await writer.execute('CREATE TABLE kept (n HUGEINT)');
  const columns = [{ name: 'n', type: integer }];
  await writer.execute('BEGIN TRANSACTION');
  await writer.append('kept', columns, [[1n], [2n]]);
  await writer.execute('COMMIT');
  await writer.execute('BEGIN TRANSACTION');
  await writer.append('kept', columns, [[3n]]);
  await writer.execute('ROLLBACK');
  await writer.execute('CHECKPOINT');
  writer.close();
  selects.close();
  database.close();
  database = await openDuckdbFile(file, 1);
  selects = await database.selects();
  const reader = await database.connect(true);
  expect(await reader.query('SELECT n FROM kept ORDER BY n', columns)).toEqual([[1n], [2n]]);
  reader.close();
});

test('what runs as a SELECT cannot write, even if it were none', async () => {
  for (const sql of ['INSERT INTO kept VALUES (9)', 'SELECT * FROM force_checkpoint()', 'CREATE TABLE more (n INT)'])
    await expect(selects.run(sql, [], { milliseconds: 1000, mostRows: 1 })).rejects.toThrow(/no SELECT|transaction/i);
  const bounds = { milliseconds: 1000, mostRows: 1 };
  await expect(selects.run('EXPLAIN SELECT 1', [], bounds)).rejects.toThrow('this is no SELECT');
  const writer = await database.connect(true);
  await writer.execute('CREATE SEQUENCE counter');
  await expect(selects.run("SELECT nextval('counter')", [], bounds)).rejects.toThrow('read-only');
  writer.close();
  const found = (await selects.run('SELECT count(*)::INTEGER FROM kept', [], { milliseconds: 1000, mostRows: 1 })) as { rows: unknown };
  expect(found.rows).toEqual([[2]]);
});

test('a query ends when its time is over, however short it was', async () => {
  const endless = 'SELECT count(*) FROM range(10000000000) AS a(x), range(1000) AS b(y) WHERE x + y < 0';
  for (const milliseconds of [0.01, 0.1, 0.5, 1, 2, 3, 5, 10, 30])
    expect(await selects.run(endless, [], { milliseconds, mostRows: 1 })).toEqual({ interrupted: true });
  expect(await selects.run('SELECT 1', [], { milliseconds: 1000, mostRows: 1 })).toMatchObject({ rows: [[1]] });
});

test('rows that were left unread are in nobody’s way', async () => {
  const ask = (mostRows: number) => selects.run('SELECT * FROM range(1000000)', [], { milliseconds: 5000, mostRows });
  for (let i = 0; i < 20; i++) expect(await ask(2)).toMatchObject({ interrupted: false, more: true, rows: [[0n], [1n]] });
  const writer = await database.connect(true);
  await writer.execute('DROP TABLE kept');
  writer.close();
});
