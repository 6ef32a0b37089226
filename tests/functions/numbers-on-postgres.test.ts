/** Halves, bits far up and values outside a function's domain, on Postgres. */
import { beforeAll, expect, test } from 'vitest';
import type { AggregateRow } from '../../compiler/functions/define.ts';
import { sqlFor } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { name } from '../../compiler/sql/tree.ts';
import { float, number, type SqlType, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type TestEngine, testEngines } from './engines.ts';
import { openRows } from './on-postgres.ts';
import { constant, print } from './print-for-test.ts';

let rowOf: Awaited<ReturnType<typeof openRows>>;
beforeAll(async () => {
  rowOf = await openRows();
}, 60_000);

test.each(['-2', '-1', '0', '1'])('halves go to the even neighbour at %s decimals', async (places) => {
  const row = rowOf('ROUND', [{ type: number(12, 2) }, { type: number(2), literal: places }, { type: varchar, literal: 'HALF_TO_EVEN' }]);
  const halves = [50n, 150n, 250n, 251n, 249n, 5n, 15n, 25n, 500n, 1500n, 2500n, 5000n, 15000n, 25000n, 25001n, 0n];
  const rows = [...halves, ...halves.map((x) => -x)].map((x): Value[] => [x, BigInt(places), 'HALF_TO_EVEN']);
  expect(await row.got(rows)).toEqual(rows.map(row.meant));
});

test.each(['BITAND', 'BITOR', 'BITXOR'])('%s of numbers of up to 38 digits', async (wanted) => {
  const row = rowOf(wanted, [{ type: number(38) }, { type: number(38) }]);
  const wide = [0n, 1n, -1n, 1n << 49n, 1n << 50n, (1n << 100n) + 5n, -(1n << 100n), (1n << 125n) - 1n, -(1n << 124n) - 12345n, 10n ** 37n];
  const pairs = wide.flatMap((a) => wide.map((b): Value[] => [a, b]));
  expect(await row.got(pairs)).toEqual(pairs.map(row.meant));
});

test('REGR_INTERCEPT of a steep line far from 0 keeps its digits', async () => {
  const engine = testEngines.find((e) => e.name === 'postgres') as TestEngine;
  const { rows: ask } = await engine.open();
  const row = functionRows.find((r) => r.name === 'REGR_INTERCEPT') as AggregateRow;
  const args = [float, float].map((type) => ({ type, nullable: true }));
  const call = { args, type: float, distinct: false, orderBy: [] };
  const xs = [99999999.99, 99999999.99, 3.33];
  const pairs = xs.map((x): [number, number] => [x * 2 + 1, x]);
  const made = print(sqlFor(row, row.sql, 'postgres')([name('y'), name('x')], call), 'postgres');
  const lines = pairs.map((pair) => `(${pair.map((value) => constant(value, float, 'postgres')).join(', ')})`).join(', ');
  const [[cell] = []] = await ask(`SELECT ${engine.asText(made, float)} FROM (VALUES ${lines}) t(y, x)`);
  const meant = row.evaluate(pairs, call) as number;
  expect(Math.abs(Number(cell) - meant)).toBeLessThanOrEqual(1e-9 * Math.abs(meant));
});

const outside: readonly (readonly [string, readonly SqlType[], readonly Value[], string])[] = [
  ['ASIN', [float], [1.5], 'ASIN has no value there'],
  ['ACOSH', [float], [0.5], 'ACOSH has no value there'],
  ['ATANH', [float], [1], 'ATANH has no value there'],
  ['LOG', [float, float], [1, 5], 'LOG needs a base'],
  ['LOG', [float, float], [10, 0], 'LOG needs a base'],
  ['FACTORIAL', [number(3)], [34n], 'FACTORIAL takes numbers from 0 to 33'],
  ['FACTORIAL', [number(3)], [-1n], 'FACTORIAL takes numbers from 0 to 33'],
  ['CHR', [number(9)], [0n], 'no such character'],
  ['CHR', [number(9)], [0xd800n], 'no such character'],
  ['INSERT', [varchar, number(9), number(9), varchar], ['abc', 5n, 0n, 'x'], 'INSERT beyond the text'],
  ['INSERT', [varchar, number(9), number(9), varchar], ['abc', 2n, -1n, 'x'], 'INSERT beyond the text'],
];

test.each(outside)('%s outside its domain fails (%#)', async (wanted, types, values, message) => {
  const row = rowOf(
    wanted,
    types.map((type) => ({ type })),
  );
  expect(() => row.meant(values)).toThrow();
  await expect(row.got([values])).rejects.toThrow(message);
});

test.each([
  ['BITSHIFTRIGHT', -1n, '3', 'BITSHIFTRIGHT of a negative number'],
  ['BITSHIFTLEFT', 10n ** 37n, '10', 'overflow'],
] as const)('%s of %d by %s fails', async (wanted, x, places, message) => {
  const row = rowOf(wanted, [{ type: number(38) }, { type: number(3), literal: places }]);
  expect(() => row.meant([x, BigInt(places)])).toThrow();
  await expect(row.got([[x, BigInt(places)]])).rejects.toThrow(message);
});
