/** Warnings and notes: said where they help, and not where they do not. */
import { expect, test } from 'vitest';
import { check, text } from './checked.ts';

async function advice(sql: string, header = 'entity: k'): Promise<readonly string[]> {
  const { said, passes } = await check(text(sql, header));
  expect(passes, JSON.stringify(said)).toBe(true);
  return said.map((d) => `${d.severity} ${d.code}`);
}

test.for(['CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP()', 'SYSDATE()', 'GETDATE()', 'CURRENT_DATE', 'CURRENT_DATE()'])(
  '%s is noted',
  async (now) => {
    expect(await advice(`SELECT k, COUNT_IF(at > ${now}) AS c FROM e GROUP BY k`)).toEqual(['note current-time']);
  },
);

test('as_of() is not', async () => {
  expect(await advice('SELECT k, COUNT_IF(at > as_of()) AS c, COUNT_IF(at > as_of()::DATE) AS d FROM e GROUP BY k')).toEqual([]);
});

test.for([
  ['SELECT e.k, COUNT(t.c) AS n FROM e JOIN t ON t.k = e.k GROUP BY e.k', ['note table-at-request']],
  ['SELECT e.k, COUNT(t.c) AS n FROM t JOIN e ON t.k = e.k GROUP BY e.k', ['note table-at-request']],
  [
    'SELECT e.k, COUNT(h.c) AS n FROM e JOIN t_history AS h ON h.k = e.k AND h.valid_from < e.at AND (h.valid_to IS NULL OR e.at <= h.valid_to) GROUP BY e.k',
    [],
  ],
  ['WITH a AS (SELECT k, SUM(n) AS n FROM e GROUP BY k) SELECT t.k, a.n FROM t LEFT JOIN a ON a.k = t.k', []],
  ['SELECT k, c FROM t', []],
] as const)('a table at request: %s', async ([sql, expected]) => {
  expect(await advice(sql)).toEqual(expected);
});

const counted = 'WITH a AS (SELECT k, COUNT(*) AS c, SUM(n) AS s FROM e GROUP BY k)';

test.for([
  [`${counted} SELECT t.k, a.c FROM t LEFT JOIN a ON a.k = t.k`, 'entity: k', ['warning count-through-join']],
  [`${counted} SELECT t.k, a.c FROM t LEFT JOIN a ON a.k = t.k`, 'entity: k\ndefaults: { c: 0 }', []],
  [`${counted} SELECT t.k, COALESCE(a.c, 0) AS c FROM t LEFT JOIN a ON a.k = t.k`, 'entity: k', []],
  [`${counted} SELECT t.k, a.s FROM t LEFT JOIN a ON a.k = t.k`, 'entity: k', []],
] as const)('a COUNT through a join: %s with %j', async ([sql, header, expected]) => {
  expect(await advice(sql, header)).toEqual(expected);
});

const bound = "o.ot >= as_of() - INTERVAL '1 day'";

test.for([
  [`SELECT e.k, COUNT(o.oid) AS n FROM e LEFT JOIN o ON o.k = e.k WHERE ${bound} GROUP BY e.k`, ['warning time-bound-misplaced']],
  [`SELECT e.k, COUNT(o.oid) AS n FROM o RIGHT JOIN e ON o.k = e.k WHERE ${bound} GROUP BY e.k`, ['warning time-bound-misplaced']],
  [`SELECT e.k, COUNT(o.oid) AS n FROM e LEFT JOIN o ON o.k = e.k AND ${bound} GROUP BY e.k`, []],
  [`SELECT e.k, COUNT(o.oid) AS n FROM e JOIN o ON o.k = e.k WHERE ${bound} GROUP BY e.k`, []],
  [`SELECT e.k, COUNT(o.oid) AS n FROM e LEFT JOIN o ON o.k = e.k WHERE e.at >= as_of() - INTERVAL '1 day' GROUP BY e.k`, []],
] as const)('a time bound beside an outer join: %s', async ([sql, expected]) => {
  expect(await advice(sql)).toEqual(expected);
});
