/** The author's comments stand where her queries went, and change nothing else. */
import { expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';

const sources = `streams:
  t:
    warehouse: raw.t
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, n: NUMBER(9,0), at: TIMESTAMP_NTZ }
`;

async function compiled(sql: string) {
  await loadParser();
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: t\n' },
      { path: 'transforms/sources.yml', text: sources },
      { path: 'transforms/features/f.sql', text: `/*---\nentity: k\n---*/\n${sql}\n` },
    ],
  });
  if (read.value === undefined) throw new Error(JSON.stringify(read.diagnostics));
  const { features, files, diagnostics } = compileProject(read.value, '2026-01-01');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const text = (path: string): string => files.find((f) => f.path === path)?.text ?? '';
  return {
    version: features[0]?.version,
    lambda: text('lambdas/f.sql'),
    dbt: text('dbt/snowflake/models/grids/f__grid.sql'),
  };
}

const commented = `-- Per key, of the last hour.
-- Late rows are counted, too: -- really
WITH /* Only what
   * is recent. */ recent AS (
  SELECT k, n FROM t WHERE at >= as_of() - INTERVAL '1 hour' -- inside a line: not kept
),
summed AS (
  // One row per key; {% raw %} is nothing here, nor is '
  SELECT k, SUM(n) AS s FROM recent GROUP BY k
)
-- The answer.
SELECT k, s FROM summed`;
const plain = `WITH recent AS (SELECT k, n FROM t WHERE at >= as_of() - INTERVAL '1 hour'), summed AS (SELECT k, SUM(n) AS s FROM recent GROUP BY k)
SELECT k, s FROM summed`;

test('comments before a query or its name are kept', async () => {
  const { lambda, dbt, version } = await compiled(commented.replace('{% raw %}', '{ raw }'));
  for (const sql of [lambda, dbt]) {
    expect(sql).toContain('recent AS (\n  -- Only what\n  -- is recent.\n  SELECT');
    expect(sql).toContain("summed AS (\n  -- One row per key; { raw } is nothing here, nor is '\n  SELECT");
    expect(sql).toContain(
      'f AS (\n  -- Per key, of the last hour.\n  -- Late rows are counted, too: -- really\n  -- The answer.\n  SELECT',
    );
    expect(sql).not.toContain('not kept');
  }
  expect(version).toBe((await compiled(plain)).version);
});

test('without them the SQL is the same', async () => {
  const lines = (sql: string): readonly string[] => sql.split('\n').filter((line) => !line.startsWith('  -- '));
  const [a, b] = [await compiled(commented.replace('{% raw %}', '')), await compiled(plain)];
  expect(lines(a.lambda)).toEqual(lines(b.lambda));
  expect(lines(a.dbt).filter((l) => !l.includes(a.version ?? ''))).toEqual(lines(b.dbt).filter((l) => !l.includes(b.version ?? '')));
});

test('a comment is no Jinja in a model that dbt renders', async () => {
  const { dbt, lambda } = await compiled(`-- \\{{ ref('x') }} {# y #}\nSELECT k, COUNT(*) AS n FROM t GROUP BY k`);
  expect(lambda).toContain("-- {{ ref('x') }} {# y #}\n");
  expect(dbt).toContain("-- {{ '{' }}{ ref('x') }} {{ '{' }}# y #}\n");
});
