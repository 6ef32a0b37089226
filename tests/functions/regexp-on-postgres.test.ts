/** Postgres finds the longest match, and gives groups in its own order: what is taken means the same to it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Arg, CallTypes, ScalarRow } from '../../compiler/functions/define.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { parsePattern } from '../../compiler/functions/regexp-pattern.ts';
import { printPattern } from '../../compiler/functions/regexp-print.ts';
import { name, type Sql, str } from '../../compiler/sql/tree.ts';
import { number, varchar } from '../../compiler/sql-type.ts';
import { type TestEngine, testEngines } from './engines.ts';
import { constant, print } from './print-for-test.ts';
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

const engine = testEngines.find((e) => e.name === 'postgres') as TestEngine;
const rowNamed = (wanted: string): ScalarRow => functionRows.find((row) => row.name === wanted) as ScalarRow;
const text: Arg = { type: varchar, nullable: true };
const literal = (value: string | number): Arg =>
  typeof value === 'string'
    ? { type: varchar, nullable: false, literal: value }
    : { type: number(9), nullable: false, literal: String(value) };

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
  let ask: (sql: string) => Promise<readonly (readonly (string | null)[])[]>;
  beforeAll(async () => {
    ask = (await engine.open()).rows;
  }, 60_000);

  test('what is found, and its groups, are the same', async () => {
    const random = seeded(20261122);
    const compared = calls.map(() => 0);
    for (let i = 0; i < 8000; i++) {
      const pattern = randomPattern(random, 2);
      const which = i % calls.length;
      const [rowName, ...constants] = (calls[which] as (typeof calls)[number])(pattern);
      const row = rowNamed(rowName);
      const args = [text, ...constants.map(literal)];
      const signature = row.resolve(args);
      if ('refused' in signature) continue;
      compared[which] = (compared[which] as number) + 1;
      const types: CallTypes = { args, type: signature.type };
      const texts = Array.from({ length: 20 }, () =>
        Array.from({ length: integer(random, 1, 8) }, () => pick(random, [...'aabbccd é\n'])).join(''),
      );
      const build = row.sql.postgres as (args: readonly Sql[], types: CallTypes) => Sql;
      const written = constants.map((value) => (typeof value === 'string' ? str(value) : engine.number(String(value))));
      const made = engine.asText(print(build([name('c0'), ...written], types), 'postgres'), signature.type);
      const lines = texts.map((t, j) => `(${j}, ${constant(t, varchar, 'postgres')})`).join(', ');
      const got = await ask(`SELECT ${made} FROM (VALUES ${lines}) t(i, c0) ORDER BY i`);
      for (const [j, t] of texts.entries()) {
        const meant = row.evaluate([t, ...constants.map((value) => (typeof value === 'string' ? value : BigInt(value)))], types);
        expect(got[j]?.[0] ?? null, `${rowName}(${JSON.stringify(t)}, ${constants.join(', ')})`).toBe(
          meant === null ? null : String(meant),
        );
      }
    }
    expect(Math.min(...compared)).toBeGreaterThan(15);
  }, 60_000);
});
