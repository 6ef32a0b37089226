/** A topic that has deleted what a server has not read: from then on it does not answer as if it had. Instants are counted by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, type Process, serveProcess, sourcesOf, taken } from './cluster.ts';

const topic = 'auctions.bids.v1';
/** 2026-03-01T12:00:00, in milliseconds. */
const noon = 1_772_366_400_000;
const minute = 60_000;
const text = (at: number, micros = '000'): string => `${new Date(at).toISOString().slice(0, 23)}${micros}`;

describe.skipIf(missingParts.includes('kafka'))('a topic that forgets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-forgotten-'));
  let cluster: Cluster;
  let server: Process | undefined;
  let sent = 0;
  beforeAll(async () => {
    // Messages are as old as they say.
    cluster = await marketplaceCluster(2, () => ({ 'retention.ms': '-1' }));
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Bids on l1, one a minute from then on. */
  const send = async (partition: number, from: number, n: number): Promise<void> => {
    const messages = Array.from({ length: n }, (_, i) => {
      sent += 1;
      const at = from + i * minute;
      const bid = { bid_id: `b${sent}`, listing_id: 'l1', stream_id: null, bidder_id: 1, amount: '1.00', bid_at: at * 1000 };
      return { partition, key: 'k', timestamp: String(at), value: JSON.stringify({ ...bid, ingested_at: text(at) }) };
    });
    await cluster.producer.send({ topic, messages });
  };
  const forgetBefore = async (...offsets: readonly number[]): Promise<void> => {
    const partitions = offsets.map((offset, partition) => ({ partition, offset: String(offset) }));
    // The library does not ask for the leaders itself.
    await cluster.admin.fetchTopicOffsets(topic);
    await cluster.admin.deleteTopicRecords({ topic, partitions });
    const low = async () =>
      (await cluster.admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition).map((p) => Number(p.low));
    await expect.poll(low).toEqual(offsets);
  };
  const begin = async (store: string): Promise<Process> => {
    server = await serveProcess(cluster.broker.brokers, join(folder, store));
    return server;
  };
  const end = async (): Promise<void> => {
    expect(await server?.kill('SIGTERM')).toBe(0);
    server = undefined;
  };
  const bids = async (of: Process) => (await sourcesOf(of)).get('bids') ?? { source: 'bids', complete_since: null };
  /** Before it has caught up nothing is complete. */
  const ready = (of: Process) => expect.poll(() => of.get('/health/ready'), { timeout: 30_000 }).toEqual({ status: 'ready' });
  const read = async (of: Process, n: number): Promise<void> => {
    await expect.poll(async () => taken(await bids(of)), { timeout: 30_000 }).toBe(n);
    await ready(of);
  };
  /** Bids of ten minutes, or what is said instead. */
  const ask = async (of: Process, asOf: string): Promise<unknown> => {
    const { body } = await of.post('/features/query', {
      features: ['listing_bid_velocity'],
      entities: [{ listing_id: 'l1' }],
      as_of: asOf,
    });
    const { type, results } = body as {
      readonly type?: string;
      readonly results?: readonly { readonly values: { readonly listing_bid_velocity: { readonly bids_10m: string } } }[];
    };
    return type ?? results?.[0]?.values.listing_bid_velocity.bids_10m;
  };
  const lossSaid = (of: Process): number =>
    of.said.filter((l) => l.includes('bids: the topic has forgotten messages that were not read')).length;

  test('what it had not read ends the completeness, from the first message on that is left in every partition', async () => {
    const first = await begin('left');
    // The second partition has nothing yet.
    await send(0, noon, 10);
    await read(first, 10);
    expect(await ask(first, text(noon + 10 * minute))).toBe('10');
    expect((await bids(first)).complete_since).toBe('0001-01-01T00:00:00.000000');
    await end();
    await send(0, noon + 10 * minute, 10);
    await send(1, noon + 10 * minute, 10);
    // Left: at 12:13 and later in one partition, at 12:16 and later in the other, of which nothing was ever read.
    await forgetBefore(13, 6);
    const second = await begin('left');
    await read(second, 10 + 7 + 4);
    expect(lossSaid(second)).toBeGreaterThan(0);
    // A clock may have been 30 seconds ahead.
    const since = noon + 16 * minute + 30_000;
    expect((await bids(second)).complete_since).toBe(text(since));
    expect(await ask(second, text(noon + 10 * minute))).toBe('HISTORY_INCOMPLETE');
    expect(await ask(second, text(since + 10 * minute - 1, '999'))).toBe('HISTORY_INCOMPLETE');
    // At 12:17, 12:18 and 12:19, of both.
    expect(await ask(second, text(since + 10 * minute))).toBe('6');
    await end();
    // And with the other partition as the one that has lost more, since nobody knows which is read first.
    await send(0, noon + 20 * minute, 5);
    await send(1, noon + 20 * minute, 5);
    await forgetBefore(23, 11);
    const third = await begin('left');
    await read(third, 21 + 2 + 4);
    expect((await bids(third)).complete_since).toBe(text(noon + 23 * minute + 30_000));
    expect(await ask(third, text(noon + 33 * minute + 30_000))).toBe('2');
    await end();
  });

  test('nothing is left that would tell: it is known at the start', async () => {
    const first = await begin('nothing');
    await read(first, 6);
    await end();
    await send(0, noon + 25 * minute, 5);
    await forgetBefore(30, 15);
    const before = Date.now();
    const second = await begin('nothing');
    await ready(second);
    expect(lossSaid(second)).toBe(1);
    const since = Date.parse(`${(await bids(second)).complete_since?.slice(0, 23)}Z`) - 30_000;
    expect(since >= before && since <= Date.now()).toBe(true);
    expect(await ask(second, text(noon + 40 * minute))).toBe('HISTORY_INCOMPLETE');
    await end();
  });

  test('what it had read may go: nothing is said, and answers go on', async () => {
    const first = await begin('read');
    await send(0, noon + 30 * minute, 5);
    await send(1, noon + 30 * minute, 5);
    await read(first, 10);
    // What had gone before anything was read is no loss.
    expect(lossSaid(first)).toBe(0);
    const complete = (await bids(first)).complete_since;
    expect(complete).toBe(text(noon + 30 * minute + 30_000));
    await end();
    await forgetBefore(35, 20);
    const second = await begin('read');
    await send(0, noon + 50 * minute, 1);
    await read(second, 11);
    expect([lossSaid(second), (await bids(second)).complete_since]).toEqual([0, complete]);
    expect(await ask(second, text(noon + 40 * minute, '000'))).toBe('HISTORY_INCOMPLETE');
    expect(await ask(second, text(noon + 41 * minute))).toBe('8');
    await end();
  });

  test('a new store reads from the oldest message on, wherever its group had been', async () => {
    await send(0, noon + 51 * minute, 3);
    const group = ['--group', 'the same'];
    for (const store of ['one', 'two']) {
      server = await serveProcess(cluster.broker.brokers, join(folder, store), {}, ...group);
      await read(server, 4);
      await end();
    }
  });
});
