/** Literals and names that are SQL, Jinja or an escape to somebody: data in every form, and in what dbt renders. */
import { expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { asJinja, dialects } from '../../compiler/emit/dialect.ts';
import { printExpression } from '../../compiler/emit/print.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { str } from '../../compiler/sql/tree.ts';
import { expectEverywhere } from '../support/forms.ts';
import { authored, hostile, snowflakeLiteral, sources } from '../support/hostile.ts';

const at = '2026-01-01T00:00:00.000000';

test('hostile literals are data in every form', async () => {
  const outputs = hostile.map(
    (text, i) => `COUNT_IF(word = ${snowflakeLiteral(text)}) AS n${i}, MAX(IFF(id = '${i}', ${snowflakeLiteral(text)}, NULL)) AS w${i}`,
  );
  const events = { t: hostile.map((word, i) => ({ id: String(i), k: 'a', word, at: '2025-12-31T23:00:00' })) };
  const feature = `/*---\nentity: k\n---*/\n${authored(`SELECT k, ${outputs.join(',\n  ')}`)}\nFROM t GROUP BY k\n`;
  const expected = Object.fromEntries(
    hostile.flatMap((word, i) => [
      [`n${i}`, '1'],
      [`w${i}`, word],
    ]),
  );
  await expectEverywhere({ sources, events, feature }, [[{ k: 'a', as_of: at }, expected]]);
});

test('what separates lines only elsewhere stays as it is', async () => {
  const word = 'lines\u2028of other\u2029kinds';
  const events = { t: [{ id: '0', k: 'a', word, at: '2025-12-31T23:00:00' }] };
  const feature = `/*---\nentity: k\n---*/\nSELECT k, COUNT_IF(word = '${word}') AS n FROM t GROUP BY k\n`;
  await expectEverywhere({ sources, events, feature }, [[{ k: 'a', as_of: at }, { n: '1' }]]);
});

test('hostile names are names in every form', async () => {
  const names = ["it's", '"', 'back\\slash', '; DROP TABLE t; --', '{{ x }}', 'größe 👍', ' ', '$1'];
  const outputs = names.map((name, i) => `MAX(IFF(id = '${i}', word, NULL)) AS "${name.replaceAll('"', '""')}"`);
  const events = { t: names.map((_, i) => ({ id: String(i), k: 'a', word: `value ${i}`, at: '2025-12-31T23:00:00' })) };
  const feature = `/*---\nentity: k\n---*/\n${authored(`SELECT k, ${outputs.join(',\n  ')}`)}\nFROM t GROUP BY k\n`;
  const expected = Object.fromEntries(names.map((name, i) => [name, `value ${i}`]));
  await expectEverywhere({ sources, events, feature }, [[{ k: 'a', as_of: at }, expected]]);
});

/** As Jinja reads a template that has no other tags. */
const rendered = (template: string): string => template.replaceAll("{{ '{' }}", '\u0000').replaceAll('\u0000', '{');

test.for([...hostile, '{% raw %}', '{# comment #}', '{{{{', '{{{%'])('Jinja renders %j to itself', (text) => {
  const template = asJinja(text);
  expect(template.replaceAll("{{ '{' }}", '')).not.toMatch(/\{[{%#]/);
  expect(rendered(template)).toBe(text);
});

test('a dbt model renders to the SQL of the engine', async () => {
  await loadParser();
  const literals = hostile.map(snowflakeLiteral).join(', ');
  const text = `/*---\nentity: k\ndescription: "{{ doc('x') }}"\nowner: "{% o %}"\n---*/\n${authored(`SELECT k, COUNT_IF(word IN (${literals})) AS "{{ n }}"`)}\nFROM t GROUP BY k\n`;
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: hostile\n' },
      { path: 'transforms/sources.yml', text: sources },
      { path: 'transforms/features/f.sql', text },
    ],
  });
  expect(read.diagnostics).toEqual([]);
  if (read.value === undefined) throw new Error('unreachable');
  const { files, diagnostics } = compileProject(read.value, '2026-01-01');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const own =
    /\{\{ config\([\s\S]*?\) \}\}\n|\{%- set interval = lockstep_interval\([\w', =]*\) %\}|\{\{ (?:ref\('\w+'\)|source\('\w+', '\w+'\)|interval\.\w+|lockstep_shown\([\w', ]*ref\('\w+'\)\)) \}\}/g;
  for (const engine of ['snowflake', 'duckdb'] as const) {
    const models = files.filter((f) => f.path.startsWith(`dbt/${engine}/models/`));
    expect(models.length).toBeGreaterThan(2);
    for (const { text: model } of models) expect(model.replace(own, '').replaceAll("{{ '{' }}", '')).not.toMatch(/\{[{%#]/);
    const model = models.find((f) => f.path.endsWith('grids/f__grid.sql'))?.text ?? '';
    for (const word of hostile) expect(rendered(model)).toContain(printExpression(str(word), dialects[engine]));
    expect(rendered(model)).toContain('"{{ n }}"');
  }
});
