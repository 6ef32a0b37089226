/** When a version was last executed is known by whichever route it was asked, and how new a source's events are by whichever they came. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { featureNamed } from '../marketplace/world.ts';
import { type LambdaServer, lambdaServer, sendChats } from './lambdas.ts';

const name = 'stream_chat_activity';
const headers = { authorization: 'ApiKey key of read' };
let server: LambdaServer;

beforeAll(async () => {
  server = await lambdaServer();
}, 60_000);
afterAll(() => server.stop());

const features = async () => (await server.send('GET', '/features', undefined, headers)).body;
const lastOf = async (): Promise<string | null> => (await features()).features[0].versions[0].last_executed;

test('a version is executed by /features/query and by the path of its lambda; before, it is not said to be', async () => {
  await sendChats(server);
  const began = (await features()).executed_since;
  expect(Date.parse(began)).toBeLessThanOrEqual(Date.now());
  expect(await lastOf()).toBeNull();
  const before = new Date().toISOString();
  const asked = await server.send('POST', '/features/query', { features: [name], entities: [{ stream_id: 's1' }] }, headers);
  expect(asked.status).toBe(200);
  const first = await lastOf();
  expect(first !== null && before <= first && first <= new Date().toISOString()).toBe(true);
  const { version } = featureNamed(name);
  const { data } = await server.client('read').queryLambdas.getQueryLambdaVersion('features', name, version);
  expect(data?.stats).toMatchObject({ last_executed: first, last_executed_by: 'reader', last_execution_error: null });
  await new Promise((r) => setTimeout(r, 5));
  await server
    .client('read')
    .queryLambdas.executeQueryLambda('features', name, version, { parameters: [{ name: 'stream_id', type: 'string', value: 's1' }] });
  const second = await lastOf();
  expect(second !== null && first !== null && second > first).toBe(true);
  expect((await features()).executed_since).toBe(began);
});

test('events that came by HTTP, in no partition, say how new a source is; one without events does not', async () => {
  const { sources } = (await server.send('GET', '/sources', undefined, headers)).body;
  const latest = new Map(sources.map((s: { source: string; latest: string | null }) => [s.source, s.latest]));
  expect(latest.get('chats')).toBe('2026-03-01T20:00:00.000000');
  expect(latest.get('orders')).toBeNull();
});
