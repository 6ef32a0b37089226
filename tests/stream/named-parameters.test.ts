/** `:name` is a parameter where DuckDB takes `$name` for one, and nowhere else: SQL put together of pieces of which we know it. */
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namedParameters } from '../../runners/stream/sql/named-parameters.ts';

test.each([
  ['SELECT :a', 'SELECT $a', ['a']],
  ['SELECT :A, :b, :a', 'SELECT $A, $b, $a', ['a', 'b']],
  ["SELECT ':a', ''':b', :c", "SELECT ':a', ''':b', $c", ['c']],
  ['SELECT ":a", """:b", :c', 'SELECT ":a", """:b", $c', ['c']],
  ['SELECT 1 -- :a\n, :b', 'SELECT 1 -- :a\n, $b', ['b']],
  ['SELECT 1 /* :a /* :b */ :c */, :d', 'SELECT 1 /* :a /* :b */ :c */, $d', ['d']],
  ['SELECT x::int, :x::int, :y ::int', 'SELECT x::int, $x::int, $y ::int', ['x', 'y']],
  ['SELECT $$ :a $$, $t$ :b $$ $t$, :c', 'SELECT $$ :a $$, $t$ :b $$ $t$, $c', ['c']],
  ["SELECT E'\\':a', '\\', :b", "SELECT E'\\':a', '\\', $b", ['b']],
  ["SELECT E'a'\n'\\':a', :b", "SELECT E'a'\n'\\':a', $b", ['b']],
  ['SELECT a$$ , :b FROM t x$$', 'SELECT a$$ , $b FROM t x$$', ['b']],
  ["SELECT {'a':b, 'c': :d}, e[1:n]", "SELECT {'a':b, 'c': $d}, e[1:n]", ['d']],
  ['SELECT f(x := :y)', 'SELECT f(x := $y)', ['y']],
  ["SELECT ':a", "SELECT ':a", []],
  ['SELECT /* :a', 'SELECT /* :a', []],
  ['SELECT $$ :a', 'SELECT $$ :a', []],
  ['SELECT ":a', 'SELECT ":a', []],
  ['', '', []],
])('%s', (text, sql, names) => {
  expect(namedParameters(text)).toEqual({ sql, names });
});

const noise = fc.stringMatching(/^[ :'"$\-/*\\a-z0-9é😀\n]{0,12}$/u);
const ident = fc.constantFrom('a', 'b_1', 'Name', 'x9', '_z');
/** Pieces of SQL that are expressions, and the parameters in each. */
const literals = fc.oneof(
  noise.map((t) => `'${t.replaceAll("'", "''")}'`),
  noise.map((t) => `E'${t.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
  noise.map((t) => `1 AS "x${t.replaceAll('"', '""')}"`),
  noise.map((t) => `1 --${t.replaceAll('\n', ' ')}\n`),
  noise.map((t) => `1 /*${t.replaceAll('/', ' ')}*/`),
  noise.map((t) => `1 /* /*${t.replaceAll('/', ' ')}*/ :c */`),
  noise.filter((t) => !t.includes('$')).map((t) => `$$${t}$$`),
  noise.filter((t) => !t.includes('$')).map((t) => `$é_1$${t}$$ :q $é_1$`),
  fc.constantFrom('1::int', "{'a':1}", '[1,2][1:2]', "date '2026-01-01'", '2 :: int', '1::float::int'),
);
const pieces = fc.array(
  fc.oneof(
    literals.map((sql) => ({ sql, name: null })),
    fc
      .tuple(ident, fc.constantFrom('', '::int', ' :: varchar', '/* : */', ' --:\n'))
      .map(([name, more]) => ({ sql: `:${name}${more}`, name })),
  ),
  { minLength: 1, maxLength: 8 },
);

let parametersOf: (sql: string) => Promise<readonly string[]>;
let close = (): void => {};
beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  parametersOf = async (sql) => {
    const statement = await (await connection.extractStatements(sql)).prepare(0);
    const names = Array.from({ length: statement.parameterCount }, (_, i) => statement.parameterName(i + 1).toLowerCase());
    statement.destroySync();
    return names.sort();
  };
  close = () => {
    connection.closeSync();
    instance.closeSync();
  };
});
afterAll(() => close());

test('no parameter is lost, and none invented: what we put in, what is found, and what DuckDB sees are the same', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, fc.constantFrom(', ', ',', '\n,', ' ,\t'), async (parts, comma) => {
      const text = `SELECT ${parts.map((p) => p.sql).join(comma)}`;
      const wanted = [...new Set(parts.flatMap((p) => (p.name === null ? [] : [p.name.toLowerCase()])))].sort();
      const { sql, names } = namedParameters(text);
      expect([...names].sort(), text).toEqual(wanted);
      expect(sql.length).toBe(text.length);
      expect(await parametersOf(sql), text).toEqual(wanted);
      // Nothing but the colons of parameters has changed.
      const changed = [...sql].filter((c, i) => c !== [...text][i]);
      expect(changed).toEqual(parts.flatMap((p) => (p.name === null ? [] : ['$'])));
    }),
    { numRuns: 1500 },
  );
}, 60_000);

test('it ends for any text, and keeps what it does not know', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`:'"$-/*\\eEa1 \n[]{}é`.split('')), maxLength: 60 }), (text) => {
      const { sql } = namedParameters(text);
      expect(sql.replaceAll('$', ':')).toBe(text.replaceAll('$', ':'));
    }),
    { numRuns: 5000 },
  );
});
