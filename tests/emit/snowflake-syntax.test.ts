/** No Snowflake account was ever asked, so at least this: a parser of Snowflake's grammar reads every file meant for it. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseStatements } from '../../compiler/parse/front-end.ts';
import { loadProject } from '../../runners/cli/load.ts';

/** What dbt would put in place of its Jinja, as far as syntax goes. */
function withoutJinja(sql: string): string {
  return sql
    .replaceAll(/\{\{ config\([^}]*\) \}\}/g, '')
    .replaceAll(/\{\{ ref\('(\w+)'\) \}\}/g, '$1')
    .replaceAll(/\{\{ source\('(\w+)', '(\w+)'\) \}\}/g, '$1.$2')
    .replaceAll(/\{\{ var\("\w+"\) \}\}/g, '2026-01-01');
}

describe.each(['.', 'examples/flights'])('%s', async (folder) => {
  const { compiled } = await loadProject(fileURLToPath(new URL(`../../${folder}`, import.meta.url)));
  const files = compiled.files.filter((f) => f.path.startsWith('dbt/snowflake/') && f.path.endsWith('.sql'));

  test('every feature has a model', () => {
    expect(compiled.features.length).toBeGreaterThan(0);
    expect(files.filter((f) => f.path.includes('/features/')).length).toBe(compiled.features.length);
  });

  test.each(files.map((f) => [f.path, f.text] as const))('%s', (_, text) => {
    const sql = withoutJinja(text);
    expect(sql).not.toMatch(/\{\{|\{%/);
    expect(parseStatements(sql)).toMatchObject({ kind: 'tree', statements: [{ Query: expect.anything() }] });
  });

  test('what is broken is not read', () => {
    const sql = withoutJinja(files.at(-1)?.text ?? '');
    expect(parseStatements(sql.replace('SELECT', 'SELECT ,')).kind).toBe('refused');
    expect(parseStatements(`${sql} )`).kind).toBe('refused');
  });
});
