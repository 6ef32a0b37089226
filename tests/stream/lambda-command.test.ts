/** lockstep lambda against a running server: what it prints, and what it says when it cannot. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';
import { type LambdaServer, lambdaServer, sendChats } from './lambdas.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const name = 'stream_chat_activity';
const { version } = featureNamed(name);
let server: LambdaServer;
let other = '';

beforeAll(async () => {
  server = await lambdaServer();
  await sendChats(server);
  const { data } = await server.client('deploy').queryLambdas.createQueryLambda('shop', {
    name: 'chats',
    sql: {
      query: "SELECT chat_id, {'n': :n} AS o FROM chats WHERE body <> :body ORDER BY 1 LIMIT 2",
      default_parameters: [{ name: 'n', type: 'int', value: '7' }],
    },
  });
  other = data?.version ?? '';
}, 60_000);
afterAll(async () => {
  delete process.env['LOCKSTEP_API_KEY'];
  await server.stop();
});
beforeEach(() => {
  process.env['LOCKSTEP_API_KEY'] = 'key of deploy';
});
const lambda = (...args: readonly string[]) => lockstep('lambda', ...args, '--url', server.url);

test('list and show', async () => {
  const { code, out } = await lambda('list');
  expect(code).toBe(0);
  const lines = out.trim().split('\n');
  expect(lines[0]).toMatch(/^workspace +lambda +latest +versions +updated +by$/);
  expect(lines[2]).toMatch(new RegExp(`^features +${name} +${version} +1 +\\S+Z +serve$`));
  expect(lines[3]).toMatch(new RegExp(`^shop +chats +${other} +1 +\\S+Z +deployer$`));
  expect((await lambda('list', '--workspace', 'shop')).out.trim().split('\n')).toHaveLength(3);
  expect((await lambda('show', name)).out.trim().split('\n')[2]).toMatch(new RegExp(`^${version} +latest +ACTIVE +\\S+Z +serve`));
  const shown = JSON.parse((await lambda('show', 'chats', '--workspace', 'shop', '--format', 'json')).out);
  expect(shown).toMatchObject({ tags: { latest: other }, versions: [{ version: other, state: 'ACTIVE' }] });
});

test('deploy: what is there is said to be, what is new is deployed', async () => {
  expect((await lambda('deploy', name, '--project', project)).out).toMatch(new RegExp(`${name} +${version} +already there`));
  const { code, out } = await lambda('deploy', '--project', project, '--format', 'json');
  expect(code).toBe(0);
  const results: readonly { readonly feature: string; readonly outcome: string }[] = JSON.parse(out);
  expect(results.length).toBeGreaterThan(5);
  expect(results.filter((r) => r.outcome !== 'deployed').map((r) => r.feature)).toEqual([name]);
  const again = JSON.parse((await lambda('deploy', '--project', project, '--format', 'json')).out);
  expect(new Set(again.map((r: { outcome: string }) => r.outcome))).toEqual(new Set(['already there']));
});

test('a version with other SQL is refused, and the others are deployed: exit code 1', async () => {
  const fresh = await lambdaServer({ lambdas: [] });
  const { artifact, sql } = compiledLambda(featureNamed(name), catalog);
  const changed = `${sql}\n`;
  const headers = { authorization: 'ApiKey key of deploy' };
  await fresh.send('POST', '/features', { artifact: { ...artifact, sqlSha256: sha256(changed) }, sql: changed }, headers);
  const { code, out, err } = await lockstep('lambda', 'deploy', name, 'stream_viewers_now', '--project', project, '--url', fresh.url);
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^error: ${name} has a version ${version} with other SQL\nhint: `));
  expect(out).toMatch(/stream_chat_activity +\w+ +refused\nstream_viewers_now +\w+ +deployed\n$/);
  await fresh.stop();
});

test('tag, roll back', async () => {
  expect((await lambda('tag', name, 'prod', version)).out).toMatch(new RegExp(`${name} +prod +${version}\n$`));
  expect(await lambda('roll-back', name, 'prod')).toMatchObject({
    code: 2,
    err: `error: the tag prod of ${name} was never anywhere else\n`,
  });
  const { data } = await server.client('deploy').queryLambdas.updateQueryLambda('shop', 'chats', { sql: { query: 'SELECT 1' } });
  for (const v of [other, data?.version ?? '']) await lambda('tag', 'chats', 'prod', v, '--workspace', 'shop');
  expect(JSON.parse((await lambda('roll-back', 'chats', 'prod', '--workspace', 'shop', '--format', 'json')).out)).toEqual({
    lambda: 'chats',
    tag: 'prod',
    version: other,
  });
});

test('execute', async () => {
  const { code, out, err } = await lambda('execute', name, '--param', 'stream_id=s1', 'as_of=2026-03-01T20:00:00');
  expect(code).toBe(0);
  expect(out.trim().split('\n')[2]?.split(/ +/)).toEqual(['s1', '2026-03-01T20:00:00.000000', '2', '1', '1']);
  expect(err).toMatch(new RegExp(`^features\\.${name} ${version} as of 2026-03-01T20:00:00\\.000000, \\d+ ms\n$`));
  const byVersion = await lambda(
    'execute',
    'chats',
    '--workspace',
    'shop',
    '--version',
    other,
    '--param',
    'body:string=a=b',
    '--param',
    'n=8',
    '--format',
    'json',
  );
  expect(JSON.parse(byVersion.out).results).toEqual([
    { chat_id: 'c1', o: { n: 8 } },
    { chat_id: 'c2', o: { n: 8 } },
  ]);
  expect((await lambda('execute', 'chats', '--workspace', 'shop', '--tag', 'prod', '--param', 'body=')).out).toContain(
    'c1       {"n":7}\n',
  );
});

test.each([
  [['show', 'nothing'], 2, 'error: there is no lambda nothing in the workspace features\n'],
  [['execute', name], 2, `error: ${name} is asked by stream_id: stream_id is missing\n`],
  [['execute', name, '--param', 'x'], 2, 'error: --param x: a parameter is name=value\nhint: or name:type=value\n'],
  [['execute', name, '--tag', 'a', '--version', 'b'], 2, 'error: --tag and --version say twice which version\nhint: leave one out\n'],
  [['execute', name, '--tag', '../../x'], 2, `error: ${name} has no tag ../../x\n`],
  [['execute', name, '--tag', '..'], 2, 'error: ".." names nothing\n'],
  [['list', '--format', 'xml'], 2, 'error: --format xml: it is one of text, json\n'],
  [
    ['deploy', 'stream_chat_activit', '--project', project],
    2,
    `error: there is no feature stream_chat_activit\nhint: did you mean \`${name}\`?\n`,
  ],
] as const)('%j', async (args, code, err) => {
  expect(await lambda(...args)).toMatchObject({ code, out: '', err });
});

test('a key of another role, a wrong one, none, one that is none', async () => {
  process.env['LOCKSTEP_API_KEY'] = 'key of read';
  expect(await lambda('tag', name, 'prod', version)).toMatchObject({
    code: 2,
    err: 'error: reader may read, and this needs deploy\nhint: LOCKSTEP_API_KEY must hold a key of that role\n',
  });
  process.env['LOCKSTEP_API_KEY'] = 'wrong';
  const known = 'hint: LOCKSTEP_API_KEY must hold a key that the server knows\n';
  expect(await lambda('list')).toMatchObject({ code: 2, err: `error: this API key is not known\n${known}` });
  delete process.env['LOCKSTEP_API_KEY'];
  expect(await lambda('list')).toMatchObject({ code: 2, err: `error: no API key was sent\n${known}` });
  process.env['LOCKSTEP_API_KEY'] = 'two\nlines';
  const { code, err } = await lambda('list');
  expect(code).toBe(2);
  expect(err).toBe('error: LOCKSTEP_API_KEY holds what no key has\nhint: a key is one line of plain characters\n');
});

test('no server, no project that compiles, no subcommand', async () => {
  const at = ['--url', 'http://127.0.0.1:9'];
  expect(await lockstep('lambda', 'list', ...at)).toMatchObject({
    code: 2,
    err: 'error: no server answers at http://127.0.0.1:9\nhint: start one with lockstep serve, or name another with --url\n',
  });
  expect((await lockstep('lambda', 'list', '--url', 'nowhere')).err).toMatch(/^error: --url nowhere is no URL/);
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-empty-'));
  expect(await lockstep('lambda', 'deploy', '--project', folder, ...at)).toMatchObject({ code: 2 });
  await rm(folder, { recursive: true });
  const { code, err } = await lockstep('lambda');
  expect(code).toBe(2);
  expect(err).toContain('roll-back');
  expect((await lockstep('lambda', 'lost')).code).toBe(2);
});
