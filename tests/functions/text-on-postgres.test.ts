/** Texts of more than one block or line, and text that is no encoding, on Postgres. */
import { beforeAll, expect, test } from 'vitest';
import type { CallTypes, ScalarRow } from '../../compiler/functions/define.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { name, type Sql, str } from '../../compiler/sql/tree.ts';
import { varchar } from '../../compiler/sql-type.ts';
import { type TestEngine, testEngines } from './engines.ts';
import { constant, print } from './print-for-test.ts';

const engine = testEngines.find((e) => e.name === 'postgres') as TestEngine;
let ask: (sql: string) => Promise<readonly (readonly (string | null)[])[]>;
beforeAll(async () => {
  ask = (await engine.open()).rows;
}, 60_000);

const rowNamed = (wanted: string): ScalarRow => functionRows.find((row) => row.name === wanted) as ScalarRow;
const typesOf = (row: ScalarRow, count: number): CallTypes => {
  const args = Array.from({ length: count }, () => ({ type: varchar, nullable: true }));
  const signature = row.resolve(args);
  if ('refused' in signature) throw new Error(signature.message);
  return { args, type: signature.type };
};
const built = (row: ScalarRow, args: readonly Sql[], types: CallTypes): string => {
  const { postgres, standard } = row.sql;
  const build = postgres === 'standard' ? standard : postgres;
  if (build === undefined) throw new Error(`${row.name} has no SQL for Postgres`);
  return engine.asText(print(build(args, types), 'postgres'), types.type);
};

const letters = [...'ab é1👍'];
const long = Array.from({ length: 140 }, (_, n) => Array.from({ length: n }, (_, i) => letters[(i * 5 + n) % 6]).join(''));

test.each(['MD5', 'SHA1', 'SHA2', 'BASE64_ENCODE', 'HEX_ENCODE', 'OCTET_LENGTH', 'BIT_LENGTH', 'INITCAP', 'STRTOK'])(
  '%s of texts of every length',
  async (wanted) => {
    const row = rowNamed(wanted);
    const types = typesOf(row, 1);
    const lines = long.map((text, i) => `(${i}, ${constant(text, varchar, 'postgres')})`).join(', ');
    const got = await ask(`SELECT ${built(row, [name('c0')], types)} FROM (VALUES ${lines}) t(i, c0) ORDER BY i`);
    expect(got.map(([cell]) => cell ?? null)).toEqual(
      long.map((text) => {
        const meant = row.evaluate([text], types);
        return meant === null ? null : String(meant);
      }),
    );
  },
);

test('EDITDISTANCE of longer texts', async () => {
  const row = rowNamed('EDITDISTANCE');
  const types = typesOf(row, 2);
  const pairs = [
    ['kitten sitting on the mat', 'sitting kitten at the mall'],
    ['', 'x'.repeat(60)],
    ['👍'.repeat(40), 'é'.repeat(41)],
    ['abcdefghij'.repeat(6), 'bcdefghija'.repeat(6)],
  ] as const;
  for (const [a, b] of pairs) {
    const [[cell] = []] = await ask(`SELECT ${built(row, [str(a), str(b)], types)}`);
    expect(cell, `${a} and ${b}`).toBe(String(row.evaluate([a, b], types)));
  }
});

test.each([
  ['HEX_DECODE_STRING', '41 42', 'HEX_DECODE_STRING needs pairs of hexadecimal digits'],
  ['HEX_DECODE_STRING', '4142\n', 'HEX_DECODE_STRING needs pairs of hexadecimal digits'],
  ['HEX_DECODE_STRING', 'ff', 'invalid byte sequence'],
  ['BASE64_DECODE_STRING', 'SEVM TE8=', 'BASE64_DECODE_STRING needs Base64'],
  ['BASE64_DECODE_STRING', 'YQ', 'BASE64_DECODE_STRING needs Base64'],
])('%s of %j fails', async (wanted, text, message) => {
  const row = rowNamed(wanted);
  const types = typesOf(row, 1);
  expect(() => row.evaluate([text], types)).toThrow();
  await expect(
    ask(`SELECT ${built(row, [name('c0')], types)} FROM (VALUES (${constant(text, varchar, 'postgres')})) t(c0)`),
  ).rejects.toThrow(message);
});
