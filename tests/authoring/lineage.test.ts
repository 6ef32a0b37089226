/** `lineage` of lockstep.yml: what may be written, what is refused at which key, and that no message shows what opens a server. */
import { expect, test } from 'vitest';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { verdictSchema } from '../../runners/orchestrate/lineage/verdict-schema.ts';
import { read } from './read.ts';

test('a server, and a file', () => {
  const server = read({
    'lockstep.yml': `targets: { prod: { engine: duckdb, path: w.duckdb } }
lineage:
  url: "{{ env_var('OPENLINEAGE_URL') }}"
  endpoint: api/v2/lineage
  api_key: "{{ env_var('KEY') }}"
  namespace: market
  target: prod
`,
  });
  expect(server.said).toEqual([]);
  expect(server.project.config.lineage).toEqual({
    url: "{{ env_var('OPENLINEAGE_URL') }}",
    endpoint: 'api/v2/lineage',
    apiKey: "{{ env_var('KEY') }}",
    file: null,
    namespace: 'market',
    target: 'prod',
  });
  const nothing = { url: null, endpoint: null, apiKey: null, file: null, namespace: null, target: null };
  const file = read({ 'lockstep.yml': 'lineage: { file: lineage.ndjson }\n' });
  expect([file.said, file.project.config.lineage]).toEqual([[], { ...nothing, file: 'lineage.ndjson' }]);
  expect(read({}).project.config.lineage).toEqual(nothing);
});

test.each([
  ['url: https://HUNTER2', '2:3', '`url` of `lineage` is written in clear'],
  [`url: "https://{{ env_var('S') }}/HUNTER2"`, '2:3', '`url` of `lineage` is written in clear'],
  ['api_key: HUNTER2', '2:3', '`api_key` of `lineage` is written in clear'],
  [`api_key: "{{ env_var('S', 'HUNTER2') }}"`, '2:3', '`api_key` of `lineage` is written in clear'],
  ['apikey: HUNTER2', '2:3', '`lineage` has no key `apikey`'],
  ['namespace: [a]', '2:14', '`namespace` must be a text'],
  ['target: prud', '2:11', 'there is no target prud'],
  [`url: "{{ env_var('S') }}"\n  file: a.ndjson`, '3:3', '`lineage` has both `url` and `file`'],
])('refused: %s', (text, place, message) => {
  const config = `lineage:\n  ${text}\ntargets: { prod: { engine: duckdb, path: w.duckdb } }\n`;
  const { said, diagnostics } = read({ 'lockstep.yml': config });
  expect(said).toEqual([expect.stringContaining(`lockstep.yml:${place} config-invalid ${message}`)]);
  expect(renderDiagnostics(diagnostics, [{ path: 'lockstep.yml', text: config }], { color: false })).not.toContain('HUNTER2');
});

/** `npx vitest run tests/authoring/lineage.test.ts -u` writes it. */
test('schemas/lockstep_verdict.schema.json is fresh', async () => {
  await expect(`${JSON.stringify(verdictSchema, null, 2)}\n`).toMatchFileSnapshot('../../schemas/lockstep_verdict.schema.json');
});
