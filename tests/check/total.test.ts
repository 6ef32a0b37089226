/** Totality, float taint, order: what the checker accepts as proven, and what it refuses. */
import { expect, test } from 'vitest';
import { check, text } from './checked.ts';

async function codes(feature: string): Promise<readonly string[]> {
  return (await check(feature)).said.map((d) => `${d.severity} ${d.code}`);
}
const grouped = (item: string): string => text(`SELECT k, ${item} AS c FROM e GROUP BY k`);

test.for([
  'SUM(n) / NULLIF(SUM(m), 0)',
  'SUM(n) / NULLIFZERO(SUM(m))',
  'DIV0(SUM(n), SUM(m))',
  'SUM(n) / 7',
  'SUM(n) / -0.5',
  'CASE WHEN SUM(m) = 0 THEN NULL ELSE SUM(n) / SUM(m) END',
  'CASE WHEN 0 = SUM(m) THEN 0 ELSE SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) <> 0 THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) > 0 THEN SUM(n) / SUM(m) END',
  'CASE WHEN 0 < SUM(m) THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) <= 0 THEN 0 ELSE SUM(n) / SUM(m) END',
  'CASE SUM(m) WHEN 0 THEN 0 ELSE SUM(n) / SUM(m) END',
  'CASE WHEN SUM(n) > 3 AND SUM(m) < 0 THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(n) > 3 OR SUM(m) = 0 THEN 1 ELSE SUM(n) / SUM(m) END',
  'IFF(SUM(m) > 0, SUM(n) / SUM(m), 0)',
  'IFF(SUM(m) = 0, 0, SUM(n) / SUM(m))',
  'SUM(n) / -NULLIF(SUM(m), 0)',
  'SUM(n) / ABS(NULLIF(SUM(m), 0))',
  'SUM(n) % NULLIF(SUM(m), 0)',
  'SUM(n / NULLIF(m, 0))',
  'MAX(TRY_CAST(s AS NUMBER(9,0)))',
  'SQRT(GREATEST(SUM(n), 0))',
])('proven total: %s', async (item) => {
  expect(await codes(grouped(item))).toEqual([]);
});

test.for([
  'SUM(n) / SUM(m)',
  'SUM(n) / COUNT(*)',
  'SUM(n) % SUM(m)',
  'SUM(n) / 0',
  'SUM(n) / 0.00',
  'SUM(n) / NULLIF(SUM(m), 1)',
  'SUM(n) / NULLIF(SUM(m), NULL)',
  'SUM(n) / NULLIF(SUM(n), 0) / SUM(m)',
  'CASE WHEN SUM(n) = 0 THEN 0 ELSE SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) = 0 THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) > -1 THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) >= 0 THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) < 5 THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(n) > 3 OR SUM(m) > 0 THEN SUM(n) / SUM(m) END',
  'CASE WHEN SUM(n) > 3 AND SUM(m) = 0 THEN 1 ELSE SUM(n) / SUM(m) END',
  'CASE WHEN SUM(m) > 0 THEN 1 ELSE SUM(n) / SUM(m) END',
  'IFF(SUM(m) > 0, 0, SUM(n) / SUM(m))',
  'SUM(n) / CAST(NULLIF(SUM(m) / 7, 0) AS NUMBER(9,0))',
  'SUM(n) / COALESCE(NULLIF(SUM(m), 0), 0)',
  'MAX(s::NUMBER(9,0))',
  'MAX(s::DATE)',
  'SQRT(SUM(n))',
  'LN(SUM(n))',
])('may raise: %s', async (item) => {
  expect(await codes(grouped(item))).toEqual(['error may-raise']);
});

test.for([
  ['IFF(SUM(f) > 1, 1, 0)', 'comparison'],
  ['ROUND(SUM(f))', 'ROUND'],
  ['SUM(f)::NUMBER(38,2)', 'an exact cast'],
  ['FLOOR(AVG(f) * 2)', 'arithmetic on the way'],
  ['IFF(CASE WHEN MAX(n) > 1 THEN SUM(f) END IN (1, 2), 1, 0)', 'IN'],
  ['GREATEST(SUM(f), 1)', 'GREATEST'],
] as const)('a FLOAT aggregate feeds a decision: %s', async ([item]) => {
  expect(await codes(grouped(item))).toEqual(['error float-taint']);
});

test.for([
  'SUM(f)',
  'SUM(f) * 2',
  'MAX(f)',
  'IFF(MAX(f) > 1, 1, 0)',
  'ROUND(SUM(f::NUMBER(38,6)), 2)',
  'COALESCE(SUM(f), 0)',
  'SUM(f) / NULLIF(COUNT(*), 0)',
])('a FLOAT that decides nothing: %s', async (item) => {
  expect(await codes(grouped(item))).toEqual([]);
});

test.for([
  'SELECT k, ROW_NUMBER() OVER (ORDER BY c) AS r FROM (SELECT k, SUM(f) AS c FROM e GROUP BY k) AS x',
  'WITH x AS (SELECT k, SUM(f) AS c FROM e GROUP BY k), y AS (SELECT c, MAX(k) AS k FROM x GROUP BY c) SELECT k, MAX(c) AS c FROM y GROUP BY k',
  'WITH x AS (SELECT k, SUM(f) AS c FROM e GROUP BY k) SELECT DISTINCT k, c FROM x',
  'SELECT k, COUNT(*) AS c FROM e GROUP BY k HAVING SUM(f) > 1',
])('a FLOAT aggregate orders, groups or filters: %s', async (sql) => {
  expect((await codes(text(sql)))[0]).toBe('error float-taint');
});

const tainted = 'SELECT k, IFF(SUM(f) > 1, 1, 0) AS c FROM e GROUP BY k';
const waived = (expires: string): string => `entity: k\nwaive:\n  - «{ code: float-taint, reason: shown only, expires: ${expires} }»`;

test('a waiver in force accepts the taint', async () => {
  const { said, passes } = await check(text(tainted, waived('2026-06-01')));
  expect({ said, passes }).toEqual({ said: [], passes: true });
});

test('a waiver that expired accepts nothing, and is itself an error at its place', async () => {
  const { said, from, to, passes } = await check(text(tainted, waived('2026-05-31')));
  expect(said.map((d) => d.code)).toEqual(['float-taint', 'config-invalid']);
  expect(said[1]).toMatchObject({ from, to, message: 'the waiver of float-taint expired on 2026-05-31' });
  expect(passes).toBe(false);
});

test('what concerns a value cannot be waived', async () => {
  const { said, passes } = await check(
    text('SELECT k, SUM(n) / SUM(m) AS c FROM e GROUP BY k', 'entity: k\nwaive: [{ code: may-raise, reason: never zero }]'),
  );
  expect(said.map((d) => d.code)).toEqual(['may-raise']);
  expect(passes).toBe(false);
});

test('notes and warnings are waived by their code', async () => {
  const at = 'SELECT k, COUNT_IF(at > GETDATE()) AS c FROM e GROUP BY k';
  expect(await codes(text(at))).toEqual(['note current-time']);
  expect(await codes(text(at, 'entity: k\nwaive: [{ code: current-time, reason: known }]'))).toEqual([]);
});
