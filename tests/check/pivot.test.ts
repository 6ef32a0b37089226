/** PIVOT and UNPIVOT: what of them is refused once the columns are known, and where. */
import { expect, test } from 'vitest';
import { check, text } from './checked.ts';

const rows = '(SELECT k, s, n, m, f FROM e)';
const narrow = '(SELECT k, s, n FROM e)';

test.for([
  [`SELECT k, p_x AS x FROM ${narrow} PIVOT (SUM(n) FOR s IN ('x' AS p_x))`, 'k'],
  [`SELECT a, "'x'" AS x FROM ${narrow} PIVOT (SUM(n) FOR s IN ('x', 'y')) AS p (a, "'x'", y)`, 'a'],
  ['SELECT k, kind, what FROM (SELECT k, MAX(n) AS n, MAX(m) AS m FROM e GROUP BY k) UNPIVOT (what FOR kind IN (n, m))', '[k, kind]'],
] as const)('one row per entity is proven: %s', async ([sql, entity]) => {
  const { said } = await check(text(sql, `entity: ${entity}`));
  expect(said.filter((d) => d.severity === 'error')).toEqual([]);
});

test.for([
  [`SELECT k, «s» FROM ${narrow} PIVOT (SUM(n) FOR s IN ('x' AS p_x))`, 'unknown-column'],
  [`SELECT k, x FROM ${narrow} PIVOT (SUM(«q») FOR s IN ('x' AS x))`, 'unknown-column'],
  [`SELECT k, x FROM ${narrow} PIVOT (SUM(n) FOR «q» IN ('x' AS x))`, 'unknown-column'],
  [`SELECT k, x FROM ${narrow} PIVOT (SUM(n) FOR s IN ('x' AS x, 'y' AS «x»))`, 'duplicate-column'],
  [`SELECT k, x FROM ${narrow} PIVOT (SUM(n) FOR s IN ('x' AS x)) AS p («k»)`, 'wrong-arguments'],
  [`SELECT k, x FROM ${narrow} PIVOT (SUM(n) FOR s IN («1» AS x))`, 'type-mismatch'],
  ["SELECT x FROM «(SELECT s, n FROM e) PIVOT (SUM(n) FOR s IN ('x' AS x))»", 'sql-unsupported'],
  [`SELECT k, x FROM «${rows} PIVOT (SUM(n) FOR s IN ('x' AS x))»`, 'float-taint'],
  [`SELECT k, v FROM ${rows} UNPIVOT (v FOR w IN (n, «q»))`, 'unknown-column'],
  [`SELECT k, v FROM ${rows} UNPIVOT (v FOR w IN (n, «s»))`, 'type-mismatch'],
  [`SELECT k, v FROM ${rows} UNPIVOT (v FOR w IN (n, «n»))`, 'duplicate-column'],
  ['«SELECT k, what FROM (SELECT k, MAX(n) AS n, MAX(m) AS m FROM e GROUP BY k) UNPIVOT (what FOR kind IN (n, m))»', 'not-unique'],
] as const)('refused: %s', async ([sql, code]) => {
  const { said, from, to } = await check(text(sql));
  expect(said.filter((d) => d.severity === 'error').map((d) => [d.code, d.from, d.to])).toContainEqual([code, from, to]);
});
