/** Copies of dead letters in a topic of a real broker: what lands there, what does not, and what happens while it is not there. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin, KafkaMessage, Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Broker, startBroker } from './broker.ts';
import { type Process, serveProcess, sourcesOf, taken } from './cluster.ts';

const dead = 'dead-letters.v1';
const secret = 'Rosa Luxemburg';

/** `field`: what the wire is thought to call the amount. */
const sources = (field: string): string => `streams:
  orders:
    warehouse: raw.orders
    topic: orders.v1
    key: order_id
    event_time: ordered_at
    columns:
      order_id: VARCHAR
      buyer: VARCHAR
      amount: { type: "NUMBER(12,2)", topic: ${field} }
      ordered_at: { type: TIMESTAMP_NTZ, unit: ms }
      note: VARCHAR
  people:
    warehouse: raw.people
    topic: people.v1
    key: person_id
    event_time: seen_at
    columns:
      person_id: VARCHAR
      name: { type: VARCHAR, pii: true }
      seen_at: { type: TIMESTAMP_NTZ, unit: ms }
`;
const feature = `/*---
entity: buyer
description: What a buyer spent in a day.
owner: test
every: 1 hour
---*/
SELECT buyer, COUNT(*) AS orders_1d, SUM(amount) AS spent_1d
FROM orders
WHERE ordered_at >= as_of() - INTERVAL '1 day'
GROUP BY buyer
`;
const at = 1_700_000_000_000;
const order = (id: string, amount: unknown, more: object = {}): string =>
  JSON.stringify({ order_id: id, buyer: 'b1', amount, ordered_at: at, note: null, ...more });
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

