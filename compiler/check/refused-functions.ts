/** Functions that authors know from Snowflake and features cannot call: why, and what to write instead. */
import type { DiagnosticCode } from '../codes.ts';
import { type Diagnostic, error } from '../diagnostics.ts';
import type { CallExpression } from '../parse/syntax.ts';

interface RefusedFunction {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
}

const everyRun = (name: string): RefusedFunction => ({ code: 'not-deterministic', message: `${name} differs in every run` });
const sketch = (hint: string): RefusedFunction => ({
  code: 'not-deterministic',
  message: 'an approximate answer comes from a sketch, and every engine keeps another one',
  hint,
});
const notYet = (what: string, hint: string): RefusedFunction => ({
  code: 'sql-unsupported',
  message: `not supported yet: ${what}`,
  hint,
});
const unordered = (name: string, hint: string): RefusedFunction => ({
  code: 'not-deterministic',
  message: `${name} gives its elements in no certain order`,
  hint,
});
const half = 'use PERCENTILE_CONT(p) WITHIN GROUP (ORDER BY x)';

const all = (names: string, hint: string): Readonly<Record<string, RefusedFunction>> =>
  Object.fromEntries(names.split(' ').map((name) => [name, notYet(name, hint)]));

const zoned = (names: string): Readonly<Record<string, RefusedFunction>> =>
  Object.fromEntries(
    names.split(' ').map((name) => [
      name,
      {
        code: 'sql-unsupported',
        message: `not supported: ${name}, whose zone is that of the session or of each value`,
        hint: 'keep timestamps as TIMESTAMP_NTZ, in UTC: TO_TIMESTAMP_NTZ, TIMESTAMP_NTZ_FROM_PARTS, CONVERT_TIMEZONE with three arguments',
      },
    ]),
  );

const refused: Readonly<Record<string, RefusedFunction>> = {
  ...zoned('TO_TIMESTAMP_TZ TO_TIMESTAMP_LTZ TRY_TO_TIMESTAMP_TZ TRY_TO_TIMESTAMP_LTZ'),
  ...zoned('TIMESTAMP_TZ_FROM_PARTS TIMESTAMP_LTZ_FROM_PARTS TIMESTAMPTZFROMPARTS TIMESTAMPLTZFROMPARTS'),
  ...all('REGEXP_SUBSTR_ALL REGEXP_EXTRACT_ALL', 'an array: REGEXP_SUBSTR(x, pattern, 1, n) gives the nth piece'),
  ...all('SPACE', "write REPEAT(' ', n)"),
  RANDOM: everyRun('RANDOM'),
  UUID_STRING: everyRun('UUID_STRING'),
  RANDSTR: everyRun('RANDSTR'),
  UNIFORM: everyRun('UNIFORM'),
  SEQ4: everyRun('SEQ4'),
  SEQ8: everyRun('SEQ8'),
  HASH: { code: 'not-deterministic', message: "HASH is Snowflake's own: no other engine computes the same number; use MD5" },
  ANY_VALUE: { code: 'not-deterministic', message: 'ANY_VALUE may pick another row on every engine; use MIN or MAX' },
  MODE: {
    code: 'not-deterministic',
    message: 'MODE picks any of the values that are equally frequent',
    hint: 'count in a CTE with GROUP BY the entity and the value, COUNT(*) AS n; then QUALIFY ROW_NUMBER() OVER (PARTITION BY the entity ORDER BY n DESC, value) = 1',
  },
  APPROX_COUNT_DISTINCT: sketch('use COUNT(DISTINCT x)'),
  HLL: sketch('use COUNT(DISTINCT x)'),
  APPROX_PERCENTILE: sketch(half),
  APPROX_TOP_K: sketch('count in a CTE, then QUALIFY ROW_NUMBER() OVER (… ORDER BY n DESC, value) <= k'),
  REGR_COUNT: notYet('REGR_COUNT, whose type is not settled', 'COUNT(y, x) counts the pairs'),
  SKEW: notYet('SKEW', 'compute it from AVG and STDDEV in a CTE'),
  KURTOSIS: notYet('KURTOSIS', 'compute it from AVG and STDDEV in a CTE'),
  JAROWINKLER_SIMILARITY: notYet('JAROWINKLER_SIMILARITY, which engines compute by bytes', 'EDITDISTANCE(a, b)'),
  ARRAY_UNIQUE_AGG: unordered('ARRAY_UNIQUE_AGG', 'ARRAY_AGG(DISTINCT x) WITHIN GROUP (ORDER BY x)'),
  ARRAY_UNION_AGG: unordered('ARRAY_UNION_AGG', 'ARRAY_AGG(DISTINCT x) WITHIN GROUP (ORDER BY x) of the elements, by LATERAL FLATTEN'),
  ARRAY_DISTINCT: unordered('ARRAY_DISTINCT', 'ARRAY_AGG(DISTINCT x) WITHIN GROUP (ORDER BY x) where the array is made'),
  ARRAY_INTERSECTION: unordered('ARRAY_INTERSECTION', 'ARRAYS_OVERLAP(a, b) says whether there are any'),
  ARRAY_EXCEPT: unordered('ARRAY_EXCEPT', 'ARRAY_REMOVE(a, x) takes one value out, and keeps the order'),
  PARSE_JSON: notYet(
    'PARSE_JSON of anything but a constant, as it raises on a text that is no JSON',
    'declare the column as VARIANT in sources.yml: it is then read as JSON',
  ),
  TRY_PARSE_JSON: notYet(
    'TRY_PARSE_JSON, as engines write numbers of their own',
    'declare the column as VARIANT in sources.yml: it is then read as JSON',
  ),
  OBJECT_CONSTRUCT: notYet('OBJECT_CONSTRUCT of anything but constants', 'give each key a column of its own'),
  OBJECT_AGG: notYet('OBJECT_AGG', 'give each key a column: MAX(CASE WHEN key = … THEN value END)'),
};

export function refusedCall({ name, nameSpan }: CallExpression): Diagnostic | undefined {
  const found = refused[name];
  return found === undefined ? undefined : error(found.code, nameSpan, found.message, found.hint);
}
