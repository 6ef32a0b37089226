/** Ten thousand requests that nobody should send, and clients that never finish one: the server says what is wrong and goes on. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from '../../examples/marketplace/random.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { defaultLimits } from '../../runners/stream/serve/server.ts';
import { catalog, project } from '../marketplace/world.ts';
import { type Serving, serving } from './serving.ts';

const said: unknown[] = [];
let server: Serving;
beforeAll(async () => {
  server = await serving(catalog, {
    lambdas: project.compiled.features.map((f) => compiledLambda(f, catalog)),
    limits: { ...defaultLimits, requestMs: 1_000 },
    log: (line) => said.push(line),
  });
  for (const { name } of catalog.sources) await server.send('PUT', `/sources/${name}/complete-since`, { since: 'beginning' });
});
afterAll(() => server.stop());

const good = JSON.stringify({ features: ['stream_chat_activity'], entities: [{ stream_id: 's1' }], as_of: '2026-01-01T00:00:00' });
const well = () => server.send('POST', '/features/query', good);

test('ten thousand malformed requests: none is a fault of the server, and none is answered with a value', {
  timeout: 120_000,
}, async () => {
  const seed = 20_261_122;
  const random = seeded(seed, 'requests');
  const paths = ['/features/query', '/features', '/events/bids', '/events/nothing', '/features/a/tags/b', '/sources/bids/complete-since'];
  const memory = process.memoryUsage().rss;
  const statuses = new Map<number, number>();
  const one = async (): Promise<void> => {
    const [path, method] = [random.pick(paths), random.pick(['POST', 'PUT', 'GET', 'DELETE'])];
    const body = method === 'GET' ? undefined : spoilt(random);
    const { status, body: answer } = await server.send(method, path, body);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 500) throw new Error(`seed ${seed}: ${method} ${path} ${body}: ${status} ${JSON.stringify(answer)}`);
    if (path === '/features/query' && status === 200 && method === 'POST') expect(answer.results.length).toBeGreaterThan(0);
  };
  for (let i = 0; i < 10_000; i += 50) await Promise.all(Array.from({ length: 50 }, one));
  expect([...statuses.values()].reduce((a, b) => a + b)).toBe(10_000);
  expect(statuses.get(400)).toBeGreaterThan(1_000);
  expect((process.memoryUsage().rss - memory) / 1e6).toBeLessThan(300);
  expect(await well()).toMatchObject({ status: 200 });
  expect(said.filter((line) => JSON.stringify(line).includes('request failed'))).toEqual([]);
});

/** The good body with a piece changed, doubled, or taken out; or just bytes. */
function spoilt(random: ReturnType<typeof seeded>): string {
  if (random.chance(0.2)) return String.fromCharCode(...Array.from({ length: random.below(200) }, () => 32 + random.below(90)));
  const from = random.below(good.length);
  const to = Math.min(good.length, from + random.below(20));
  const pieces = [
    '',
    good.slice(from, to).repeat(2),
    '"',
    '[',
    '}',
    'null',
    '1e999',
    '\\u0000',
    '"\u{1F600}',
    '-',
    '[]',
    '{}',
    '12345678901234567890123',
  ];
  return good.slice(0, from) + random.pick(pieces) + good.slice(to);
}

test('clients that never finish hold nobody up, and are let go', async () => {
  const port = Number(new URL(server.url).port);
  const slow = await Promise.all(Array.from({ length: 100 }, () => opened(port)));
  const ended = slow.map((socket) => new Promise<void>((done) => socket.once('close', () => done())));
  for (const socket of slow)
    socket.write('POST /features/query HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"fea');
  const begun = performance.now();
  expect(await well()).toMatchObject({ status: 200 });
  expect(performance.now() - begun).toBeLessThan(1_000);
  await Promise.all(ended);
}, 60_000);

test('bytes that are no HTTP', async () => {
  const port = Number(new URL(server.url).port);
  const socket = await opened(port);
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  socket.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00, 0x0a, 0x0a]));
  await closed;
  expect(await well()).toMatchObject({ status: 200 });
});

function opened(port: number): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1', () => done(socket));
    socket.on('error', () => {});
    socket.once('error', failed);
    socket.resume();
  });
}
