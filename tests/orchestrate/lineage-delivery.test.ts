/** Events on their way: servers that are down, slow or refuse; what is configured wrongly; and that no secret is shown and no command fails. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { environment, web } from './alert-servers.ts';
import { shop, targets, toldShop } from './lineage-project.ts';
import { received } from './openlineage.ts';

const configured = `${targets()}lineage:
  url: "{{ env_var('TEST_URL') }}"
  api_key: "{{ env_var('TEST_KEY') }}"
  namespace: market
`;

test('the URL and the key of lockstep.yml are before those of the environment, the endpoint is put behind the server', async () => {
  const [own, other] = [await web(), await web()];
  environment({ TEST_URL: `${own.url}/somewhere`, TEST_KEY: 'HUNTER2', OPENLINEAGE_URL: other.url, OPENLINEAGE_API_KEY: 'OTHER' });
  const { run } = await shop(configured);
  const { code, out, err } = await run('compile');
  expect([code, err]).toEqual([0, '']);
  expect(received(own)).toHaveLength(4);
  expect(other.requests).toEqual([]);
  const [first] = own.requests;
  expect([first?.path, first?.headers.authorization, first?.headers['content-type']]).toEqual([
    '/api/v1/lineage',
    'Bearer HUNTER2',
    'application/json; charset=utf-8',
  ]);
  expect(`${out}${JSON.stringify(own.requests.map(({ body }) => body))}`).not.toContain('HUNTER2');
});

test('the variables that clients know: endpoint, key, namespace, and off', async () => {
  const { run, server, events } = await toldShop();
  environment({ OPENLINEAGE_ENDPOINT: 'api/v2/events', OPENLINEAGE_API_KEY: 'HUNTER2', OPENLINEAGE_NAMESPACE: 'market' });
  expect((await run('compile')).code).toBe(0);
  expect(new Set(server.requests.map(({ path, headers }) => `${path} ${headers.authorization}`))).toEqual(
    new Set(['/api/v2/events Bearer HUNTER2']),
  );
  expect(new Set(events().map(({ job }) => job.namespace))).toEqual(new Set(['market']));
  environment({ OPENLINEAGE_DISABLED: 'True' });
  server.requests.splice(0);
  expect((await run('compile')).code).toBe(0);
  expect(server.requests).toEqual([]);
});

test('without a word of it nobody is told, and nothing is said', async () => {
  const { run, folder } = await shop(targets());
  expect((await run('compile')).err).toBe('');
  expect(existsSync(join(folder, 'build/.cache'))).toBe(true);
});

/** Where somebody listened, and nobody does. */
const closedPort = await (async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
})();

const fill = ['materialize', 'revenue', '--target', 'local', '--from', '2026-01-01', '--to', '2026-01-01T12:00:00'] as const;

test.each([
  ['nobody there', () => `http://127.0.0.1:${closedPort}/HUNTER2`, 0, 'it is not reached: ECONNREFUSED', 0],
  ['a server that is broken', (url: string) => `${url}/HUNTER2`, 500, 'it answers 500', 1],
  ['a key that is not right', (url: string) => `${url}/HUNTER2`, 401, 'it answers 401', 1],
  ['moved', (url: string) => `${url}/HUNTER2`, 302, 'it answers 302', 1],
])('%s: one warning, one attempt, the result and the exit code as ever', async (_, address, status, problem, attempts) => {
  const other = await web();
  const server = await web((_request, response) => void response.writeHead(status, { location: other.url }).end('HUNTER2'));
  environment({ TEST_URL: address(server.url), TEST_KEY: 'HUNTER2' });
  const { run, sql } = await shop(configured);
  const { code, out, err } = await run(...fill);
  expect(code).toBe(0);
  expect(err.split('\n').filter((line) => line.startsWith('warning'))).toEqual([`warning: lineage: ${problem}; 4 events did not arrive`]);
  expect([await sql('SELECT count(*) FROM features.revenue')].join()).toBe('22');
  expect([server.requests.length, other.requests.length]).toEqual([attempts, 0]);
  expect(`${out}${err}`).not.toContain('HUNTER2');
});

test('an event that is refused is no hindrance to the others', async () => {
  const server = await web((request, response) => void response.writeHead(request.body.includes('"START"') ? 422 : 201).end());
  environment({ TEST_URL: server.url, TEST_KEY: 'HUNTER2' });
  const { run } = await shop(configured);
  const { code, err } = await run(...fill);
  expect([code, err]).toEqual([0, expect.stringContaining('warning: lineage: it answers 422; 2 events did not arrive\n')]);
  expect(received(server).map((e) => e.eventType)).toEqual(['START', 'START', 'COMPLETE', 'COMPLETE']);
});

