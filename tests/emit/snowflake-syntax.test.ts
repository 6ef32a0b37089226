/** No Snowflake account was ever asked, so at least this: a parser of Snowflake's grammar reads every file meant for it. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { loadParser, parseStatements } from '../../compiler/parse/front-end.ts';
import { loadProject } from '../../runners/cli/load.ts';

/** What dbt would put in place of its Jinja, as far as syntax goes. */
function withoutJinja(sql: string): string {
  return sql
    .replaceAll(/\{\{ config\([\s\S]*?\n?\) \}\}\n/g, '')
    .replaceAll(/\{%- set interval = [^%]* %\}/g, '')
    .replaceAll(/\{\{ interval\.(?:first|past) \}\}/g, '0')
    .replaceAll(/\{\{ interval\.(?:start|stop) \}\}/g, '2026-01-01')
    .replaceAll(/\{\{ lockstep_shown\([^}]*ref\('(\w+)'\)\) \}\}/g, '$1')
    .replaceAll(/\{\{ \w+_as_of\(ref\('(\w+)'\)\) \}\}/g, '$1')
    .replaceAll(/\{\{ ref\('(\w+)'\) \}\}/g, '$1')
    .replaceAll(/\{\{ source\('(\w+)', '(\w+)'\) \}\}/g, '$1.$2');
}

describe.each(['.', 'examples/flights'])('%s', async (folder) => {
  const { compiled } = await loadProject(fileURLToPath(new URL(`../../${folder}`, import.meta.url)));
  const files = compiled.files.filter((f) => f.path.startsWith('dbt/snowflake/models/') && f.path.endsWith('.sql'));

  test('every feature has a model', () => {
    expect(compiled.features.length).toBeGreaterThan(0);
    for (const folder of ['features', 'grids'])
      expect(files.filter((f) => f.path.includes(`/${folder}/`)).length).toBe(compiled.features.length);
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

const semiStructured = `SELECT o.buyer,
  COUNT_IF(IS_NULL_VALUE(o.payload:coupon)) AS coupons,
  MAX(o.payload:"the shop"[0].name::VARCHAR) AS shop,
  ARRAY_AGG(f.value:sku::VARCHAR) WITHIN GROUP (ORDER BY o.at, f.index) AS skus,
  COUNT_IF(ARRAY_CONTAINS('a'::VARIANT, SPLIT(o.payload:tags::VARCHAR, ','))) AS tagged,
  MAX(ARRAY_SIZE([o.order_id, 'x'])) AS two
FROM orders AS o, LATERAL FLATTEN(INPUT => o.payload:items, OUTER => TRUE) AS f
WHERE o.at >= as_of() - INTERVAL '1 day'
GROUP BY o.buyer`;

test('VARIANT, arrays and FLATTEN', async () => {
  await loadParser();
  const sources =
    'streams:\n  orders:\n    warehouse: raw.orders\n    key: order_id\n    event_time: at\n    columns: { order_id: VARCHAR, buyer: VARCHAR, payload: VARIANT, at: TIMESTAMP_NTZ }\n';
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: t\n' },
      { path: 'transforms/sources.yml', text: sources },
      { path: 'transforms/features/f.sql', text: `/*---\nentity: buyer\n---*/\n${semiStructured}\n` },
    ],
  });
  if (read.value === undefined) throw new Error('the project is not read');
  const { files, diagnostics } = compileProject(read.value, '2026-01-01');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const models = files.filter((f) => f.path.startsWith('dbt/snowflake/models/') && f.path.endsWith('.sql'));
  for (const { text } of models) expect(parseStatements(withoutJinja(text))).toMatchObject({ kind: 'tree' });
  const model = models.find((f) => f.path.endsWith('grids/f__grid.sql'))?.text ?? '';
  // As somebody would write it for Snowflake by hand.
  expect(model).toContain("CROSS JOIN LATERAL FLATTEN(INPUT => GET_PATH(o.payload, 'items'), OUTER => TRUE) AS f");
  expect(model).toContain(`MAX(CAST(GET_PATH(o.payload, '["the shop"][0].name') AS VARCHAR)) AS shop`);
  expect(model).toContain(
    "ARRAY_AGG(CAST(GET_PATH(f.value, 'sku') AS VARCHAR)) WITHIN GROUP (ORDER BY o.at NULLS LAST, f.index NULLS LAST",
  );
  expect(model).toContain("ARRAY_CONTAINS(CAST('a' AS VARIANT), SPLIT(CAST(GET_PATH(o.payload, 'tags') AS VARCHAR), ','))");
  expect(model).toContain('CAST(answer.skus AS ARRAY) AS skus');
});
