/** A dbt that runs here: what it is started with, which of its results count, what it is told when it is to stop, and what of it is shown. */
import { execFileSync, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { DbtLocal } from '../../compiler/authoring/dbt-target.ts';
import type { DbtAsked } from '../../runners/dbt/job.ts';
import { type OpenDbt, openDbt } from '../../runners/dbt/open-dbt.ts';
import { folderWith } from '../support/cli.ts';
import { type Program, program } from './program.ts';

const results = (invocation: string, status: string, message: string | null = null): string =>
  JSON.stringify({
    metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json', invocation_id: invocation },
    results: [{ unique_id: 'model.marketplace.f__grid', status, message, execution_time: 1.5, adapter_response: {} }],
  });
const event = (name: string, level: string, msg: string): string =>
  JSON.stringify({ info: { name, level, msg }, data: { node_info: { unique_id: 'model.marketplace.f__grid' } } });

const asked: DbtAsked = {
  command: 'run',
  select: ['f__grid'],
  vars: { lockstep_from: '2026-01-01T00:00:00.000000', lockstep_to: '2026-01-02T00:00:00.000000' },
  fullRefresh: true,
  cause: 'lockstep materialize f',
  done: () => {},
};

/** Of the environment, of lockstep.yml, and of profiles.yml in clear. */
const secrets = {
  password: 'Hush-Of-Outside',
  target: 'hush-target',
  inProfile: 'hush-in-profile',
  inClear: 'hush-in-clear',
  ofKey: 'hush-of-a-key',
};
const profiles = `marketplace:
  target: prod
  outputs:
    prod: { type: snowflake, user: me, password: "{{ env_var('THE_PASSWORD') }}", private_key_passphrase: '${secrets.inProfile}' }
    old: { type: snowflake, user: me, password: ${secrets.inClear}, private_key: "${secrets.ofKey}" }
`;

let there: Program;
let dbt: OpenDbt;

const opened = async (environment: Readonly<Record<string, string>> = {}): Promise<OpenDbt> => {
  const folder = await folderWith({ 'profiles.yml': profiles });
  const local: DbtLocal = {
    ...{ kind: 'local', project: there.folder, profiles: folder, command: there.command },
    target: "{{ env_var('THE_TARGET') }}",
  };
  const declared = {
    engine: 'snowflake',
    path: null,
    account: {},
    schema: null,
    databases: {},
    schemas: {},
    models: {},
    dbt: local,
  } as const;
  const given = { PATH: process.env['PATH'], THE_PASSWORD: secrets.password, THE_TARGET: secrets.target, ...environment };
  return openDbt({ name: 'snow', declared, folder, environment: given }, ['what-a-target-hides']);
};

beforeEach(async () => {
  there = await program();
  dbt = await opened();
  return () => dbt.close();
});

/** As soon as it runs. */
async function running(): Promise<void> {
  for (let tries = 0; (await there.started().catch(() => [])).length === 0; tries++) {
    expect(tries).toBeLessThan(500);
    await new Promise((done) => setTimeout(done, 10));
  }
}

test('its arguments, its own group, its nodes, and what it calls the project', async () => {
  const done: string[] = [];
  await there.tell({ results: results('one', 'success'), out: [event('NodeFinished', 'info', 'done')] });
  const ran = await dbt.run({ ...asked, done: (node) => done.push(node) });
  expect(ran.invocation).toBe('one');
  expect(ran.nodes).toEqual([
    { id: 'model.marketplace.f__grid', status: 'success', message: null, seconds: 1.5, rows: null, queryId: null },
  ]);
  expect(done).toEqual(['model.marketplace.f__grid']);
  const [started] = await there.started();
  expect(started?.arguments.slice(0, 6)).toEqual([
    ...['run', '--select', 'f__grid', '--vars'],
    ...['{"lockstep_from":"2026-01-01T00:00:00.000000","lockstep_to":"2026-01-02T00:00:00.000000"}', '--full-refresh'],
  ]);
  expect(started?.arguments.slice(-2)).toEqual(['--target', secrets.target]);
  // Of which a terminal's Ctrl-C does not come to it.
  expect(started?.group).not.toBe(Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(process.pid)])));
  expect(await ran.manifest()).toEqual({ nodes: { of: started?.pid } });
});

