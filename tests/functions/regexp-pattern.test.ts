/** What the portable part of regular expressions takes, and that what it takes means one thing to every kind of engine. */
import { describe, expect, test } from 'vitest';
import { ambiguity, matchesEmpty, NotPortable, parsePattern } from '../../compiler/functions/regexp-pattern.ts';
import { printPattern } from '../../compiler/functions/regexp-print.ts';
import { integer, pick, type Random, seeded } from './random-values.ts';

const plain = { insensitive: false, dotAll: false };
const shown = (pattern: string, flags = plain): string =>
  printPattern(parsePattern(pattern, flags).regex, { syntax: 're2', capture: true });

test.each([
  ['a.c', 'a[\\x{0}-\\x{9}\\x{B}-\\x{10FFFF}]c'],
  ['\\d+\\.', '[0-9]+\\x{2E}'],
  ['[^a]', '[\\x{0}-\\x{60}b-\\x{10FFFF}]'],
  ['[]a]', '[\\x{5D}a]'],
  ['[a-]', '[\\x{2D}a]'],
  ['[[:digit:]_]', '[0-9_]'],
  ['(a|b){2,}', '(a|b){2,}'],
  ['^a$', '^a$'],
  ['\\bx', '\\bx'],
])('%s is printed as %s', (pattern, printed) => {
  expect(shown(pattern)).toBe(printed);
});

test('case is written out, so that no engine folds it', () => {
  expect(shown('a1[b-c]', { insensitive: true, dotAll: false })).toBe('[Aa]1[B-Cb-c]');
  expect(shown('.', { insensitive: false, dotAll: true })).toBe('[\\x{0}-\\x{10FFFF}]');
});

test.each(['a+?', 'a**', '(?:a)', '(?i)a', '\\1', '\\x41', '(a', 'a)', '[a', 'a{', 'a{2,1}', '*a', '(a*)*', '[z-a]', '[[:foo:]]', 'a\\'])(
  '%s is refused',
  (pattern) => {
    expect(() => parsePattern(pattern, plain)).toThrow(NotPortable);
  },
);

test.each(['foo|foobar', '(a|ab)c', 'a*(ab)?', 'a?q?(ab)?', '(x|ya*)(ab)*', 'a|b*'])('%s means two things', (pattern) => {
  expect(ambiguity(parsePattern(pattern, plain).regex)).toBeDefined();
});

function randomPattern(random: Random, depth: number): string {
  const atom = (): string =>
    depth > 0 && random() < 0.35
      ? `(${randomPattern(random, depth - 1)}${random() < 0.4 ? `|${randomPattern(random, depth - 1)}` : ''})`
      : pick(random, ['a', 'b', 'c', '[ab]', '[^a]', '.']);
  return Array.from({ length: integer(random, 1, 3) }, () => atom() + pick(random, ['', '', '*', '+', '?', '{1,2}'])).join('');
}

describe('first alternative or longest match', () => {
  test('is the same for every pattern that is taken', () => {
    const random = seeded(20261122);
    let taken = 0;
    for (let i = 0; i < 4000; i++) {
      const pattern = randomPattern(random, 2);
      const regex = ((): ReturnType<typeof parsePattern>['regex'] | undefined => {
        try {
          return parsePattern(pattern, plain).regex;
        } catch {
          return undefined;
        }
      })();
      if (regex === undefined || matchesEmpty(regex) || ambiguity(regex) !== undefined) continue;
      taken++;
      const source = printPattern(regex, { syntax: 'javascript', capture: false });
      const whole = new RegExp(`^(?:${source})$`, 'u');
      for (let j = 0; j < 30; j++) {
        const text = Array.from({ length: integer(random, 1, 7) }, () => pick(random, ['a', 'b', 'c'])).join('');
        const found = new RegExp(source, 'u').exec(text);
        if (found === null) continue;
        const ends = Array.from({ length: text.length + 1 }, (_, end) => end).filter(
          (end) => end >= found.index && whole.test(text.slice(found.index, end)),
        );
        expect(found.index + found[0].length, `${pattern} in ${text}`).toBe(Math.max(...ends));
      }
    }
    expect(taken).toBeGreaterThan(500);
  });
});
