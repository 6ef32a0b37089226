/** What BINARY cannot be in a feature, each with its place and a way out. */
import { expect, test } from 'vitest';
import { errorsOf } from './errors.ts';

const sources = `streams:
  e:
    warehouse: raw.e
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, w: VARCHAR, v: VARIANT, n: NUMBER(10,0), at: TIMESTAMP_NTZ }
`;

const said = (sql: string, entity = 'k', columns = sources) => errorsOf(columns, sql, entity);

const first = (value: string): string => `SELECT k, ${value} AS x FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY at) = 1`;

test.for([
  [first("x'AB'"), 'output-type at x: `x` is a BINARY, which outputs cannot be | write HEX_ENCODE(x)'],
  [first("LENGTH(x'ABC')"), "may-raise at x'ABC': TO_BINARY fails on text that is not HEX | TRY_TO_BINARY(x, 'HEX')"],
  [first("LENGTH(TO_BINARY(w, 'HEX'))"), "may-raise at TO_BINARY(w, 'HEX'): TO_BINARY fails on text that is not HEX"],
  [first('LENGTH(w::BINARY)'), 'may-raise at w::BINARY: text that is no BINARY raises an error | write TRY_CAST(x AS BINARY)'],
  [first('LENGTH(TO_BINARY(w, w))'), "wrong-arguments at w: TO_BINARY takes the constant 'HEX', 'UTF-8' or 'BASE64'"],
  [first("LENGTH(TRY_TO_BINARY(w, 'BASE64'))"), "wrong-arguments at 'BASE64': TRY_TO_BINARY takes the constant 'HEX' or 'UTF-8'"],
  [first("TO_CHAR(MD5_BINARY(w), 'UTF-8')"), "wrong-arguments at 'UTF-8': TO_CHAR of a BINARY takes the constant 'HEX' or 'BASE64'"],
  [first("UPPER(x'AB')"), "type-mismatch at x'AB': UPPER needs, as argument 1, a VARCHAR; this is BINARY | write HEX_ENCODE(x)"],
  [first("LPAD(x'AB', 3, '0')"), "type-mismatch at '0': LPAD needs, as argument 3, a BINARY; this is VARCHAR | say what bytes are meant"],
  [first("LPAD(x'AB', 3)"), 'wrong-arguments at LPAD'],
  [first("HEX_ENCODE(BITAND(x'AB', x'AB'))"), 'wrong-arguments at BITAND'],
  [first("HEX_ENCODE(BITAND(x'AB', x'AB', w))"), "wrong-arguments at w: BITAND of BINARY takes the constant 'LEFT' or 'RIGHT'"],
  [first("w = x'AB'"), 'type-mismatch'],
  [first("HEX_ENCODE(x'AB' || w)"), 'type-mismatch at w: || needs a BINARY; this is VARCHAR'],
  [first("POSITION(x'AB', MD5_BINARY(w), 2)"), 'wrong-arguments at POSITION'],
  [first('LENGTH(v::BINARY)'), "type-mismatch at v::BINARY: a VARIANT holds no bytes | TRY_TO_BINARY(x::VARCHAR, 'HEX')"],
  [first("(x'AB'::VARIANT)::VARCHAR"), "type-mismatch at (x'AB'::VARIANT): a BINARY in a VARIANT is not supported | write HEX_ENCODE(x)"],
  ['SELECT k, LENGTH(MIN(MD5_BINARY(w))) AS x FROM e GROUP BY k', 'MIN of a BINARY is not supported | MIN(HEX_ENCODE(x))'],
  [
    'SELECT k, ARRAY_SIZE(ARRAY_AGG(MD5_BINARY(w))) AS x FROM e GROUP BY k',
    'type-mismatch at MD5_BINARY(w): ARRAY_AGG does not take BINARY',
  ],
] as const)('%s', async ([sql, message]) => {
  expect((await said(sql)).join('\n')).toContain(message);
});

test('an entity cannot be BINARY', async () => {
  const sql = 'SELECT MD5_BINARY(k) AS b, COUNT(*) AS x FROM e GROUP BY 1';
  expect((await said(sql, 'b')).join('\n')).toContain('entity-missing at b: an entity cannot be BINARY | write HEX_ENCODE(x)');
});

test('a column of a source cannot be BINARY', async () => {
  const columns = sources.replace('w: VARCHAR', 'w: BINARY');
  expect((await said(first('n'), 'k', columns)).join('\n')).toContain('BINARY columns are not supported');
});

test('bytes between inputs and outputs are fine', async () => {
  expect(
    await said("SELECT k, COUNT(DISTINCT MD5_BINARY(w)) AS x, COUNT_IF(TRY_CAST(w AS BINARY) > x'7F') AS y FROM e GROUP BY k"),
  ).toEqual([]);
});
