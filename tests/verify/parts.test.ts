/** What would be asked of an account, asked of DuckDB: every part is as right as its items are, and every function row is in it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { failure } from './failure.ts';
import { functionsPart, rowNames } from './functions.ts';
import { generatedItems } from './generated.ts';
import { goldPart } from './gold.ts';
import type { Item } from './item.ts';

let connection: Connection;
beforeAll(async () => {
  await loadParser();
  connection = await openDuckdb();
});
afterAll(() => connection.close());

async function results(items: readonly Item[]) {
  const found = [];
  for (const item of items) found.push({ id: item.id, ...(await item.run(connection).catch(failure)) });
  return found;
}

test('every function row has a value, and all examples and generated features are equal', async () => {
  const part = functionsPart();
  const found = await results(part.items);
  expect(found.filter(({ outcome }) => outcome !== 'equal')).toEqual([]);
  const compared = new Set(found.flatMap(({ functions }) => functions));
  expect(rowNames.filter((name) => !compared.has(name))).toEqual([]);
  // A value of each was compared, so nothing is left to try.
  expect(part.more?.()).toBeUndefined();
});

test('a row whose feature fails is tried once more, and then no more', async () => {
  const { items, more } = generatedItems(['REVERSE', 'SUM'], 5);
  const [reverse, sum] = items;
  const broken = { ...connection, query: () => Promise.reject(new Error('no')) };
  await expect(reverse?.run(broken)).rejects.toThrow('no');
  expect((await sum?.run(connection))?.outcome).toBe('equal');
  const again = more();
  expect([again?.id.startsWith('REVERSE'), again?.id === reverse?.id]).toEqual([true, false]);
  expect(more()).toBeUndefined();
});

test('gold: as many are equal as the ledger of gold says, and none is different', async () => {
  const found = await results(goldPart().items.filter((_, i) => i % 7 === 0));
  expect(found.filter(({ outcome }) => outcome === 'different' || outcome === 'failed')).toEqual([]);
  expect(found.filter(({ outcome }) => outcome === 'equal').length).toBeGreaterThan(found.length / 2);
});
