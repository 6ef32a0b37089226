import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { functionRows } from '../../compiler/functions/index.ts';
import { functionsPage } from '../../runners/docs/functions-page.ts';

const written = await readFile(new URL('../../docs/functions.md', import.meta.url), 'utf8');

test('docs/functions.md is what `npm run docs` writes', () => {
  expect(written).toBe(functionsPage());
});

test('every function has a line with its names, a summary and a result type', () => {
  const lines = written.split('\n').filter((l) => l.startsWith('| `'));
  expect(lines.length).toBe(functionRows.length);
  for (const row of functionRows) {
    const line = lines.find((l) => l.startsWith(`| \`${row.name.replaceAll('|', '\\|')}\``));
    expect(line, row.name).toContain(' → ');
    for (const alias of row.aliases ?? []) expect(line).toContain(`\`${alias}\``);
  }
});
