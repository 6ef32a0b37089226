/** JSON on its way into a VARIANT: one form for one value, and no number that engines read differently. */
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { variant } from '../../compiler/sql-type.ts';
import { DataError } from '../../runners/data/data-error.ts';
import { readJsonLines } from '../../runners/data/json-lines.ts';
import { parseJsonValue, parseText } from '../../runners/data/parse-value.ts';

const canonical: readonly (readonly [written: string, kept: string])[] = [
  ['{ "b" : 1, "a" : [ 1.50, 2e3, -0.0 ] }', '{"a":[1.5,2000,0],"b":1}'],
  ['{"10":1,"9":2,"é":3,"z":4}', '{"10":1,"9":2,"z":4,"é":3}'],
  ['"tab\\tquote\\"slash\\/\\u00e9\\u001f"', '"tab\\tquote\\"slash/é\\u001F"'],
  ['9007199254740991', '9007199254740991'],
  ['0.0001', '0.0001'],
  ['123456789012.345', '123456789012.345'],
  ['1.000000000000000000', '1'],
  ['null', 'null'],
  ['{"a":{"b":[]},"c":{}}', '{"a":{"b":[]},"c":{}}'],
];

test.for(canonical)('%s is kept as %s', ([written, kept]) => {
  expect(parseText(written, variant)).toEqual({ value: kept });
});

test('DuckDB writes each part of it as it is', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const [, kept] of canonical) {
    const reader = await connection.runAndReadAll("SELECT json_extract(CAST($1 AS JSON), '$[0]')", [`[${kept}]`]);
    expect(reader.getRows()).toEqual([[kept]]);
  }
});

test.for([
  ['12345678901234567890', 'more than 15 digits'],
  ['{"a":0.1234567890123456}', 'more than 15 digits'],
  ['[9007199254740993]', 'more than 15 digits'],
  ['1e300', 'too great'],
  ['0.00001', 'too small'],
  ['{"a":1,"a":2}', 'two keys of one object are the same'],
  ['{"a":{"b":1,"b":1}}', 'two keys of one object are the same'],
  ['"\\ud800"', 'half of a surrogate pair'],
  ['"\\u0000"', 'NUL'],
  ["{'a':1}", 'this is no JSON'],
  ['', 'this is no JSON'],
] as const)('%s is refused: %s', ([written, problem]) => {
  const parsed = parseText(written, variant);
  expect('problem' in parsed ? parsed.problem : JSON.stringify(parsed)).toContain(problem);
});

function read(line: string): unknown {
  const [first] = readJsonLines(line, 'f.ndjson', ['v']);
  return parseJsonValue(first?.values[0] ?? null, variant);
}

test('in a line of ndjson it is nested JSON; a bare text is that text', () => {
  expect(read('{"v":{"b":2,"a":"x"}}')).toEqual({ value: '{"a":"x","b":2}' });
  expect(read('{"v":"{}"}')).toEqual({ value: '"{}"' });
  expect(read('{"v":12.50}')).toEqual({ value: '12.5' });
  expect(read('{"v":null}')).toEqual({ value: null });
  expect(read('{"v":{"id":12345678901234567890}}')).toMatchObject({ problem: expect.stringContaining('more than 15 digits') });
  expect(read('{"other":12345678901234567890,"v":{"id":"12345678901234567890"}}')).toEqual({ value: '{"id":"12345678901234567890"}' });
  expect(() => read('{"v":{"a":1,"a":2}}')).toThrow(DataError);
});