describe.skipIf(missingParts.includes('kafka'))('a topic of dead letters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-letter-topic-'));
  const [project, store] = [join(folder, 'project'), join(folder, 'store')];
  let broker: Broker;
  let admin: Admin;
  let producer: Producer;
  let server: Process;
  beforeAll(async () => {
    mkdirSync(join(project, 'transforms/features'), { recursive: true });
    writeFileSync(join(project, 'lockstep.yml'), 'name: letters\n');
    writeFileSync(join(project, 'transforms/sources.yml'), sources('amount'));
    writeFileSync(join(project, 'transforms/features/buyer_day.sql'), feature);
    broker = await startBroker();
    [admin, producer] = [broker.kafka.admin(), broker.kafka.producer()];
    await admin.connect();
    await producer.connect();
    await admin.createTopics({ topics: ['orders.v1', 'people.v1'].map((topic) => ({ topic, numPartitions: 1 })), waitForLeaders: true });
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await producer?.disconnect();
    await admin?.disconnect();
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const serve = () => serveProcess(broker.brokers, store, {}, '--project', project, '--dead-letter-topic', dead);
  const makeTopic = () =>
    admin.createTopics({
      topics: [{ topic: dead, numPartitions: 1, configEntries: [{ name: 'max.message.bytes', value: '4000' }] }],
      waitForLeaders: true,
    });
  const send = (topic: string, ...values: readonly string[]) =>
    producer.send({ topic, messages: values.map((value) => ({ key: 'the key', value })) });
  const read = async (source: string): Promise<number> => taken((await sourcesOf(server)).get(source) ?? { source, complete_since: null });
  /** All that the topic has, at least so many. */
  const copies = async (least: number): Promise<readonly KafkaMessage[]> => {
    const found: KafkaMessage[] = [];
    const consumer = broker.kafka.consumer({ groupId: `copies-${Math.random()}` });
    await consumer.connect();
    await consumer.subscribe({ topic: dead, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void found.push(message) });
    await expect.poll(() => found.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(least);
    await consumer.disconnect();
    return found;
  };
  const told = ({ key, value, headers }: KafkaMessage) => ({
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
  });
  const spent = async (): Promise<unknown> => {
    const { body } = await server.post('/features/query', {
      features: ['buyer_day'],
      entities: [{ buyer: 'b1' }],
      as_of: '2023-11-14T22:30:00',
    });
    return (body as { readonly results: readonly { readonly values: Readonly<Record<string, unknown>> }[] }).results[0]?.values[
      'buyer_day'
    ];
  };

  const refusal = (): Promise<string> =>
    serve().then(
      () => 'it served',
      (thrown: Error) => thrown.message,
    );

  test('a source whose topic is not there is refused by the brokers, and that is no bug', async () => {
    writeFileSync(join(project, 'transforms/sources.yml'), sources('amount').replace('orders.v1', 'orders.v9'));
    await makeTopic();
    const said = await refusal();
    expect(said).toContain('lockstep serve ended with 2');
    expect(said).toContain('error: the brokers failed: This server does not host this topic-partition');
    await admin.deleteTopics({ topics: [dead] });
    await expect.poll(() => admin.listTopics()).not.toContain(dead);
    writeFileSync(join(project, 'transforms/sources.yml'), sources('amount'));
  });

  test('one that is not there is refused', async () => {
    const said = await refusal();
    expect(said).toContain('lockstep serve ended with 2');
    expect(said).toContain(`error: there is no topic ${dead} for dead letters\nhint: make it;`);
  });

  test('a poison message lands there as it came, and says why; of a source with pii nothing but its digest', async () => {
    await makeTopic();
    const person = JSON.stringify({ person_id: 'p1', name: secret, seen_at: 'yesterday' });
    const framed = Buffer.concat([Buffer.of(0, 0, 0, 0, 77), Buffer.from('{}')]);
    await send('orders.v1', order('o1', '1.50'), order('o2', 'much'), '{"order_id":');
    await producer.send({ topic: 'orders.v1', messages: [{ key: null, value: framed }] });
    await send('people.v1', person);
    server = await serve();
    await expect.poll(async () => (await read('orders')) + (await read('people')), { timeout: 30_000 }).toBe(5);
    const found = await copies(4);
    expect(found).toHaveLength(4);
    const of = (offset: number) => {
      const same = found.filter(
        (m) => String(m.headers?.['lockstep.topic']) === 'orders.v1' && String(m.headers?.['lockstep.offset']) === String(offset),
      );
      expect(same).toHaveLength(1);
      return same[0] as KafkaMessage;
    };
    const place = { 'lockstep.source': 'orders', 'lockstep.topic': 'orders.v1', 'lockstep.partition': '0', 'lockstep.outcome': 'rejected' };
    expect(told(of(1))).toEqual({
      key: 'the key',
      value: order('o2', 'much'),
      headers: { ...place, 'lockstep.offset': '1', 'lockstep.reason': 'AMOUNT: this is no NUMBER(12,2)' },
    });
    expect(told(of(2))).toMatchObject({ value: '{"order_id":' });
    expect(of(3).value?.equals(framed)).toBe(true);
    expect(told(of(3))).toMatchObject({ key: null, headers: { 'lockstep.schema': '77' } });
    const people = found.filter((m) => String(m.headers?.['lockstep.source']) === 'people').map(told);
    expect(people).toEqual([
      {
        key: null,
        value: null,
        headers: {
          'lockstep.source': 'people',
          'lockstep.topic': 'people.v1',
          'lockstep.partition': '0',
          'lockstep.offset': '0',
          'lockstep.outcome': 'rejected',
          'lockstep.reason': 'SEEN_AT: no number of ms',
          'lockstep.masked': 'pii',
          'lockstep.sha256': digest(person),
        },
      },
    ]);
    expect(JSON.stringify(found.map(told)) + server.said.join('\n')).not.toContain(secret);
  });

  test('one that is larger than the topic takes goes without its bytes, and holds up no other', async () => {
    const large = order('o3', 'much', { note: 'x'.repeat(5_000) });
    await send('orders.v1', large, order('o4', 'more'));
    const found = (await copies(6)).map(told);
    expect(found).toHaveLength(6);
    const without = found.filter((m) => m.headers['lockstep.masked'] === 'too large');
    expect(without).toMatchObject([{ key: null, value: null, headers: { 'lockstep.offset': '4', 'lockstep.sha256': digest(large) } }]);
    expect(found.filter((m) => m.value === order('o4', 'more'))).toHaveLength(1);
  });

  test('replayed from the files once the declaration is mended: the rows are there', async () => {
    expect(await spent()).toMatchObject({ orders_1d: '1', spent_1d: '1.50' });
    await server.kill('SIGTERM');
    await send('orders.v1', JSON.stringify({ order_id: 'o5', buyer: 'b1', total: '2.25', ordered_at: at }));
    // Another mistake, since an amount that is missing is NULL and no letter.
    writeFileSync(
      join(project, 'transforms/sources.yml'),
      sources('total').replace('ordered_at: { type', 'ordered_at: { topic: placed, type'),
    );
    server = await serve();
    await expect.poll(() => read('orders'), { timeout: 30_000 }).toBe(7);
    expect((await copies(7)).map(told).filter((m) => m.value?.includes('o5'))).toMatchObject([
      { headers: { 'lockstep.reason': 'ORDERED_AT: a required field is missing' } },
    ]);
    await server.kill('SIGTERM');
    writeFileSync(join(project, 'transforms/sources.yml'), sources('total'));
    server = await serve();
    await expect.poll(() => server.get('/health/ready'), { timeout: 30_000 }).toEqual({ status: 'ready' });
    // Those of which the amount was no number have none now.
    expect((await lockstep('dlq', 'replay', 'orders', '--url', server.url)).out).toBe('orders: 4 of 6 letters replayed, 2 stay\n');
    expect(await spent()).toMatchObject({ orders_1d: '5', spent_1d: '3.75' });
    expect(await copies(7)).toHaveLength(7);
  });

  test('the topic goes away: events are taken on, letters wait, and a server that was killed sends them when it is back', async () => {
    await admin.deleteTopics({ topics: [dead] });
    await expect.poll(() => admin.listTopics()).not.toContain(dead);
    await send('orders.v1', '{"lost?', '{"never');
    await send('orders.v1', JSON.stringify({ order_id: 'o6', buyer: 'b1', total: '1', ordered_at: at }));
    const started = Date.now();
    await expect.poll(() => read('orders'), { timeout: 30_000 }).toBe(10);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(await spent()).toMatchObject({ orders_1d: '6', spent_1d: '4.75' });
    const waits = server.said.filter((l) => l.includes('dead letters wait for their topic')).map((l) => JSON.parse(l));
    expect(waits).toMatchObject([{ level: 'error', topic: dead, because: expect.stringMatching(/^the brokers failed: /) }]);
    expect(server.said.join('\n')).not.toMatch(/lost\?|never/);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^lockstep_dead_letters_waiting 2$/m);
    await server.kill('SIGKILL');
    await makeTopic();
    server = await serve();
    const found = (await copies(2)).map(told);
    expect(found.map((m) => m.value).sort()).toEqual(['{"lost?', '{"never']);
    await expect.poll(async () => (await fetch(`${server.url}/metrics`)).text()).toMatch(/^lockstep_dead_letters_waiting 0$/m);
    expect(readFileSync(join(store, 'dead-letters-unsent.ndjson'), 'utf8')).toBe('');
  });

  test('the broker itself goes away: nothing is lost', async () => {
    await send('orders.v1', '{"before');
    await broker.restart();
    await send('orders.v1', '{"after');
    await expect.poll(() => read('orders'), { timeout: 60_000 }).toBe(12);
    const found = await copies(4);
    expect([...new Set(found.map((m) => told(m).value))].sort()).toEqual(['{"after', '{"before', '{"lost?', '{"never']);
  });
});