test('nothing outside changes what a run reads or replaces', async () => {
  const [kept, left] = [
    { DBT_PROFILE_OF_OURS: '1', SNOWFLAKE_ROLE: 'r' },
    Object.fromEntries(
      [
        ...['FULL_REFRESH', 'EMPTY', 'SAMPLE', 'DEFER', 'DEFER_STATE', 'FAVOR_STATE', 'STATE', 'EVENT_TIME_START', 'EVENT_TIME_END'],
        ...['EXCLUDE', 'VARS', 'FAIL_FAST'],
      ].map((name) => [`DBT_${name}`, 'true']),
    ),
  ];
  dbt = await opened({ ...kept, ...left });
  await there.tell({ results: results('one', 'success') });
  await dbt.run(asked);
  const environment = (await there.started())[0]?.environment ?? {};
  expect(environment).toMatchObject({ ...kept, THE_PASSWORD: secrets.password, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' });
  expect(Object.keys(left).filter((name) => name in environment)).toEqual([]);
});

test('results of an earlier run are nobody’s', async () => {
  await there.tell({ results: results('one', 'success') });
  await dbt.run(asked);
  await there.tell({ results: null, code: 1, err: ['it broke'] });
  await expect(dbt.run(asked)).rejects.toMatchObject({
    message: 'it ended with exit code 1, without results:\nit broke',
    hint: `the project is ${there.folder}`,
  });
});

test('results of a run that dbt itself calls failed do not count; those with a failed node do', async () => {
  await there.tell({ results: results('one', 'success'), code: 2, out: [event('MainEncounteredError', 'error', 'no such profile')] });
  await expect(dbt.run(asked)).rejects.toThrow('it ended with exit code 2, without results:\nno such profile');
  await there.tell({ results: results('two', 'error', 'it broke'), code: 1 });
  expect((await dbt.run(asked)).nodes).toMatchObject([{ status: 'error', message: 'it broke' }]);
});

const everything = [
  secrets.password,
  secrets.password.toUpperCase(),
  secrets.target,
  secrets.inProfile,
  secrets.inClear,
  secrets.ofKey,
  'what-a-target-hides',
];

test('no message has what the environment gave, or what profiles.yml has in clear', async () => {
  await there.tell({ results: results('one', 'error', `refused: ${everything.join(', ')}`), code: 1 });
  expect((await dbt.run(asked)).nodes[0]?.message).toBe('refused: ***, ***, ***, ***, ***, ***, ***');
  await there.tell({
    results: null,
    code: 1,
    err: [`refused: ${everything.join(', ')}`],
    out: [event('x', 'error', everything.join('+'))],
  });
  const thrown = (await dbt.run(asked).catch((error: unknown) => error)) as Error & { readonly hint: string };
  expect(thrown.message).toMatch(/without results:\n/);
  expect(everything.filter((secret) => `${thrown.message} ${thrown.hint}`.includes(secret))).toEqual([]);
  expect(thrown.message.split('***').length - 1).toBe(2 * everything.length);
});

test('interrupted: one SIGINT, however often it is asked for; what dbt says then is not taken, and none is begun', async () => {
  await there.tell({ results: results('one', 'success'), holds: 300 });
  const ran = dbt.run(asked);
  const failed = expect(ran).rejects.toThrow('interrupted: the run that was under way is cancelled');
  await running();
  for (let times = 0; times < 10; times++) {
    dbt.interrupt();
    await new Promise((done) => setTimeout(done, 10));
  }
  await failed;
  expect((await there.started()).map(({ signals }) => signals)).toEqual([['SIGINT']]);
  await expect(dbt.run(asked)).rejects.toThrow('interrupted');
  expect((await there.started()).length).toBe(1);
});

/** A process that runs dbt as a command does, and is killed. */
async function killed(patience: number): Promise<void> {
  const script = `import { startChild } from '${resolve('runners/dbt/child.ts')}'; startChild('${there.command}', ['--target-path', '.'], { cwd: '${there.folder}', env: process.env }, ${patience}); setInterval(() => {}, 1000);`;
  const started = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'ignore' });
  await running();
  started.kill('SIGKILL');
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function gone(): Promise<void> {
  const [started] = await there.started();
  for (let tries = 0; isThere(started?.pid ?? 0); tries++) {
    expect(tries).toBeLessThan(1000);
    await new Promise((done) => setTimeout(done, 10));
  }
}

test('whoever started it is killed: one SIGINT, and it has time to cancel', async () => {
  await there.tell({ results: null, holds: 300 });
  await killed(60_000);
  await gone();
  expect((await there.started()).map(({ signals }) => signals)).toEqual([['SIGINT']]);
});

test('whoever started it is killed, and it does not end: it is ended', async () => {
  await there.tell({ results: null, holds: 600_000 });
  await killed(200);
  await gone();
});

test('ended by a signal: no results', async () => {
  await there.tell({ results: results('one', 'success'), holds: 600_000 });
  const ran = dbt.run(asked);
  const failed = expect(ran).rejects.toThrow('it was killed, without results');
  await running();
  process.kill((await there.started())[0]?.pid ?? 0, 'SIGKILL');
  await failed;
});
