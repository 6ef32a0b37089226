/** What VARIANTs and arrays cannot do, each with its place and a way out. */
import { expect, test } from 'vitest';
import { errorsOf } from './errors.ts';

const sources = `streams:
  e:
    warehouse: raw.e
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, v: VARIANT, w: VARCHAR, n: NUMBER(10,2), at: TIMESTAMP_NTZ }
`;

const said = (sql: string) => errorsOf(sources, sql);

test.for([
  [
    'SELECT k, MAX(v:a) AS x FROM e GROUP BY k',
    'type-mismatch at v:a: MAX compares values, and this is VARIANT | cast it: x::VARCHAR, or TRY_CAST(x::VARCHAR AS …)',
  ],
  [
    'SELECT k, SUM(v:a::NUMBER(10,2)) AS x FROM e GROUP BY k',
    'may-raise at v:a::NUMBER(10,2): a VARIANT that is no NUMBER(10,2) raises an error | write TRY_CAST(x::VARCHAR AS NUMBER(10,2))',
  ],
  [
    'SELECT k, SUM(TRY_CAST(v:a AS NUMBER(10,2))) AS x FROM e GROUP BY k',
    'type-mismatch at TRY_CAST(v:a AS NUMBER(10,2)): TRY_CAST takes text, not VARIANT | write TRY_CAST(x::VARCHAR AS NUMBER(10,2))',
  ],
  ["SELECT k, COUNT_IF(v:a = 'x') AS x FROM e GROUP BY k", 'type-mismatch at'],
  ['SELECT k, COUNT(DISTINCT v:a) AS x FROM e GROUP BY k', 'type-mismatch at v:a: DISTINCT compares values, and this is VARIANT | cast it'],
  ['SELECT k, COUNT(*) AS x FROM e GROUP BY k, v:a', 'type-mismatch at v:a: GROUP BY compares values'],
  ['WITH d AS (SELECT DISTINCT k, v FROM e) SELECT k, COUNT(*) AS x FROM d GROUP BY k', 'type-mismatch at v: DISTINCT compares values'],
  [
    'WITH u AS (SELECT k, v FROM e UNION SELECT k, v FROM e) SELECT k, COUNT(*) AS x FROM u GROUP BY k',
    'UNION compares rows, and `v` is VARIANT',
  ],
  [
    'SELECT k, v AS x FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at) = 1',
    'output-type at x: `x` is a VARIANT, which outputs cannot be',
  ],
  ['SELECT k, at FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v:a) = 1', 'type-mismatch at v:a: ORDER BY compares values'],
  [
    'SELECT k, COUNT_IF(w:a IS NULL) AS x FROM e GROUP BY k',
    'type-mismatch at w: a path needs a VARIANT; this is VARCHAR | declare the column as VARIANT in sources.yml: it is then read as JSON',
  ],
  [
    "SELECT k, MAX(PARSE_JSON('{a: 1}'):a::VARCHAR) AS x FROM e GROUP BY k",
    "type-mismatch at PARSE_JSON('{a: 1}'): PARSE_JSON: this is no JSON | write JSON by the book",
  ],
  ["SELECT k, MAX(PARSE_JSON('[1e3]')[0]::VARCHAR) AS x FROM e GROUP BY k", 'a number with an exponent is not supported'],
  ["SELECT k, MAX(PARSE_JSON('[0.1234567890123456]')[0]::VARCHAR) AS x FROM e GROUP BY k", 'more than 15 digits'],
  [
    'SELECT k, MAX(PARSE_JSON(w):a::VARCHAR) AS x FROM e GROUP BY k',
    'sql-unsupported at PARSE_JSON: not supported yet: PARSE_JSON of anything but',
  ],
  ["SELECT k, MAX(OBJECT_CONSTRUCT('a', w):a::VARCHAR) AS x FROM e GROUP BY k", 'sql-unsupported at OBJECT_CONSTRUCT'],
  ["SELECT k, MAX(OBJECT_CONSTRUCT('a', 1, 'a', 2):a::VARCHAR) AS x FROM e GROUP BY k", 'two keys of one object are the same'],
  [
    'SELECT k, MAX(v[w]::VARCHAR) AS x FROM e GROUP BY k',
    "wrong-arguments at w: a path takes constant keys and places | v:key, v['key'], v[0]",
  ],
  ['SELECT k, ARRAY_AGG(n) AS x FROM e GROUP BY k', 'ties-undecided at ARRAY_AGG(n)'],
  ['SELECT k, ARRAY_AGG(v) WITHIN GROUP (ORDER BY at) AS x FROM e GROUP BY k', 'type-mismatch at v: ARRAY_AGG does not take VARIANT'],
  [
    'SELECT k, ARRAY_UNIQUE_AGG(n) AS x FROM e GROUP BY k',
    'not-deterministic at ARRAY_UNIQUE_AGG: ARRAY_UNIQUE_AGG gives its elements in no certain order | ARRAY_AGG(DISTINCT x) WITHIN GROUP (ORDER BY x)',
  ],
  [
    'SELECT k, MAX(ARRAY_SIZE([n, 1])) AS x FROM e GROUP BY k',
    'type-mismatch at n: an element of an array may not be NULL: engines keep or drop it | COALESCE(x, …)',
  ],
  ["SELECT k, MAX(ARRAY_SIZE([1, 'a'])) AS x FROM e GROUP BY k", "type-mismatch at 'a': an array holds values of one type"],
  ['SELECT k, MAX(ARRAY_SIZE([])) AS x FROM e GROUP BY k', 'sql-unsupported at'],
  [
    "SELECT k, COUNT_IF(ARRAY_CONTAINS(1::VARIANT, SPLIT(w, ','))) AS x FROM e GROUP BY k",
    'type-mismatch at 1::VARIANT: ARRAY_CONTAINS looks for a NUMBER(1,0) in ARRAY(VARCHAR) | cast it: x::VARCHAR',
  ],
  [
    "SELECT k, COUNT_IF(ARRAY_CONTAINS('a'::VARIANT, v:tags)) AS x FROM e GROUP BY k",
    'type-mismatch at v:tags: ARRAY_CONTAINS needs, as argument 2, an array; this is VARIANT | LATERAL FLATTEN',
  ],
  [
    'SELECT e.k, COUNT(*) AS x FROM e LEFT JOIN LATERAL FLATTEN(INPUT => e.v) AS f GROUP BY e.k',
    'sql-unsupported at FLATTEN(INPUT => e.v) AS f: not supported: FLATTEN in an outer join',
  ],
  [
    'SELECT e.k, COUNT(f.path) AS x FROM e, LATERAL FLATTEN(INPUT => e.v) AS f GROUP BY e.k',
    'unknown-column at path: `f` has no column `path` | it has key, index, value',
  ],
  [
    'SELECT e.k, COUNT(*) AS x FROM e, LATERAL FLATTEN(INPUT => e.v, RECURSIVE => TRUE) AS f GROUP BY e.k',
    'sql-unsupported at TRUE: not supported: RECURSIVE of FLATTEN',
  ],
  [
    'SELECT e.k, COUNT(*) AS x FROM e, LATERAL FLATTEN(INPUT => e.w) AS f GROUP BY e.k',
    'type-mismatch at e.w: FLATTEN needs a VARIANT or an array; this is VARCHAR',
  ],
  ['SELECT e.k, COUNT(*) AS x FROM e, LATERAL FLATTEN(INPUT => e.v) AS e GROUP BY e.k', 'name-taken at'],
  [
    'SELECT k, PARSE_JSON(w):a::VARCHAR AS x FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at) = 1',
    'sql-unsupported at PARSE_JSON',
  ],
] as const)('%s', async ([sql, expected]) => {
  const messages = await said(sql);
  expect(messages.length, messages.join('\n')).toBeGreaterThan(0);
  expect(messages.join('\n')).toContain(expected);
});

test.for([
  'SELECT k, COUNT(v:a) AS x FROM e GROUP BY k',
  'SELECT k, MAX_BY(v, at):a::VARCHAR AS x FROM e GROUP BY k',
  "SELECT k, MAX(SPLIT(w, ',')[0]::VARCHAR) AS x FROM e GROUP BY k",
  'WITH u AS (SELECT k, v FROM e UNION ALL SELECT k, v:a FROM e) SELECT k, MAX(v::VARCHAR) AS x FROM u GROUP BY k',
])('%s is fine', async (sql) => {
  expect(await said(sql)).toEqual([]);
});
