/** Functions that features cannot call: the author learns why, and what to write. */
import { expect, test } from 'vitest';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';

await loadParser();

const sources = `streams:
  e:
    warehouse: raw.e
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, s: VARCHAR, n: NUMBER(9,0), at: TIMESTAMP_NTZ }
`;

function said(sql: string): readonly Diagnostic[] {
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: refused\n' },
      { path: 'transforms/sources.yml', text: sources },
      { path: 'transforms/features/f.sql', text: `/*---\nentity: k\n---*/\n${sql}` },
    ],
  });
  const [feature] = read.value?.features ?? [];
  if (feature === undefined || read.value === undefined) return read.diagnostics;
  return [...read.diagnostics, ...checkFeature(feature, read.value.catalog, '2026-01-01').diagnostics];
}

const grouped = (call: string): string => `SELECT k, ${call} AS c FROM e GROUP BY k`;

test.for([
  ['PERCENTILE_CONT(0.9)', 'wrong-arguments', 'PERCENTILE_CONT is written otherwise', 'WITHIN GROUP (ORDER BY x)'],
  ['PERCENTILE_CONT(0.9999) WITHIN GROUP (ORDER BY n)', 'wrong-arguments', 'at most 3 decimals', 'not documented'],
  ['REGR_COUNT(n, n)', 'sql-unsupported', 'not supported yet: REGR_COUNT', 'COUNT(y, x)'],
  ['ARRAY_UNIQUE_AGG(s)', 'not-deterministic', 'ARRAY_UNIQUE_AGG gives its elements in no certain order', 'ARRAY_AGG(DISTINCT x)'],
  [
    "ARRAY_SIZE(ARRAY_INTERSECTION(SPLIT(MAX(s), ','), ['a']))",
    'not-deterministic',
    'ARRAY_INTERSECTION gives its elements in no certain',
    'ARRAYS_OVERLAP',
  ],
  [
    "ARRAY_SIZE(ARRAY_EXCEPT(SPLIT(MAX(s), ','), ['a']))",
    'not-deterministic',
    'ARRAY_EXCEPT gives its elements in no certain',
    'ARRAY_REMOVE',
  ],
  ["ARRAY_UNION_AGG(SPLIT(s, ','))", 'not-deterministic', 'ARRAY_UNION_AGG gives its elements in no certain', 'FLATTEN'],
  ['MAX_BY(s, n, 3)', 'wrong-arguments', 'MAX_BY takes 2 arguments', 'ARRAY_SLICE(ARRAY_AGG(x)'],
  ["ARRAY_SIZE(ARRAY_REMOVE(SPLIT(MAX(s), ','), MAX(s)))", 'type-mismatch', 'takes an element that is never NULL', 'COALESCE'],
  ['ARRAY_SIZE(ARRAY_GENERATE_RANGE(0, 9, MAX(n)))', 'wrong-arguments', 'a constant step', undefined],
  ['PARSE_JSON(s)', 'sql-unsupported', 'not supported yet: PARSE_JSON', 'declare the column as VARIANT'],
  ['MAX(TO_TIMESTAMP_TZ(s))', 'sql-unsupported', 'not supported: TO_TIMESTAMP_TZ', 'TO_TIMESTAMP_NTZ'],
  ["COUNT_IF(s RLIKE 'a+?')", 'sql-unsupported', 'a repetition that is not greedy', 'simpler pattern'],
  ["MAX(REGEXP_SUBSTR(s, 'foo|foobar'))", 'sql-unsupported', 'two alternatives can begin with the same character', 'simpler pattern'],
  ["MAX(REGEXP_SUBSTR(s, '(a)\\\\1'))", 'sql-unsupported', 'back to a group', 'simpler pattern'],
  ["MAX(REGEXP_SUBSTR(s, 'x*'))", 'sql-unsupported', 'a match may be empty', 'simpler pattern'],
  ['COUNT_IF(REGEXP_LIKE(s, k))', 'wrong-arguments', 'a constant pattern', 'CONTAINS'],
  ['LISTAG(s) WITHIN GROUP (ORDER BY s)', 'unknown-function', 'there is no function LISTAG ', 'did you mean `LISTAGG`'],
  ['GEOHASH_ALL(DISTINCT s)', 'unknown-function', 'there is no function GEOHASH_ALL', 'docs/functions.md'],
  ['GEOHASH_ALL(s) OVER (PARTITION BY s)', 'unknown-function', 'there is no window function GEOHASH_ALL', 'docs/functions.md'],
  ['LOWER(DISTINCT s)', 'wrong-arguments', 'LOWER is computed row by row: it takes no DISTINCT', undefined],
  ['MODE(n)', 'not-deterministic', 'MODE picks any', 'QUALIFY ROW_NUMBER()'],
  ['HLL(n)', 'not-deterministic', 'sketch', 'COUNT(DISTINCT x)'],
] as const)('%s', ([call, code, message, hint]) => {
  const [first] = said(grouped(call));
  expect(first?.code).toBe(code);
  expect(first?.message).toContain(message);
  if (hint === undefined) expect(first?.hint).toBeUndefined();
  else expect(first?.hint).toContain(hint);
  expect(`${first?.message} ${first?.hint}`).not.toMatch(/\([A-I]\d+\)/);
});

test('what is said instead of MODE passes', () => {
  const sql = `WITH counted AS (SELECT k, s, COUNT(*) AS n FROM e GROUP BY k, s)
SELECT k, s AS usual FROM counted QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC, s) = 1`;
  expect(said(sql)).toEqual([]);
});

test('what is said instead of TO_NUMBER and TO_TIMESTAMP passes', () => {
  expect(said(grouped('MAX(TRY_CAST(s AS NUMBER(9,2)))'))).toEqual([]);
  expect(said(grouped('MAX(TRY_CAST(s AS FLOAT))'))).toEqual([]);
  expect(said(grouped('MAX(TRY_CAST(s AS TIMESTAMP_NTZ))'))).toEqual([]);
});

test('what is said instead of ARRAY_UNIQUE_AGG passes', () => {
  expect(said(grouped('ARRAY_AGG(DISTINCT n) WITHIN GROUP (ORDER BY n)'))).toEqual([]);
});
