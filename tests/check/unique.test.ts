/** One row per entity: proofs that are accepted, and queries that are refused. And orders, ties, frames. */
import { expect, test } from 'vitest';
import { check, text } from './checked.ts';

async function errors(sql: string, entity = 'k'): Promise<readonly string[]> {
  const { said } = await check(text(sql, `entity: ${entity}`));
  return said.filter((d) => d.severity === 'error').map((d) => d.code);
}

const perK = 'SELECT k, COUNT(*) AS c FROM e GROUP BY k';
const perO = 'SELECT k, SUM(x) AS x FROM o GROUP BY k';

test.for([
  [perK, 'k'],
  ['SELECT k, s, COUNT(*) AS c FROM e GROUP BY k, s', '[k, s]'],
  // Grouped by less than the entity.
  ['SELECT k, MAX(s) AS s, COUNT(*) AS c FROM e GROUP BY k', '[k, s]'],
  ['SELECT LOWER(k) AS k, COUNT(*) AS c FROM e GROUP BY LOWER(k)', 'k'],
  ['SELECT k, COUNT(*) AS c FROM e GROUP BY ALL', 'k'],
  ['SELECT k, COUNT(*) AS c FROM e GROUP BY 1', 'k'],
  ['SELECT COUNT(*) AS c FROM e', '[]'],
  ['SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at DESC) = 1', 'k'],
  ['SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at) <= 1 AND n > 3', 'k'],
  ['SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at) < 2', 'k'],
  ['SELECT k, c FROM t', 'k'],
  ['SELECT id, at, n FROM e', '[id, at]'],
  ['WITH d AS (SELECT DISTINCT k, s FROM e) SELECT k, s, 1 AS seen FROM d', '[k, s]'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT a.k, a.c, b.x FROM a JOIN b ON b.k = a.k`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT b.k, a.c, b.x FROM a JOIN b ON b.k = a.k`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT a.k, a.c, b.x FROM a LEFT JOIN b ON b.k = a.k`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT k, a.c, b.x FROM a LEFT JOIN b USING (k)`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT COALESCE(a.k, b.k) AS k, a.c, b.x FROM a FULL JOIN b ON b.k = a.k`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT COALESCE(b.k, a.k) AS k, a.c, b.x FROM a FULL JOIN b ON a.k = b.k`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT k, a.c, b.x FROM a FULL JOIN b USING (k)`, 'k'],
  [`WITH a AS (${perK}) SELECT a.k, a.c, g.total FROM a CROSS JOIN (SELECT SUM(c) AS total FROM a) AS g`, 'k'],
  [`WITH a AS (${perK}) SELECT a.k, a.c, t.c AS country FROM a LEFT JOIN t ON t.k = a.k`, 'k'],
] as const)('proven: %s per %s', async ([sql, entity]) => {
  expect(await errors(sql, entity)).toEqual([]);
});

test.for([
  ['SELECT k, n FROM e', 'k'],
  // Grouped by more than the entity.
  ['SELECT k, s, COUNT(*) AS c FROM e GROUP BY k, s', 'k'],
  ['SELECT LOWER(k) AS k, COUNT(*) AS c FROM e GROUP BY k', 'k'],
  ['SELECT COUNT(*) AS c FROM e GROUP BY k', '[]'],
  ['SELECT id, n FROM e', 'id'],
  ['SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k, s ORDER BY at DESC) = 1', 'k'],
  ['SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at DESC) <= 2', 'k'],
  ['SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at DESC) = 1 OR n > 3', 'k'],
  ['SELECT k, n FROM e QUALIFY RANK() OVER (PARTITION BY k ORDER BY at DESC) = 1', 'k'],
  ['SELECT DISTINCT k, s FROM e', 'k'],
  ['SELECT k, u, c FROM t_history', 'k'],
  [`WITH a AS (${perK}) SELECT a.k, o.x FROM a JOIN o ON o.k = a.k`, 'k'],
  [`WITH a AS (${perK}) SELECT a.k, o.x FROM a LEFT JOIN o ON o.k = a.k`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT b.k, a.c, b.x FROM a LEFT JOIN b ON b.x > a.c`, 'k'],
  // Every row of a without a partner has the b.k NULL.
  [`WITH a AS (${perK}), b AS (${perO}) SELECT b.k, a.c, b.x FROM a LEFT JOIN b ON b.k = a.k`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT a.k, a.c, b.x FROM a CROSS JOIN b`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT a.k, a.c, b.x FROM a JOIN b ON b.k = a.k OR b.x = 1`, 'k'],
  // The row of a that finds no partner, and the row of b that is left for the same reason, have one k.
  [`WITH a AS (${perK}), b AS (${perO}) SELECT COALESCE(a.k, b.k) AS k, a.c, b.x FROM a FULL JOIN b ON b.k = a.k AND a.c > 5`, 'k'],
  [`WITH a AS (${perK}), b AS (${perO}) SELECT a.k, a.c, b.x FROM a FULL JOIN b ON b.k = a.k`, '[]'],
  [`${perK} UNION ALL SELECT k, 1 AS c FROM o GROUP BY k`, 'k'],
] as const)('not proven: %s per %s', async ([sql, entity]) => {
  expect((await errors(sql, entity)).filter((c) => c !== 'entity-missing')).toEqual(['not-unique']);
});

