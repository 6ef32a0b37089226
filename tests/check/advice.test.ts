/** Warnings and notes: said where they help, and not where they do not. */
import { expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { type AuthoredProject, readAuthored } from '../../compiler/authoring/index.ts';
import type { Severities } from '../../compiler/check/project-rules.ts';
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
  [`SELECT e.k, COUNT(DISTINCT o.oid) AS n FROM e LEFT JOIN o ON o.k = e.k WHERE ${bound} GROUP BY e.k`, ['warning time-bound-misplaced']],
  [`SELECT e.k, COUNT(DISTINCT o.oid) AS n FROM o RIGHT JOIN e ON o.k = e.k WHERE ${bound} GROUP BY e.k`, ['warning time-bound-misplaced']],
  [`SELECT e.k, COUNT(DISTINCT o.oid) AS n FROM e LEFT JOIN o ON o.k = e.k AND ${bound} GROUP BY e.k`, []],
  [`SELECT e.k, COUNT(DISTINCT o.oid) AS n FROM e JOIN o ON o.k = e.k WHERE ${bound} GROUP BY e.k`, []],
  [`SELECT e.k, COUNT(DISTINCT o.oid) AS n FROM e LEFT JOIN o ON o.k = e.k WHERE e.at >= as_of() - INTERVAL '1 day' GROUP BY e.k`, []],
] as const)('a time bound beside an outer join: %s', async ([sql, expected]) => {
  expect(await advice(sql)).toEqual(expected);
});

const joined = (aggregate: string, join: string): string => `SELECT e.k, ${aggregate} AS c FROM e ${join} GROUP BY e.k`;

test.for([
  [joined('SUM(e.n)', 'JOIN o ON o.k = e.k'), ['warning fan-out']],
  [joined('COUNT(o.x)', 'LEFT JOIN o ON o.k = e.k'), ['warning fan-out']],
  // Both sides at once is what the join is for; DISTINCT, MIN and MAX do not count rows.
  [joined('SUM(e.n * o.x)', 'JOIN o ON o.k = e.k'), ['warning fan-out']],
  [joined('COUNT(t.c)', 'JOIN t ON t.k = e.k'), ['note table-at-request']],
  [joined('COUNT(DISTINCT e.id)', 'JOIN o ON o.k = e.k'), []],
  [joined('MAX(e.n)', 'JOIN o ON o.k = e.k'), []],
  [joined('COUNT(*)', 'JOIN o ON o.k = e.k'), []],
  [joined('SUM(e.n)', 'JOIN t ON t.k = e.k'), ['note table-at-request']],
  [joined('SUM(e.n)', 'CROSS JOIN (SELECT COUNT(*) AS n FROM o) x'), []],
] as const)('a join that repeats rows: %s', async ([sql, expected]) => {
  expect(await advice(sql)).toEqual(expected);
});

const overAt = (frame: string, call = 'SUM(n)'): string =>
  `WITH w AS (SELECT k, ${call} OVER (PARTITION BY k ORDER BY at ${frame}) AS s FROM e) SELECT k, MAX(s) AS c FROM w GROUP BY k`;

test.for([
  [overAt('ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING'), ['note looks-ahead']],
  [overAt('ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING'), ['note looks-ahead']],
  [overAt('', 'LEAD(n)'), ['note looks-ahead']],
  [overAt('ROWS BETWEEN 1 PRECEDING AND CURRENT ROW'), []],
  [overAt('', 'LAG(n)'), []],
  [overAt(''), ['warning frame-missing']],
] as const)('a frame that looks ahead: %s', async ([sql, expected]) => {
  expect(await advice(sql)).toEqual(expected);
});

test.for([
  ['SELECT k, COUNT(*) AS c FROM e GROUP BY k', 1],
  ["SELECT k, COUNT(*) AS c FROM e WHERE at >= as_of() - INTERVAL '1 day' GROUP BY k", 0],
  ["SELECT k, COUNT(*) AS c FROM e WHERE as_of() - INTERVAL '1 day' < at GROUP BY k", 0],
  [
    "SELECT e.k, COUNT(o.x) AS c FROM e LEFT JOIN o ON o.k = e.k AND o.ot > as_of() - INTERVAL '1 day' WHERE e.at > as_of() - INTERVAL '1 day' GROUP BY e.k",
    0,
  ],
  ["SELECT k, COUNT(*) AS c FROM e WHERE at < as_of() - INTERVAL '1 day' GROUP BY k", 1],
  ['SELECT k, c FROM t', 0],
] as const)('all of a stream: %s', async ([sql, times]) => {
  const { said } = await check(text(sql), {}, { 'unbounded-lookback': 'note' });
  expect(said.filter((d) => d.code === 'unbounded-lookback').map((d) => d.severity)).toEqual(Array.from({ length: times }, () => 'note'));
});

test('a project sets the severity of what is a matter of judgement, and of nothing else', () => {
  const severity = (rules: Severities, sql: string): readonly string[] => {
    const files = [
      { path: 'lockstep.yml', text: '' },
      {
        path: 'transforms/sources.yml',
        text: 'streams:\n  e:\n    warehouse: raw.e\n    key: id\n    event_time: at\n    columns: { id: VARCHAR, k: VARCHAR, n: NUMBER(9,0), at: TIMESTAMP_NTZ }\n',
      },
      { path: 'transforms/features/f.sql', text: text(sql) },
    ];
    const { value } = readAuthored({ files });
    const compiled = compileProject(
      { ...(value as AuthoredProject), config: { ...(value as AuthoredProject).config, rules } },
      '2026-06-01',
    );
    return [...compiled.diagnostics.map((d) => `${d.severity} ${d.code}`), ...(compiled.features.length === 0 ? ['no feature'] : [])];
  };
  const all = 'SELECT k, COUNT(*) AS c FROM e GROUP BY k';
  expect(severity({}, all)).toEqual([]);
  expect(severity({ 'unbounded-lookback': 'note' }, all)).toEqual(['note unbounded-lookback']);
  expect(severity({ 'unbounded-lookback': 'error' }, all)).toEqual(['error unbounded-lookback', 'no feature']);
  const raising = "SELECT k, SUM(n) / SUM(n) AS c FROM e WHERE at > as_of() - INTERVAL '1 day' GROUP BY k";
  expect(severity({ 'may-raise': 'off' }, raising)).toEqual(['error may-raise', 'no feature']);
});
