/** A FLOAT from a service that writes fewer digits than it takes: DuckDB, told to write as few. */
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Value } from '../../compiler/value.ts';
import { exactColumn } from '../../runners/warehouse/snowflake-relation.ts';

const bits = new DataView(new ArrayBuffer(8));
let state = 88_172_645_463_325_252n;
/** Any of them, each pattern of bits alike. */
function anyDouble(): number {
  state ^= (state << 13n) & 0xffff_ffff_ffff_ffffn;
  state ^= state >> 7n;
  state ^= (state << 17n) & 0xffff_ffff_ffff_ffffn;
  bits.setBigUint64(0, state & 0xffff_ffff_ffff_ffffn);
  return bits.getFloat64(0);
}

const special = [
  0,
  0.1,
  0.1 + 0.2,
  1 / 3,
  1e21,
  5e-324,
  2 ** 53 + 2,
  -(2 ** 63),
  1e-7,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];
const wanted: readonly (number | null)[] = [...special, ...Array.from({ length: 5000 }, anyDouble).filter((x) => !Number.isNaN(x)), null];

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
});
afterAll(() => instance.closeSync());

async function read(digits: number): Promise<readonly (Value | undefined)[]> {
  const connection = await instance.connect();
  const column = exactColumn('x', { type: 'real', precision: 0, scale: 0 }, { kind: 'float' });
  if (column === null) throw new Error('a FLOAT is one');
  for (const sql of [
    `CREATE OR REPLACE MACRO to_varchar(v) AS CASE WHEN isnan(v) THEN 'NaN' ELSE printf('%.${digits}g', v) END`,
    'CREATE OR REPLACE MACRO iff(c, a, b) AS CASE WHEN c THEN a ELSE b END',
    'CREATE OR REPLACE TABLE given (i INTEGER, x DOUBLE)',
  ])
    await connection.run(sql);
  const appender = await connection.createAppender('given');
  wanted.forEach((x, i) => {
    appender.appendInteger(i);
    if (x === null) appender.appendNull();
    else appender.appendDouble(x);
    appender.endRow();
  });
  appender.closeSync();
  const rows = (await connection.runAndReadAll(`SELECT ${column.items.join(', ')} FROM given ORDER BY i`)).getRows();
  connection.closeSync();
  return rows.map((row) => column.value(row));
}

test.each([9, 15, 17])('%i digits', async (digits) => {
  const given = await read(digits);
  given.forEach((value, i) => {
    expect(value, `${wanted[i]}`).toEqual(wanted[i]);
  });
});

test('what two texts do not say for certain is no value', async () => {
  // Each text has four digits: eight are not enough, and of the largest there are none that are no infinity.
  const given = await read(4);
  const doubtful = given.filter((value) => value === undefined).length;
  expect(doubtful).toBeGreaterThan(4000);
  given.forEach((value, i) => {
    if (value !== undefined) expect(value, `${wanted[i]}`).toEqual(wanted[i]);
  });
});
