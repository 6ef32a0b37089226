/** What is wrong with one output is said at that output, not at the whole query. */
import { expect, test } from 'vitest';
import { check, text } from './checked.ts';

test.for([
  ['a kept alias', 'SELECT k, COUNT(*) AS «ordinal» FROM e GROUP BY k', 'reserved-name'],
  ['behind a CTE', 'WITH a AS (\n  SELECT k, n FROM e\n)\nSELECT k,\n  COUNT(*) AS «lockstep_version» FROM a GROUP BY k', 'reserved-name'],
  [
    'no alias at all',
    'WITH a AS (SELECT k, n AS ordinal FROM e)\nSELECT k, SUM(ordinal) AS s, «MAX(ordinal)» FROM a GROUP BY k',
    'output-type',
  ],
  ['through a star', 'SELECT «*» FROM (SELECT k, COUNT(*) AS ordinal FROM e GROUP BY k) AS x', 'reserved-name'],
  ['in the first branch of a union', 'SELECT k, n AS «ordinal» FROM e UNION ALL SELECT k, m FROM e', 'reserved-name'],
  ['always NULL', 'SELECT k, COUNT(*) AS n, NULL AS «c» FROM e GROUP BY k', 'output-type'],
  ['nothing but the entity', 'WITH a AS (SELECT k FROM e)\nSELECT «k» FROM a GROUP BY k', 'output-type'],
] as const)('%s', async ([, sql, code]) => {
  const { said, from, to } = await check(text(sql));
  expect(said.map((d) => [d.code, d.from, d.to])).toEqual([[code, from, to]]);
});

test.for([
  ['SELECT k, e.«"from"» AS "from" FROM e', '`e` has no column `"from"`'],
  ['SELECT k, e.«"CASE"» FROM e', '`e` has no column `case`'],
  ['SELECT k, «nope» FROM e', '`e` has no column `nope`'],
  ['SELECT k, «nope» AS nope FROM e', '`e` has no column `nope`'],
] as const)('an unknown column is that, whatever it is called: %s', async ([sql, message]) => {
  const { said, from, to } = await check(text(sql));
  expect(said.map((d) => [d.code, d.message, d.from, d.to, d.hint])).toEqual([
    ['unknown-column', message, from, to, 'it has id, k, n, m, f, s, b, at'],
  ]);
});

test('what stands in double quotes may have been meant as a text', async () => {
  const { said, from, to } = await check(text('SELECT k, «"select"» FROM e'));
  expect(said.map((d) => [d.code, d.message, d.from, d.to, d.hint])).toEqual([
    ['unknown-column', '`e` has no column `"select"`', from, to, "double quotes name a column; a text has single ones: 'select'"],
  ]);
});

test('aliases that go in a circle are still defined by themselves', async () => {
  const { said } = await check(text('SELECT k, y + 1 AS x, x + 1 AS y FROM e'));
  expect(said.map((d) => d.message)).toEqual(['`x` is defined by itself']);
});

test.for([
  ['SELECT e.k, COUNT(*) AS n FROM e JOIN o ON e.k = o.k AND «EXISTS (SELECT 1 FROM t WHERE t.k = e.k)» GROUP BY e.k', 'a query in ON'],
  ['SELECT e.k, COUNT(*) AS n FROM e WHERE (k, s) IN («SELECT k FROM t») GROUP BY e.k', '2 values are looked for among rows of 1'],
] as const)('a query where it cannot stand: %s', async ([sql, message]) => {
  const { said, from, to } = await check(text(sql));
  expect(said.map((d) => [d.from, d.to, d.message])).toEqual([[from, to, expect.stringContaining(message)]]);
});

test.for([
  ['SELECT k, COUNT(*) AS n FROM e GROUP BY k ORDER BY «ALL»', 'order-at-top'],
  ['WITH c AS (SELECT k, n FROM e ORDER BY «ALL» DESC) SELECT k, COUNT(*) AS n FROM c GROUP BY k', 'order-at-top'],
  ['SELECT k, COUNT(*) AS n FROM e GROUP BY k ORDER BY «ALL», n', 'sql-syntax'],
] as const)('ORDER BY ALL in a feature: %s', async ([sql, code]) => {
  const { said, from, to } = await check(text(sql));
  expect(said.map((d) => [d.code, d.from, d.to])).toEqual([[code, from, to]]);
});

test.for([
  ['SELECT k, SUM(«e.*») AS n FROM e GROUP BY k', 'sql-unsupported'],
  ['SELECT k, COUNT(DISTINCT «e.*») AS n FROM e GROUP BY k', 'sql-unsupported'],
  ['SELECT k, COUNT(«nobody».*) AS n FROM e GROUP BY k', 'unknown-column'],
] as const)('all columns of a relation counted: %s', async ([sql, code]) => {
  const { said, from, to } = await check(text(sql));
  expect(said.map((d) => [d.code, d.from, d.to])).toEqual([[code, from, to]]);
});