test('who does not answer is waited for once, five seconds, whatever is red stays red', async () => {
  const silent = createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  environment({ TEST_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, TEST_KEY: 'HUNTER2' });
  const { run } = await shop(configured);
  const began = Date.now();
  // There is no table yet.
  const { code, err } = await run('parity', '--batch', 'local', '--feature', 'revenue');
  const waited = Date.now() - began;
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('warning: lineage: it is not reached: no answer within 5 seconds; 4 events did not arrive\n'),
  ]);
  expect([waited > 4_500, waited < 9_000]).toEqual([true, true]);
});

test('a slow server gets all of them while the work goes on, in their order', async () => {
  const server = await web((_, response) => void setTimeout(() => response.end(), 300));
  environment({ TEST_URL: server.url, TEST_KEY: 'HUNTER2' });
  const { run } = await shop(configured);
  const { code, err } = await run(...fill);
  expect([code, err.includes('warning')]).toEqual([0, false]);
  expect(received(server).map((e) => `${e.eventType} ${e.job.name}`)).toEqual([
    'START shop.materialize',
    'START shop.materialize.revenue',
    'COMPLETE shop.materialize.revenue',
    'COMPLETE shop.materialize',
  ]);
});

test.each([
  [
    'no such variable',
    {},
    'url of lineage in lockstep.yml takes TEST_URL from the environment, which has no such value; no events are sent',
  ],
  ['no address', { TEST_URL: 'HUNTER2' }, 'the URL of lineage is no address that begins with https://; no events are sent'],
  [
    'another protocol',
    { TEST_URL: 'kafka://HUNTER2:9092' },
    'the URL of lineage is no address that begins with https://; no events are sent',
  ],
  [
    'a password in it',
    { TEST_URL: 'https://me:HUNTER2@example.com' },
    'the URL of lineage has a user or a password in it; no events are sent',
  ],
  [
    'a broken key',
    { TEST_URL: 'https://example.com', TEST_KEY: 'HUNTER2\r\nX: y' },
    'the API key of lineage has letters that no header may have; no events are sent',
  ],
  [
    'an endpoint on another server',
    { TEST_URL: 'https://example.com', TEST_KEY: 'HUNTER2', OPENLINEAGE_ENDPOINT: 'https://elsewhere.example/HUNTER2' },
    'the endpoint of lineage is no path of its server; no events are sent',
  ],
])('%s: a warning, and the command goes on', async (_, variables, warning) => {
  environment({ TEST_KEY: 'HUNTER2', ...variables });
  const { run } = await shop(configured);
  const { code, out, err } = await run('compile');
  expect([code, err]).toEqual([0, `warning: lineage: ${warning}\n`]);
  expect(out).toContain('2 features');
  expect(`${out}${err}`).not.toContain('HUNTER2');
});

test.each([
  ['airflow/task'],
  ['airflow/task/20260101T020000Z'],
  ['a/b/0f6b2f0a-7d3c-4a51-9d1e-6a2f0c1b3d4e/c'],
  ['//0f6b2f0a-7d3c-4a51-9d1e-6a2f0c1b3d4e'],
])('a parent that is none, %s: a warning, and the runs have none', async (parent) => {
  const { run, events } = await toldShop();
  environment({ OPENLINEAGE_PARENT_ID: parent });
  const { code, err } = await run(...fill);
  expect([code, err]).toEqual([
    0,
    expect.stringContaining('warning: lineage: OPENLINEAGE_PARENT_ID is no namespace/job/runid, the last a UUID; events name no parent\n'),
  ]);
  expect(events()[0]?.run?.facets.parent).toBeUndefined();
});

test('a target that does not say where it is: events name no data there', async () => {
  const { run, events } = await toldShop(`${targets('  prod: { engine: snowflake }\n')}lineage: { target: prod }\n`);
  const { code, err } = await run('compile');
  expect([code, err]).toEqual([0, 'warning: lineage: the target prod does not say its account and database; events name no data there\n']);
  expect(events().flatMap((e) => [...e.inputs, ...e.outputs])).toEqual([]);
});

test('a file that cannot be written: one warning, and the command goes on', async () => {
  const { folder, run } = await shop(`${targets()}lineage: { file: told }\n`);
  mkdirSync(join(folder, 'told'));
  const { code, err } = await run('compile');
  expect([code, err]).toEqual([0, 'warning: lineage: told cannot be written: EISDIR; 4 events did not arrive\n']);
  expect(readFileSync(join(folder, 'build/manifest.json'), 'utf8')).toContain('revenue');
});
