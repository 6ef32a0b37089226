/** A server that counts up what it is asked from events in memory: what it answers is counted by hand. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { formatTimestamp } from '../../runners/data/format-value.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { chat } from './lambdas.ts';
import { type Serving, serving } from './serving.ts';

const name = 'stream_chat_activity';
const servers: Serving[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

async function started(memory: number, folder?: string): Promise<Serving> {
  const lambdas = [compiledLambda(featureNamed(name), catalog)];
  const server = await serving(catalog, { lambdas, memory, auditEvery: 20, ...(folder === undefined ? {} : { folder }) });
  servers.push(server);
  await server.send('PUT', '/sources/chats/complete-since', { since: 'beginning' });
  return server;
}

const post = async (server: Serving, ...rows: readonly ReturnType<typeof chat>[]): Promise<void> => {
  const { body } = await server.send(
    'POST',
    '/events/chats',
    rows.map((row) => JSON.parse(onTheWire('chats', row).value)),
  );
  expect(body.taken).toBe(rows.length);
};
const ask = async (server: Serving): Promise<readonly unknown[]> => {
  const { body } = await server.send('POST', '/features/query', { features: [name], entities: [{ stream_id: 's1' }] });
  return Object.values(body.results[0].values[name]);
};
const metric = async (server: Serving, of: string): Promise<number> => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${of} (.+)$`, 'm').exec(text)?.[1]);
};
const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; !(await what()); i++) {
    if (i > 200) throw new Error('it does not come about');
    await pause(25);
  }
};
const minutesAgo = (minutes: number): string => formatTimestamp(BigInt(Date.now() - minutes * 60_000) * 1000n);

test('what is posted is in the next answer, a copy is not, and no query is run', async () => {
  const server = await started(100_000_000);
  await post(
    server,
    chat('c1', 's1', 7, 'hi', minutesAgo(30)),
    chat('c2', 's1', 7, 'hi', minutesAgo(10)),
    chat('c3', 's2', 8, 'hi', minutesAgo(1)),
  );
  await until(async () => {
    await ask(server);
    return (await metric(server, 'lockstep_counted_answers_total')) > 0;
  });
  const queries = await metric(server, 'lockstep_queries_total');
  expect(await ask(server)).toEqual(['1', '1', '0']);
  const late = chat('c4', 's1', 8, 'late', minutesAgo(15));
  await post(server, late, late, chat('c5', 's1', 7, 'now', minutesAgo(1)));
  expect(await ask(server)).toEqual(['3', '2', '1']);
  await post(server, late);
  expect(await ask(server)).toEqual(['3', '2', '1']);
  expect(await metric(server, 'lockstep_queries_total')).toBe(queries);
  await until(async () => (await metric(server, 'lockstep_audited_answers_total')) > 0);
  expect(await ask(server)).toEqual(['3', '2', '1']);
  expect(await metric(server, 'lockstep_queries_total')).toBe(queries);
  // c1 is older than lambdas look back, but not than events are kept.
  expect(await metric(server, 'lockstep_memory_events')).toBe(5);
});

test('without memory each answer is a query, and the same', async () => {
  const server = await started(0);
  await post(server, chat('c1', 's1', 7, 'hi', minutesAgo(10)));
  for (let i = 0; i < 3; i++) {
    await pause(30);
    expect(await ask(server)).toEqual(['1', '1', '0']);
  }
  expect(await metric(server, 'lockstep_counted_answers_total')).toBe(0);
  expect(await metric(server, 'lockstep_queries_total')).toBe(3);
});

test('ready when what was to be read is read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-warm-'));
  const first = await started(100_000_000, folder);
  // So many that reading them takes longer than asking whether they are read.
  for (let part = 0; part < 12; part++)
    await post(first, ...Array.from({ length: 2_500 }, (_, i) => chat(`c${part}-${i}`, 's1', i, 'hi', minutesAgo(10))));
  await servers.splice(servers.indexOf(first), 1)[0]?.stop();
  const again = await started(100_000_000, folder);
  await until(async () => (await again.send('GET', '/health/ready')).status === 200);
  expect(await metric(again, 'lockstep_memory_events')).toBe(30_000);
  expect(await ask(again)).toEqual(['30000', '2500', '0']);
  expect(await metric(again, 'lockstep_queries_total')).toBe(0);
});
