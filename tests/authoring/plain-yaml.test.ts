/** What is read as plain YAML is what the YAML library reads. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainYaml } from '../../compiler/authoring/plain-yaml.ts';
import { anyYaml, type Place } from '../../compiler/authoring/yaml.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';

const at: Place = (start, end) => ({ file: 'f.sql', start, end });

function byLibrary(text: string) {
  const diagnostics: Diagnostic[] = [];
  return { node: anyYaml(text, at, diagnostics), diagnostics };
}

const piece = fc.constantFrom(
  ...'[ ] { } , : # & * ! | > % @ ` ? - ~ . \' " _ \\ \t \r \ufeff \u0085 \u00a0 \u2028 \u3000 é – 😀 -1 .5 --- ... null <<'.split(' '),
  ...[
    'a',
    'b',
    'Z9',
    '0',
    ' ',
    ' ',
    '  ',
    ', ',
    ': ',
    ' #',
    '\n',
    '\n ',
    'NUMBER(38,0)',
    "it's",
    '"q"',
    '10:30',
    '!!str',
    '[a, b c]',
    '{ a: 1 }',
  ],
);
const some = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
const plainText = fc.constantFrom('1 hour', 'a_b', 'ordered items, by day', '0.5', 'x');
const value = fc.oneof(
  { weight: 9, arbitrary: plainText },
  some,
  fc.array(fc.oneof(plainText, some), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
  fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.oneof(plainText, some)), { maxLength: 3 })
    .map((entries) => `{ ${entries.map(([key, text]) => `${key}: ${text}`).join(', ')} }`),
);
const key = fc.oneof({ weight: 20, arbitrary: fc.constantFrom('entity', 'owner', 'every', 'null', '_1', 'A') }, some);
const header = fc
  .array(fc.tuple(key, fc.constantFrom(': ', ': ', ': ', ':  ', ':', ' : '), value, fc.constantFrom('\n', '\n', '\n', ' \n', '\n\n', '')), {
    maxLength: 4,
  })
  .map((lines) => lines.map((parts) => parts.join('')).join(''));

describe('plain YAML', () => {
  test('is what the library reads, places included', () => {
    let plain = 0;
    fc.assert(
      fc.property(header, (text) => {
        const node = plainYaml(text, at);
        if (node === undefined) return;
        plain++;
        expect({ node, diagnostics: [] }).toEqual(byLibrary(text));
      }),
      { numRuns: 20_000, seed: 7 },
    );
    expect(plain).toBeGreaterThan(2000);
  });

  test('is what headers are written in that have a line for each key', () => {
    for (const folder of ['transforms/features', 'examples/flights/transforms/features']) {
      const others = readdirSync(folder).filter((file) => {
        const header = /^\/\*---\n([^]*?)^---\*\//m.exec(readFileSync(`${folder}/${file}`, 'utf8'))?.[1] ?? '';
        return !/^ /m.test(header) && plainYaml(header, at) === undefined;
      });
      expect(others).toEqual([]);
    }
  });
});
