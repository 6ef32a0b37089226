/** @rockset/client from npm, unmodified, against the server: everything that its query lambdas can do. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featureNamed } from '../marketplace/world.ts';
import { type LambdaServer, lambdaServer, refused, sendChats } from './lambdas.ts';

let server: LambdaServer;
const lambdas = (role: Parameters<LambdaServer['client']>[0] = 'admin') => server.client(role).queryLambdas;
const count = (value = 's1') => ({
  query: 'SELECT count(*) AS n FROM chats WHERE stream_id = :stream',
  default_parameters: [{ name: 'stream', type: 'string', value }],
});

beforeAll(async () => {
  server = await lambdaServer();
  await sendChats(server);
}, 60_000);
afterAll(() => server.stop());

describe('the life of a lambda', () => {
  let [first, second] = ['', ''];

  test('it is made, and latest', async () => {
    const { data } = await lambdas('deploy').createQueryLambda('shop', { name: 'life', description: 'Chats.', sql: count() });
    expect(data).toMatchObject({
      workspace: 'shop',
      name: 'life',
      description: 'Chats.',
      created_by: 'deployer',
      sql: count(),
      collections: ['CHATS'],
      state: 'ACTIVE',
    });
    first = data?.version ?? '';
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    const tag = await lambdas('read').getQueryLambdaTagVersion('shop', 'life', 'latest');
    expect(tag.data).toMatchObject({ tag_name: 'latest', version: { version: first } });
  });

  test('it is not made twice', async () => {
    expect(await refused(lambdas().createQueryLambda('shop', { name: 'life', sql: count('s2') }))).toMatchObject({
      type: 'ALREADYEXISTS',
      message: 'there is a lambda life in the workspace shop',
    });
  });

  test('another default is another version, and the same again is none', async () => {
    const { data } = await lambdas('deploy').updateQueryLambda('shop', 'life', { sql: count('s2') });
    second = data?.version ?? '';
    expect(second).not.toBe(first);
    const again = await lambdas('deploy').updateQueryLambda('shop', 'life', { sql: count('s2'), description: 'other words' });
    expect(again.data?.version).toBe(second);
    const { data: versions } = await lambdas('read').listQueryLambdaVersions('shop', 'life');
    expect(versions?.map((v) => v.version)).toEqual([first, second]);
    const { data: one } = await lambdas('read').getQueryLambdaVersion('shop', 'life', first);
    expect(one).toMatchObject({ version: first, sql: count('s1') });
  });

  test('it is executed by version and by tag, with its defaults and without', async () => {
    const byVersion = await lambdas('read').executeQueryLambda('shop', 'life', first);
    expect(byVersion).toMatchObject({
      status: 'COMPLETED',
      query_lambda_path: `shop.life:${first}`,
      collections: ['CHATS'],
      results: [{ n: 3 }],
      results_total_doc_count: 1,
      column_fields: [{ name: 'n', type: 'int' }],
      stats: { version: first },
    });
    expect(byVersion.query_id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await lambdas('read').executeQueryLambdaByTag('shop', 'life', 'latest')).results).toEqual([{ n: 1 }]);
    const given = await lambdas('read').executeQueryLambdaByTag('shop', 'life', 'latest', {
      parameters: [{ name: 'stream', type: 'string', value: 's1' }],
    });
    expect(given.results).toEqual([{ n: 3 }]);
    const { data } = await lambdas('read').getQueryLambdaVersion('shop', 'life', second);
    expect(data?.stats).toMatchObject({ last_executed_by: 'reader', last_execution_error: null });
  });

  test('tags are set, moved, moved back twice, listed and taken away', async () => {
    const at = async () => (await lambdas('read').getQueryLambdaTagVersion('shop', 'life', 'prod')).data?.version?.version;
    const tag = (version: string) => lambdas('deploy').createQueryLambdaTag('shop', 'life', { tag_name: 'prod', version });
    const back = () =>
      server.send('POST', '/v1/orgs/self/ws/shop/lambdas/life/tags/prod/roll-back', undefined, { authorization: 'ApiKey key of deploy' });
    await tag(first);
    await tag(second);
    await tag(first);
    expect(await at()).toBe(first);
    await back();
    expect(await at()).toBe(second);
    await back();
    expect(await at()).toBe(first);
    expect(await back()).toMatchObject({ status: 409, body: { type: 'CONFLICT' } });
    const { data } = await lambdas('read').listQueryLambdaTags('shop', 'life');
    expect(data?.map((t) => [t.tag_name, t.version?.version])).toEqual([
      ['latest', second],
      ['prod', first],
    ]);
    expect(await refused(lambdas().deleteQueryLambdaVersion('shop', 'life', first))).toMatchObject({ type: 'CONFLICT' });
    await lambdas('admin').deleteQueryLambdaTag('shop', 'life', 'prod');
    expect(await refused(lambdas().getQueryLambdaTagVersion('shop', 'life', 'prod'))).toMatchObject({ type: 'NOTFOUND' });
  });

  test('latest is moved by deploying only', async () => {
    const tag = { tag_name: 'latest', version: first };
    expect(await refused(lambdas('deploy').createQueryLambdaTag('shop', 'life', tag))).toMatchObject({ type: 'INVALIDINPUT' });
    expect(await refused(lambdas('admin').deleteQueryLambdaTag('shop', 'life', 'latest'))).toMatchObject({ type: 'INVALIDINPUT' });
  });

  test('lambdas are listed, all and of a workspace', async () => {
    await lambdas('deploy').updateQueryLambda('attic', 'life', { sql: { query: 'SELECT 1 AS one' } }, true);
    const names = (found: { readonly data?: readonly { readonly workspace?: string; readonly name?: string }[] }) =>
      found.data?.map((l) => `${l.workspace}.${l.name}`);
    expect(names(await lambdas('read').listAllQueryLambdas())).toEqual(['features.stream_chat_activity', 'shop.life', 'attic.life']);
    const inShop = await lambdas('read').listQueryLambdasInWorkspace('shop');
    expect(names(inShop)).toEqual(['shop.life']);
    expect(inShop.data?.[0]).toMatchObject({ version_count: 2, collections: ['CHATS'], latest_version: { version: second } });
  });

  test('a version is deleted, and then all of it', async () => {
    expect((await lambdas('admin').deleteQueryLambdaVersion('shop', 'life', second)).data?.version).toBe(second);
    expect((await lambdas().getQueryLambdaTagVersion('shop', 'life', 'latest')).data?.version?.version).toBe(first);
    expect((await lambdas('admin').deleteQueryLambda('shop', 'life')).data?.name).toBe('life');
    expect(await refused(lambdas().executeQueryLambda('shop', 'life', first))).toMatchObject({
      type: 'NOTFOUND',
      message: 'there is no lambda life in the workspace shop',
    });
  });
});

describe('compiled features', () => {
  const { version } = featureNamed('stream_chat_activity');
  const at = (...parameters: readonly (readonly [string, string])[]) => ({
    parameters: parameters.map(([name, value]) => ({ name, type: 'string', value })),
  });

  test('are executed with their entity and an instant', async () => {
    const found = await lambdas('read').executeQueryLambdaByTag(
      'features',
      'stream_chat_activity',
      'latest',
      at(['stream_id', 's1'], ['as_of', '2026-03-01T20:00:00']),
    );
    // The feature's own example, as its author wrote it.
    expect(found).toMatchObject({
      results: [{ stream_id: 's1', as_of: '2026-03-01T20:00:00.000000', chats_20m: '2', chatters_20m: '1', chats_5m: '1' }],
      collections: ['CHATS'],
      query_lambda_path: `features.stream_chat_activity:${version}`,
      stats: { version, as_of: '2026-03-01T20:00:00.000000', watermark: '2026-03-01T20:00:00.000000' },
    });
    expect(Object.keys(found.results?.[0])).toEqual(['stream_id', 'as_of', 'chats_20m', 'chatters_20m', 'chats_5m']);
    const now = await lambdas('read').executeQueryLambda('features', 'stream_chat_activity', version, at(['stream_id', 's1']));
    expect(now.results).toMatchObject([{ chats_20m: '0' }]);
  });

  test.each([
    ['without its entity', at(), 'INVALIDINPUT'],
    ['with what it does not have', at(['stream_id', 's1'], ['stream', 's2']), 'INVALIDINPUT'],
    ['in the future', at(['stream_id', 's1'], ['as_of', '2999-01-01T00:00:00']), 'FUTURE_AS_OF'],
    ['at no instant', at(['stream_id', 's1'], ['as_of', 'tomorrow']), 'INVALIDINPUT'],
  ])('are not executed %s', async (_, body, type) => {
    expect(await refused(lambdas('read').executeQueryLambdaByTag('features', 'stream_chat_activity', 'latest', body))).toMatchObject({
      type,
    });
  });

  test('stay what lockstep compiled', async () => {
    expect(await refused(lambdas().createQueryLambda('features', { name: 'mine', sql: count() }))).toMatchObject({ type: 'INVALIDINPUT' });
    expect(await refused(lambdas().updateQueryLambda('features', 'stream_chat_activity', { sql: count() }))).toMatchObject({
      type: 'INVALIDINPUT',
    });
  });

  test('are logged as served', async () => {
    const folder = join(server.folder, 'served');
    const written = () =>
      readdirSync(folder)
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .join('');
    await expect.poll(written).toContain('"stream_id":"s1","as_of":"2026-03-01T20:00:00.000000","chats_20m":"2"');
  });
});

describe('who may do what', () => {
  const made = { name: 'roles', sql: { query: 'SELECT 1 AS one' } };
  test('reading is not deploying, and deploying is not deleting', async () => {
    expect(await refused(lambdas('read').createQueryLambda('shop', made))).toMatchObject({
      type: 'FORBIDDEN',
      message: 'reader may read, and this needs deploy',
    });
    const { data } = await lambdas('deploy').createQueryLambda('shop', made);
    const version = data?.version ?? '';
    for (const call of [
      () => lambdas('read').updateQueryLambda('shop', 'roles', { sql: made.sql }),
      () => lambdas('read').createQueryLambdaTag('shop', 'roles', { tag_name: 't', version }),
      () => lambdas('deploy').deleteQueryLambda('shop', 'roles'),
      () => lambdas('deploy').deleteQueryLambdaVersion('shop', 'roles', version),
      () => lambdas('deploy').deleteQueryLambdaTag('shop', 'roles', 't'),
    ])
      expect(await refused(call())).toMatchObject({ type: 'FORBIDDEN' });
    expect((await lambdas('read').executeQueryLambda('shop', 'roles', version)).results).toEqual([{ one: 1 }]);
    await lambdas('admin').deleteQueryLambda('shop', 'roles');
  });

  test('an unknown key may nothing', async () => {
    for (const call of [
      () => lambdas('nobody').listAllQueryLambdas(),
      () => lambdas('nobody').createQueryLambda('shop', made),
      () => lambdas('nobody').executeQueryLambdaByTag('features', 'stream_chat_activity', 'latest'),
    ])
      expect(await refused(call())).toMatchObject({ type: 'AUTHEXCEPTION', message: 'this API key is not known' });
  });
});

describe('errors have types', () => {
  test.each([
    ['no lambda', () => lambdas().listQueryLambdaVersions('shop', 'none'), 'NOTFOUND'],
    ['no lambda to change', () => lambdas().updateQueryLambda('shop', 'none', { sql: count() }), 'NOTFOUND'],
    ['no SQL', () => lambdas().createQueryLambda('shop', { name: 'x' } as never), 'INVALIDINPUT'],
    ['no name', () => lambdas().createQueryLambda('shop', { name: 'a/b', sql: count() }), 'INVALIDINPUT'],
    [
      'no such type',
      () =>
        lambdas().createQueryLambda('shop', {
          name: 'x',
          sql: { ...count(), default_parameters: [{ name: 'stream', type: 'uuid', value: '' }] },
        }),
      'INVALIDINPUT',
    ],
    [
      'a default of another type',
      () =>
        lambdas().createQueryLambda('shop', {
          name: 'x',
          sql: { ...count(), default_parameters: [{ name: 'stream', type: 'int', value: 'one' }] },
        }),
      'INVALIDINPUT',
    ],
    ['public', () => lambdas().createQueryLambda('shop', { name: 'x', is_public: true, sql: count() }), 'INVALIDINPUT'],
    ['a page', () => lambdas().executeQueryLambdaByTag('features', 'stream_chat_activity', 'latest', { paginate: true }), 'INVALIDINPUT'],
  ])('%s', async (_, call, type) => {
    const error = await refused(call());
    expect(error).toMatchObject({ type, error_id: type.toLowerCase(), line: null, column: null });
    expect(error['trace_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(error['message']).toBeTypeOf('string');
  });

  test('where the SQL is wrong is said', async () => {
    const wrong = (query: string) => refused(lambdas().createQueryLambda('shop', { name: 'wrong', sql: { query } }));
    expect(await wrong('SELECT 1\n  FORM chats')).toMatchObject({ type: 'QUERY_ERROR', line: 2, column: 8 });
    expect(await wrong('SELECT chat_id,\n  sender FROM chats WHERE :x')).toMatchObject({ type: 'QUERY_ERROR', line: 2, column: 3 });
    expect(await wrong("SELECT 'é',\n nope(:x) FROM chats")).toMatchObject({
      type: 'QUERY_ERROR',
      line: 2,
      column: 2,
      message: 'Scalar Function with name nope does not exist!',
    });
    expect(await wrong("SELECT 'é' FROM nothing")).toMatchObject({ type: 'QUERY_ERROR', line: 1, column: 17 });
    expect(await wrong("SELECT 'é', )")).toMatchObject({ type: 'QUERY_ERROR', line: 1, column: 13 });
    expect(await wrong('SELECT 1 FROM\n  nothing')).toMatchObject({ type: 'QUERY_ERROR', line: 2, column: 3 });
    expect(await refused(lambdas().listQueryLambdaVersions('shop', 'wrong'))).toMatchObject({ type: 'NOTFOUND' });
  });

  test('scheduled and public lambdas are said not to be supported', async () => {
    const headers = { authorization: 'ApiKey key of admin' };
    for (const [method, path] of [
      ['POST', '/v1/orgs/self/ws/shop/scheduled_lambdas'],
      ['DELETE', '/v1/orgs/self/ws/shop/scheduled_lambdas/1'],
      ['POST', '/v1/public/shared_lambdas/1'],
    ] as const)
      expect(await server.send(method, path, method === 'POST' ? {} : undefined, headers)).toMatchObject({
        status: 404,
        body: { type: 'NOTFOUND', message: expect.stringContaining('not supported') },
      });
  });
});

test('what was deployed, tagged and moved is there again after a restart; what was not finished is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-restart-'));
  const before = await lambdaServer({ folder });
  const of = (s: LambdaServer) => s.client('admin').queryLambdas;
  const make = async (value: string) =>
    (await of(before).updateQueryLambda('shop', 'kept', { sql: count(value) }, true)).data?.version ?? '';
  const versions = [await make('s1'), await make('s2')] as const;
  for (const version of [versions[0], versions[1]]) await of(before).createQueryLambdaTag('shop', 'kept', { tag_name: 'prod', version });
  const seen = async (s: LambdaServer) => [
    await of(s).listQueryLambdaVersions('shop', 'kept'),
    await of(s).listQueryLambdaTags('shop', 'kept'),
    await of(s).listAllQueryLambdas(),
  ];
  const wanted = await seen(before);
  await before.stop();
  // The power went while one more was written.
  const file = join(folder, 'registry.ndjson');
  appendFileSync(file, '{"action":"delete","workspace":"shop","lambda":"ke');
  const after = await lambdaServer({ folder });
  try {
    expect(await seen(after)).toEqual(wanted);
    await after.send('POST', '/v1/orgs/self/ws/shop/lambdas/kept/tags/prod/roll-back', undefined, {
      authorization: 'ApiKey key of deploy',
    });
    expect((await of(after).getQueryLambdaTagVersion('shop', 'kept', 'prod')).data?.version?.version).toBe(versions[0]);
    // What is appended now stands on a line of its own.
    expect(readFileSync(file, 'utf8').trim().split('\n').at(-1)).toMatch(/^\{.*"back":true\}$/);
  } finally {
    await after.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
