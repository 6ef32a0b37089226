/** `dbt` of a target: what may be written, what is refused at which key, and that no message shows a token. */
import { expect, test } from 'vitest';
import { creditsAnHour } from '../../compiler/authoring/account.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { read } from './read.ts';

const of = (dbt: string, engine = 'snowflake'): string => `targets:\n  prod:\n    engine: ${engine}\n    dbt: ${dbt}\n`;
const token = `token: "{{ env_var('DBT_CLOUD_TOKEN') }}"`;

test('a dbt that runs here, and one in dbt Cloud', () => {
  const dbtOf = (dbt: string) => read({ 'lockstep.yml': of(dbt) }).project?.config.targets['prod']?.dbt;
  expect(dbtOf('{ project: build/dbt/snowflake }')).toEqual({
    kind: 'local',
    project: 'build/dbt/snowflake',
    profiles: null,
    target: null,
    command: 'dbt',
  });
  expect(dbtOf('{ project: p, profiles: ., target: prod, command: .venv/bin/dbt }')).toEqual({
    kind: 'local',
    project: 'p',
    profiles: '.',
    target: 'prod',
    command: '.venv/bin/dbt',
  });
  expect(dbtOf(`{ cloud: { account_id: 12, job_id: "34", ${token} } }`)).toEqual({
    kind: 'cloud',
    host: 'cloud.getdbt.com',
    accountId: '12',
    jobId: '34',
    token: "{{ env_var('DBT_CLOUD_TOKEN') }}",
  });
});

test.each([
  ['{ target: prod }', '4:5', 'says neither its `project` nor `cloud`'],
  [`{ project: p, cloud: { account_id: 1, job_id: 2, ${token} } }`, '4:12', '`project` is of a dbt that runs here'],
  [`{ cloud: { account_id: x, job_id: 2, ${token} } }`, '4:33', '`account_id` must be a number'],
  ['{ cloud: { account_id: 1, job_id: 2, token: HUNTER2 } }', '4:47', '`token` of dbt Cloud, of the target `prod`, is written in clear'],
  [`{ cloud: { account_id: 1, job_id: 2, token: "{{ env_var('T', 'HUNTER2') }}" } }`, '4:47', 'is written in clear'],
  ['{ cloud: { account_id: 1, token: HUNTER2 } }', '4:21', 'needs `job_id`'],
  ['{ projekt: p }', '4:12', 'has no key `projekt`'],
])('%s', (dbt, place, message) => {
  const text = of(dbt);
  const { said, diagnostics } = read({ 'lockstep.yml': text });
  const found = said.find((line) => line.includes(message));
  expect([found, said]).toEqual([expect.stringContaining(`lockstep.yml:${place} config-invalid `), said]);
  const shown = renderDiagnostics(diagnostics, [{ path: 'lockstep.yml', text }], { color: false });
  expect(`${said.join('\n')}\n${shown}`).not.toContain('HUNTER2');
});

test('it is of Snowflake', () => {
  expect(read({ 'lockstep.yml': of('{ project: p }', 'duckdb') }).said).toEqual([
    'lockstep.yml:4:5 config-invalid the target `prod` is on DuckDB, whose tables Lockstep fills itself: `dbt` is of a target of engine snowflake',
  ]);
});

test('credits an hour, as Snowflake documents them', () => {
  const documented: Readonly<Record<string, number>> = {
    ...{ 'X-Small': 1, XSMALL: 1, Small: 2, Medium: 4, LARGE: 8, 'X-Large': 16, XLARGE: 16 },
    ...{ '2X-Large': 32, XXLARGE: 32, X2LARGE: Number.NaN, '3X-Large': 64, XXXLARGE: 64 },
    ...{ '4X-Large': 128, X4LARGE: 128, '5X-Large': 256, X5LARGE: 256, '6X-Large': 512, x6large: 512 },
  };
  for (const [size, credits] of Object.entries(documented)) expect([size, creditsAnHour(size) ?? Number.NaN]).toEqual([size, credits]);
  for (const none of ['', 'XX-Small', 'huge', '7X-Large', 'XXXXLARGE']) expect([none, creditsAnHour(none)]).toEqual([none, null]);
  expect(read({ 'lockstep.yml': 'targets:\n  prod: { engine: snowflake, warehouse_size: huge }\n' }).said).toEqual([
    'lockstep.yml:2:46 config-invalid `warehouse_size` must be a size of Snowflake: X-Small, Small, Medium, Large, X-Large, 2X-Large, … 6X-Large',
  ]);
});
