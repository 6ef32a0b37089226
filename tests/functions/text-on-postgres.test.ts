/** Texts of more than one block or line, and text that is no encoding, on Postgres. */
import { beforeAll, expect, test } from 'vitest';
import { varchar } from '../../compiler/sql-type.ts';
import { openRows } from './on-postgres.ts';

let rowOf: Awaited<ReturnType<typeof openRows>>;
beforeAll(async () => {
  rowOf = await openRows();
}, 60_000);

const text = { type: varchar };
const letters = [...'ab é1👍'];
const long = Array.from({ length: 140 }, (_, n) => Array.from({ length: n }, (_, i) => letters[(i * 5 + n) % 6]).join(''));

test.each(['MD5', 'SHA1', 'SHA2', 'BASE64_ENCODE', 'HEX_ENCODE', 'OCTET_LENGTH', 'BIT_LENGTH', 'INITCAP', 'STRTOK'])(
  '%s of texts of every length',
  async (wanted) => {
    const row = rowOf(wanted, [text]);
    expect(await row.got(long.map((x) => [x]))).toEqual(long.map((x) => row.meant([x])));
  },
);

test('EDITDISTANCE of longer texts', async () => {
  const row = rowOf('EDITDISTANCE', [text, text]);
  const pairs = [
    ['kitten sitting on the mat', 'sitting kitten at the mall'],
    ['', 'x'.repeat(60)],
    ['👍'.repeat(40), 'é'.repeat(41)],
    ['abcdefghij'.repeat(6), 'bcdefghija'.repeat(6)],
  ];
  expect(await row.got(pairs)).toEqual(pairs.map(row.meant));
});

test.each([
  ['HEX_DECODE_STRING', '41 42', 'HEX_DECODE_STRING needs pairs of hexadecimal digits'],
  ['HEX_DECODE_STRING', '4142\n', 'HEX_DECODE_STRING needs pairs of hexadecimal digits'],
  ['HEX_DECODE_STRING', 'ff', 'invalid byte sequence'],
  ['BASE64_DECODE_STRING', 'SEVM TE8=', 'BASE64_DECODE_STRING needs Base64'],
  ['BASE64_DECODE_STRING', 'YQ', 'BASE64_DECODE_STRING needs Base64'],
])('%s of %j fails', async (wanted, given, message) => {
  const row = rowOf(wanted, [text]);
  expect(() => row.meant([given])).toThrow();
  await expect(row.got([[given]])).rejects.toThrow(message);
});
