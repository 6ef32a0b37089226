/** What holds of every training set: its rows are what `query` answers one feature and one row at a time, and its texts are those that `query` prints. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from '../../runners/data/csv.ts';
import { csvText, floatTextMacros } from '../../runners/training/csv-text.ts';
import { lockstep, put } from '../support/cli.ts';
import { inDuckdb, salesProject } from './sales.ts';

/** Near each other, so that instants are those of events, and ends of windows. */
const moment = fc.nat(40).map((n) => new Date(Date.UTC(2026, 0, 1, 10) + n * 300_000).toISOString().slice(0, 19));
const shop = fc.constantFrom('a', 'b', 'c');
const buyer = fc.integer({ min: 1, max: 3 });
const sale = fc.record({
  sale_id: fc.nat(30),
  shop,
  buyer,
  price: fc.integer({ min: -999, max: 999 }).map((cents) => (cents / 100).toFixed(2)),
  weight: fc.constantFrom('0.1', '1e-7', '-1e21', '2.5', '123456789012345680000'),
  note: fc.constantFrom(null, { kind: 'gift' }, { n: 1, kind: 'sale' }),
  sold_at: moment,
  came_at: fc.option(moment),
});
const label = fc.record({ shop, buyer, as_of: moment, label: fc.constantFrom('', 'x', '"', 'a,b', 'é\n') });
const names = ['shop_sales', 'buyer_hour', 'shop_country'];
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const cell = (value: unknown): string | null => (value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value));

test('each label has what query answers, by the batch form and by the reference', async () => {
  const folder = await salesProject();
  const file = (name: string): string => join(folder, name);
  await fc.assert(
    fc.asyncProperty(
      fc.array(sale, { maxLength: 30 }),
      fc.array(label, { minLength: 1, maxLength: 20 }),
      fc.constantFrom('event', 'arrived'),
      fc.constantFrom('duckdb', 'reference'),
      async (sales, labels, knowledge, engine) => {
        await put(folder, { 'events/sales.ndjson': lines(sales), 'labels.ndjson': lines(labels) });
        await inDuckdb(
          file('raw.duckdb'),
          `DELETE FROM shop.sales; INSERT INTO shop.sales SELECT *, 'x' FROM read_json('${file('events/sales.ndjson')}', format = 'newline_delimited', columns = {sale_id: 'INTEGER', shop: 'VARCHAR', buyer: 'BIGINT', price: 'DECIMAL(6,2)', weight: 'DOUBLE', note: 'JSON', sold_at: 'TIMESTAMP', came_at: 'TIMESTAMP'})`,
        );
        const asked = ['--project', folder, '--knowledge', knowledge];
        const made = await lockstep(
          ...['training-set', ...asked, '--target', 'raw', '--labels', file('labels.ndjson'), '--features', names.join(',')],
          ...['--out', file('out.csv')],
        );
        expect(made).toMatchObject({
          code: 0,
          err: expect.stringMatching(/^(?:warning: (?:shops is a table: .*|.* labels have no as_of or not all entities: .*)\n)*$/),
        });
        const [head, ...rows] = [...readCsv(await readFile(file('out.csv'), 'utf8'), 'out.csv')].map((r) => r.fields);
        expect(rows.map((row) => row[3])).toEqual(labels.map((l) => l.label));
        for (const name of names) {
          const ran = await lockstep(
            'query',
            name,
            ...asked,
            '--engine',
            engine,
            '--events',
            file('events'),
            '--spine',
            file('labels.ndjson'),
          );
          const answers = ran.out
            .trimEnd()
            .split('\n')
            .map((line) => Object.entries(JSON.parse(line) as Record<string, unknown>));
          const outputs = (answers[0] ?? []).slice(2).map(([output]) => output);
          const places = outputs.map((output) => head?.indexOf(`${name}__${output}`) ?? -1);
          expect(rows.map((row) => places.map((place) => row[place]))).toEqual(
            answers.map((row) => row.slice(2).map(([, value]) => cell(value))),
          );
        }
      },
    ),
    { numRuns: 25, seed: 7 },
  );
}, 60_000);

test('a FLOAT is written as JavaScript writes it', async () => {
  const edges = [
    0,
    -0,
    1,
    0.1,
    1e-6,
    1e-7,
    9.999999e-7,
    1e15,
    1e16,
    1e20,
    1e21,
    123456789012345680000,
    5e-324,
    1.7976931348623157e308,
    NaN,
    Infinity,
    -Infinity,
  ];
  const drawn = fc.sample(
    fc.oneof(
      fc.double(),
      fc.integer().map((n) => n / 1000),
      fc.integer({ min: -30, max: 30 }).map((e) => 1.2345 * 10 ** e),
    ),
    { numRuns: 3000, seed: 7 },
  );
  const values = [...edges, ...edges.map((v) => -v), ...drawn];
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const macro of floatTextMacros) await connection.run(macro);
  await connection.run('CREATE TABLE t (i INTEGER, x DOUBLE)');
  const appender = await connection.createAppender('t');
  values.forEach((value, i) => {
    appender.appendInteger(i);
    appender.appendDouble(value);
    appender.endRow();
  });
  appender.closeSync();
  const written = (await connection.runAndReadAll(`SELECT ${csvText('x', 'DOUBLE')} FROM t ORDER BY i`)).getRows().map(([t]) => t);
  const lists = (await connection.runAndReadAll(`SELECT ${csvText('[x, NULL]', 'DOUBLE[]')} FROM t ORDER BY i`)).getRows().map(([t]) => t);
  connection.closeSync();
  instance.closeSync();
  expect(written).toEqual(values.map(String));
  expect(lists).toEqual(values.map((v) => JSON.stringify([Number.isFinite(v) ? v : String(v), null])));
});

test.each([
  ["TIMESTAMPTZ '2026-01-31 14:00:00.5+02'", '2026-01-31T12:00:00.500000Z'],
  ["TIMESTAMP '0001-02-03 04:05:06.000007'", '0001-02-03T04:05:06.000007'],
  ["TIMESTAMP_NS '2026-01-31 12:00:00.000000001'", '2026-01-31T12:00:00.000000001'],
  ["DATE '0012-01-31'", '0012-01-31'],
  ["'\\x0A\\xFF'::BLOB", '0AFF'],
  ['-0.50::DECIMAL(38,2)', '-0.50'],
  ['true', 'true'],
  ['[1.5::DECIMAL(9,2), NULL]', '["1.50",null]'],
  ['[true, NULL]', '[true,null]'],
  ["['a\"b', '']", '["a\\"b",""]'],
  ["[DATE '2026-01-31']", '["2026-01-31"]'],
  ['[[1::BIGINT], []]', '[["1"],[]]'],
  ["{'a': 1}", '{"a":1}'],
  ['NULL::DOUBLE', null],
  ['NULL::BIGINT[]', null],
])('%s is written as %s', async (sql, text) => {
  const [[type] = []] = await inDuckdb(':memory:', `SELECT column_type FROM (DESCRIBE SELECT ${sql} AS x)`);
  const written = `${floatTextMacros.join(';')}; SET TimeZone = 'UTC'; SELECT ${csvText('x', String(type))} FROM (SELECT ${sql} AS x)`;
  expect(await inDuckdb(':memory:', written)).toEqual([[text]]);
});
