/** Postgres finds the longest match, and gives groups in its own order: what is taken means the same to it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { parsePattern } from '../../compiler/functions/regexp-pattern.ts';
import { printPattern } from '../../compiler/functions/regexp-print.ts';
import { number, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { openRows } from './on-postgres.ts';
import { integer, pick, type Random, seeded } from './random-values.ts';

const plain = { insensitive: false, dotAll: false };
const shown = (pattern: string, flags = plain): string =>
  printPattern(parsePattern(pattern, flags).regex, { syntax: 'postgres', capture: true });

test.each([
  ['a.c', 'a[\\U00000001-\\U00000009\\U0000000B-\\U0010FFFF]c'],
  ['\\bx\\B', '\\yx\\Y'],
  ['[^\\d\\D]', '[^\\U00000001-\\U0010FFFF]'],
  ['(a{2,255}|\\.)$', '(a{2,255}|\\U0000002E)$'],
])('%s is printed as %s', (pattern, printed) => {
  expect(shown(pattern)).toBe(printed);
});

test('more repetitions than Postgres takes are refused', () => {
  expect(() => shown('a{256}')).toThrow(NotOnEngine);
  expect(() => shown('a{2,1000}')).toThrow('more than 255 repetitions in a regular expression has no exact form on Postgres yet');
});

function randomPattern(random: Random, depth: number): string {
  const atom = (): string =>
    depth > 0 && random() < 0.45
      ? `(${randomPattern(random, depth - 1)}${random() < 0.25 ? `|${randomPattern(random, depth - 1)}` : ''})`
      : pick(random, ['a', 'b', 'c', '[ab]', '[bc]', '[^a]', '.', '\\W']);
  const edge = (): string => (random() < 0.1 ? pick(random, ['\\b', '\\B']) : '');
  return Array.from(
    { length: integer(random, 1, 4) },
    () => edge() + atom() + pick(random, ['', '', '', '*', '+', '?', '{0,2}', '{2,}']),
  ).join('');
}

const calls: readonly ((pattern: string) => readonly [row: string, ...constants: (string | number)[]])[] = [
  (p) => ['REGEXP_LIKE', p],
  (p) => ['REGEXP_COUNT', p, 2],
  (p) => ['REGEXP_SUBSTR', p, 1, 2],
  (p) => ['REGEXP_SUBSTR', p, 1, 1, 'e', 1],
  (p) => ['REGEXP_INSTR', p, 2, 1, 1, 'e', 2],
  (p) => ['REGEXP_INSTR', p, 1, 1, 0, 'e', 1],
  (p) => ['REGEXP_REPLACE', p, '<\\2\\1>'],
  (p) => ['REGEXP_REPLACE', p, '\\1-', 3, 2],
];

describe('on Postgres', () => {
  let rowOf: Awaited<ReturnType<typeof openRows>>;
  beforeAll(async () => {
    rowOf = await openRows();
  }, 60_000);

  test('what is found, and its groups, are the same', async () => {
    const random = seeded(20261122);
    const compared = calls.map(() => 0);
    for (let i = 0; i < 8000; i++) {
      const which = i % calls.length;
      const [rowName, ...constants] = (calls[which] as (typeof calls)[number])(randomPattern(random, 2));
      const literals = constants.map((x) => ({ type: typeof x === 'string' ? varchar : number(9), literal: String(x) }));
      const row = rowOf(rowName, [{ type: varchar }, ...literals]);
      if (row.refused) continue;
      compared[which] = (compared[which] as number) + 1;
      const rows = Array.from({ length: 20 }, (): Value[] => [
        Array.from({ length: integer(random, 1, 8) }, () => pick(random, [...'aabbccd é\n'])).join(''),
        ...constants.map((x) => (typeof x === 'string' ? x : BigInt(x))),
      ]);
      expect(await row.got(rows), `${rowName} ${constants.join(', ')} of ${JSON.stringify(rows.map(([x]) => x))}`).toEqual(
        rows.map(row.meant),
      );
    }
    expect(Math.min(...compared)).toBeGreaterThan(15);
  }, 60_000);
});
