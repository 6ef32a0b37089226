/** What is read without the yaml package is what the package reads, to the last place. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readPlainYaml } from '../../compiler/authoring/plain-yaml.ts';
import { parseAnyYaml, parseYaml } from '../../compiler/authoring/yaml.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { type Random, seeded } from '../parser-fuzz/inputs.ts';

const span = (start: number, end: number) => ({ file: 'f', start, end });
const isPlain = (text: string): boolean => readPlainYaml(text, span, (written) => written) !== undefined;

function expectSame(text: string): void {
  const said: Diagnostic[] = [];
  const expected: Diagnostic[] = [];
  expect(parseYaml(text, 'f', 3, said), text).toEqual(parseAnyYaml(text, 'f', 3, expected));
  expect(said, text).toEqual(expected);
}

test.each([
  'a: 1\n',
  'a: b c',
  'entity: [user_id, item]\ndefaults: { n: 0, price: 2.50 }\n',
  'a: "x, y: z"\nb: \'it\'\nc: it\'s\nd: ""\n',
  'a: -1\nb: 10:00\nc: a,b]\nd: 2001-01-01 00:00:00\n',
  'a:\n  b:\n      c: 1\n  d: 2\ne: 3\n',
  'a:\n  - 1\n  -   b: 2\n      c: [1, { x: y }, []]\n  - { k: 10:00 }\nz: 1\n',
  '- a\n- b\n',
])('plain: %j', (text) => {
  expect(isPlain(text)).toBe(true);
  expectSame(text);
});

test.each([
  '',
  'a:\n',
  'a: 1\na: 2\n',
  'a: b: c\n',
  'a: b\n  c\n',
  'a: b # c\n',
  'a: &x b\n',
  'a: |\n  b\n',
  'a: "x\\n"\n',
  "a: 'it''s'\n",
  'a: [1, 2,]\n',
  'a: [1,\n 2]\n',
  'a: {b}\n',
  'a: {b:1}\n',
  'a: {b: c, b: d}\n',
  'a: [1',
  'a: [1]]\n',
  'a:\n- b\n',
  'a: b\n\nc: d\n',
  ' a: b\n',
  'a : b\n',
  '"a": b\n',
  'a:\tb\n',
  'a: b \n',
  '--- a\n',
  'a: - b\n',
  '- - a\n',
  `a: ${'['.repeat(60)}${']'.repeat(60)}\n`,
])('left to the package: %j', (text) => {
  expect(isPlain(text)).toBe(false);
  expectSame(text);
});

test('a type with a comma inside', () => expectSame('columns: { id: NUMBER(38,0), price: NUMBER (10, 2) }\n'));

const bits = [
  ' ',
  '\n',
  ':',
  ': ',
  '- ',
  '"',
  "'",
  '#',
  '{',
  '}',
  '[',
  ']',
  ',',
  '*',
  '|',
  '\\',
  'é',
  '\u2028',
  '\u00a0',
  '{ a: b }',
  'x: y\n',
];

function spoilt(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(['', ...bits]) + text.slice(at + random.below(3));
}

test('headers and sources, as they are and spoilt', () => {
  const texts = ['', 'examples/flights/'].flatMap((root) => [
    readFileSync(`${root}transforms/sources.yml`, 'utf8'),
    ...readdirSync(`${root}transforms/features`).map((name) => {
      const text = readFileSync(`${root}transforms/features/${name}`, 'utf8');
      return text.slice(text.indexOf('\n') + 1, text.indexOf('---*/'));
    }),
  ]);
  expect(texts.filter(isPlain).length).toBeGreaterThan(30);
  let plain = 0;
  for (let i = 0; i < 3000; i++) {
    const random = seeded(5, i);
    const text = spoilt(random.pick(texts), random);
    if (isPlain(text)) plain++;
    expectSame(text);
  }
  expect(plain).toBeGreaterThan(1000);
});
