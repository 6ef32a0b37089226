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
