/** A mutant whose place is gone tests nothing, and would be missed only in a long run. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { mutants } from './mutants.ts';

const root = resolve(import.meta.dirname ?? '.', '../..');

test.for(mutants.map((m) => [m.name, m] as const))('%s: its place is there', async ([, { file, find, replace }]) => {
  const text = await readFile(join(root, file), 'utf8');
  expect(text).toContain(find);
  expect(text.replace(find, replace)).not.toBe(text);
});

test('no two have one name', () => {
  expect(new Set(mutants.map((m) => m.name)).size).toBe(mutants.length);
});