test('a query for one value must be one', async () => {
  expect(await errors('SELECT k, COUNT(*) AS c, (SELECT MAX(x) FROM o) AS most FROM e GROUP BY k')).toEqual([]);
  expect(await errors('SELECT k, COUNT(*) AS c, (SELECT x FROM o) AS most FROM e GROUP BY k')).toEqual(['not-unique']);
});

test.for([
  // The stream's key decides, on every engine alike.
  'SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY n) = 1',
  "SELECT k, LISTAGG(s, ',') WITHIN GROUP (ORDER BY n) AS c FROM e GROUP BY k",
  'SELECT k, MAX_BY(s, n) AS c FROM e GROUP BY k',
  'SELECT k, MAX_BY(s, n) AS c FROM (SELECT k, s, n FROM e WHERE n > 1) AS x GROUP BY k',
  'SELECT e.k, MAX_BY(t.c, e.n) AS c FROM e LEFT JOIN t ON t.k = e.k GROUP BY e.k',
  `WITH a AS (${perK}) SELECT k, ROW_NUMBER() OVER (ORDER BY c, k) AS r FROM a`,
  `WITH a AS (${perK}) SELECT k, RANK() OVER (ORDER BY c) AS r FROM a`,
])('ties are decided: %s', async (sql) => {
  expect(await errors(sql)).toEqual([]);
});

test.for([
  `WITH a AS (${perK}) SELECT k, ROW_NUMBER() OVER (ORDER BY c) AS r FROM a`,
  'WITH a AS (SELECT k, s, COUNT(*) AS c FROM e GROUP BY k, s) SELECT k, MAX_BY(s, c) AS top FROM a GROUP BY k',
  "SELECT e.k, LISTAGG(o.x::VARCHAR, ',') WITHIN GROUP (ORDER BY o.x) AS c FROM e JOIN o ON o.k = e.k GROUP BY e.k",
  "SELECT k, LISTAGG(s, ',') AS c FROM e GROUP BY k",
  "SELECT k, LISTAGG(DISTINCT s, ',') WITHIN GROUP (ORDER BY n) AS c FROM e GROUP BY k",
  'SELECT k, n FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k) = 1',
  'SELECT e.k, o.x FROM e JOIN o ON o.k = e.k QUALIFY ROW_NUMBER() OVER (PARTITION BY e.k ORDER BY e.at) = 1',
])('ties that nothing decides: %s', async (sql) => {
  expect(await errors(sql)).toEqual(['ties-undecided']);
});

const last = (window: string): string => `SELECT k, ${window} AS c FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at DESC) = 1`;

test.for([
  ['SUM(n) OVER (PARTITION BY k)', []],
  ['SUM(n) OVER (PARTITION BY k ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)', []],
  ['SUM(n) OVER (PARTITION BY k ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)', []],
  ['SUM(n) OVER (PARTITION BY k ORDER BY at ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)', []],
  ['LAG(n) OVER (PARTITION BY k ORDER BY at)', []],
  ['SUM(n) OVER (PARTITION BY k ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)', ['frame-missing']],
  ['LAG(n) OVER (PARTITION BY k ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)', ['wrong-arguments']],
  ["SUM(n) OVER (PARTITION BY k ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW)", []],
  ['SUM(n) OVER (PARTITION BY k ORDER BY at RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)', ['wrong-arguments']],
  ['SUM(n) OVER (PARTITION BY k ORDER BY n RANGE BETWEEN 0.5 PRECEDING AND CURRENT ROW)', ['wrong-arguments']],
  ['SUM(n) OVER (PARTITION BY k ORDER BY n, at RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)', ['wrong-arguments']],
  ['SUM(n) OVER (PARTITION BY k ORDER BY n ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)', ['wrong-arguments']],
  ['NTH_VALUE(n, 2) OVER (PARTITION BY k ORDER BY n RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)', ['wrong-arguments']],
  ["FIRST_VALUE(n) OVER (PARTITION BY k ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW)", ['ties-undecided']],
  ['FIRST_VALUE(n) OVER (PARTITION BY k ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)', []],
  ['SUM(n) IGNORE NULLS OVER (PARTITION BY k)', ['wrong-arguments']],
  ['AVG(n) OVER (PARTITION BY k ORDER BY at)', ['frame-missing']],
] as const)('frames: %s', async ([window, expected]) => {
  expect(await errors(last(window))).toEqual(expected);
});
