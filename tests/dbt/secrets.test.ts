/** Every text of `dbt:` may come from the environment: what goes wrong with a dbt, here or in dbt Cloud, is said without it. */
import { chmod } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { DbtTarget } from '../../compiler/authoring/dbt-target.ts';
import { dbtCloudKeys, dbtKeys } from '../../compiler/authoring/keys.ts';
import type { DbtAsked } from '../../runners/dbt/job.ts';
import { openDbt } from '../../runners/dbt/open-dbt.ts';
import { hider } from '../../runners/hide-secrets.ts';
import { folderWith } from '../support/cli.ts';
import { cloudServer, token } from './cloud-server.ts';
import { program } from './program.ts';

const asked: DbtAsked = { command: 'run', select: ['f__grid'], vars: {}, fullRefresh: false, cause: 'f', done: () => {} };
const variable = (key: string): string => `{{ env_var('HUSH_${key}') }}`;

/** What is said of a run. */
async function failure(dbt: DbtTarget, environment: Readonly<Record<string, string>>): Promise<string> {
  const declared = { engine: 'snowflake', path: null, account: {}, schema: null, databases: {}, schemas: {}, models: {}, dbt } as const;
  const opened = await openDbt({ name: 'snow', declared, folder: '/', environment: { PATH: process.env['PATH'], ...environment } }, []);
  const thrown = await opened.run(asked).then(
    ({ nodes }) => nodes.map(({ message }) => message).join(),
    (error: Error & { readonly hint?: string }) => `${error.message}\n${error.hint}\n${error.stack}`,
  );
  await opened.close();
  return thrown;
}

const silent = (text: string, environment: Readonly<Record<string, string>>): void =>
  expect([text, Object.entries(environment).filter(([, value]) => text.toLowerCase().includes(value.toLowerCase()))]).toEqual([text, []]);

test('the keys of a dbt are these', () => {
  expect(Object.keys(dbtKeys).sort()).toEqual(['cloud', 'command', 'profiles', 'project', 'target']);
  expect(Object.keys(dbtCloudKeys).sort()).toEqual(['account_id', 'host', 'job_id', 'token']);
});

test.each(['no command', 'no folder', 'no right to start it', 'no results', 'a node that failed'])('here: %s', async (what) => {
  const there = await program();
  const profiles = await folderWith({ 'profiles.yml': 'x: {}' });
  const environment = {
    HUSH_PROJECT: what === 'no folder' ? join(there.folder, 'hush-project') : there.folder,
    HUSH_PROFILES: profiles,
    HUSH_TARGET: 'Hush-Target',
    HUSH_COMMAND: what === 'no command' ? join(there.folder, 'hush-command') : there.command,
  };
  if (what === 'no right to start it') await chmod(there.command, 0o644);
  const everything = Object.values(environment).join(' and ');
  const results = JSON.stringify({
    metadata: { dbt_schema_version: '/run-results/v6.json', invocation_id: 'i' },
    results: [{ unique_id: 'model.m.f', status: 'error', message: `failed: ${everything} ${everything.toUpperCase()}` }],
  });
  await there.tell({ results: what === 'no results' ? null : results, code: 1, err: [everything] });
  const text = await failure(
    {
      kind: 'local',
      project: variable('PROJECT'),
      profiles: variable('PROFILES'),
      target: variable('TARGET'),
      command: variable('COMMAND'),
    },
    environment,
  );
  expect(text).toContain('***');
  silent(text, { ...environment, folder: basename(dirname(environment.HUSH_COMMAND)) });
});

test.each(['refused', 'failed', 'a node that failed'])(
  'in dbt Cloud: %s',
  async (what) => {
    const cloud = await cloudServer();
    const environment = { HUSH_HOST: cloud.url, HUSH_TOKEN: token };
    const results = JSON.stringify({
      metadata: { dbt_schema_version: '/run-results/v6.json', invocation_id: 'i' },
      results: [{ unique_id: 'model.m.f', status: 'error', message: `${cloud.url} ${token}` }],
    });
    cloud.faults = [({ method }) => (what === 'refused' && method === 'POST' ? 403 : null)];
    cloud.statuses = [20];
    cloud.message = `failed for ${token} at ${new URL(cloud.url).host}`;
    cloud.results = what === 'failed' ? null : results;
    const text = await failure(
      { kind: 'cloud', host: variable('HOST'), accountId: '7', jobId: '42', token: variable('TOKEN') },
      environment,
    );
    expect(text).toContain('***');
    silent(text, { ...environment, host: new URL(cloud.url).host });
  },
  20_000,
);

test('in whatever form it comes back', () => {
  const hide = hider(['a"b\\c d', 'My_Account', '"Its Name"', 'My_Account_2']);
  expect(hide('a"b\\c d')).toBe('***');
  expect(hide(JSON.stringify({ x: 'a"b\\c d' }).toUpperCase())).toBe('{"X":"***"}');
  expect(hide(`?x=${encodeURIComponent('a"b\\c d')}`)).toBe('?x=***');
  expect(hide('https://my-account.snowflakecomputing.com, my_account_2, Its Name, ITS NAME')).toBe(
    'https://***.snowflakecomputing.com, ***, ***, ***',
  );
  expect(hider([])('nothing')).toBe('nothing');
});
