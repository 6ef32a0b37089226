/** Every template helper is explained beside the features that use it, and prints what is said there. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bare, helpers } from '../../compiler/authoring/template/print.ts';
import type { YamlNode } from '../../compiler/authoring/yaml.ts';

const page = await readFile(fileURLToPath(new URL('../../transforms/README.md', import.meta.url)), 'utf8');
const scalar = (text: string): YamlNode => ({ kind: 'scalar', text, plain: true, span: { file: '', start: 0, end: 0 } });

test('each helper has a line', () => {
  expect([...page.matchAll(/^\| `\{\{(\w+) \w+\}\}` \|/gm)].map(([, name]) => name).sort()).toEqual(Object.keys(helpers).sort());
});

test.for([
  ['interval', '7 days', "INTERVAL '7 days'"],
  ['interval', '1 hour', "INTERVAL '1 hour'"],
  ['slug', '7 days', '7d'],
  ['slug', '1 hour', '1h'],
  ['ident', 'order', '"order"'],
  ['literal', "O'Fallon", "'O''Fallon'"],
] as const)('{{%s}} of %s', ([name, value, text]) => {
  expect(helpers[name]?.(scalar(value))).toEqual({ text });
  expect(page).toContain(`\`${text}\``);
});

test('units are shortened as the page says', () => {
  const units = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond'];
  const shortened = units.map((unit) => helpers['slug']?.(scalar(`2 ${unit}s`)));
  expect(page).toContain(`(${shortened.map((s) => (s !== undefined && 'text' in s ? s.text.slice(1) : '?')).join(', ')})`);
});

test('a plain word needs none', () => {
  expect(bare(scalar('7'))).toEqual({ text: '7' });
});
