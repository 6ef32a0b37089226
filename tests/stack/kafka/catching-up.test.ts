/** A server that begins has a backlog. Until it is read, nothing is answered: what is there so far looks like any other value. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../../examples/marketplace/rows.ts';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import { patiently } from '../../../runners/stream/kafka/completeness.ts';
import { catalog } from '../../marketplace/world.ts';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, type Process, send, serveProcess, sourcesOf } from './cluster.ts';

const topic = catalog.sources.find((s) => s.name === 'chats')?.topic ?? '';
const question = { features: ['stream_chat_activity'], entities: [{ stream_id: 's1' }], as_of: '2026-03-01T20:00:00' };

/** All of one viewer, in the window of the question: each counts one. */
const chats = (from: number, n: number): readonly Row[] =>
  Array.from({ length: n }, (_, i) => ({
    chat_id: `c${from + i}`,
    stream_id: 's1',
    user_id: 7,
    body: 'hi',
    sent_at: '2026-03-01T19:59:00.000000',
    ingested_at: '2026-03-01T19:59:01.000000',
  }));

interface Reply {
  readonly status: number;
  readonly messages: number | undefined;
  readonly type: string | undefined;
}

describe.skipIf(missingParts.includes('kafka'))('catching up', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-catching-up-'));
  let cluster: Cluster;
  let server: Process | undefined;
  beforeAll(async () => {
    cluster = await marketplaceCluster(3);
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = async (store: string, group: string): Promise<Process> => {
    server = await serveProcess(cluster.broker.brokers, join(folder, store), {}, '--group', group);
    return server;
  };
  const end = async (): Promise<void> => {
    await server?.kill('SIGKILL');
    server = undefined;
  };
  afterEach(end);
  const ask = async ({ post }: Process): Promise<Reply> => {
    const { status, body } = await post('/features/query', question);
    const { results, type } = body as { type?: string; results?: readonly { values: { stream_chat_activity: { chats_20m: string } } }[] };
    return { status, type, messages: results === undefined ? undefined : Number(results[0]?.values.stream_chat_activity.chats_20m) };
  };
  const untilAnswered = async (of: Process): Promise<readonly Reply[]> => {
    const replies: Reply[] = [];
    for (const deadline = Date.now() + 60_000; replies.at(-1)?.status !== 200; await pause(5)) {
      replies.push(await ask(of));
      if (Date.now() > deadline) throw new Error(`no answer: ${JSON.stringify(replies.at(-1))} ${of.said.slice(-3).join('\n')}`);
    }
    return replies;
  };

  test('a backlog: refused until all of it is there, then right at once; and again after a kill', async () => {
    await send(cluster, 'chats', chats(0, 60_000));
    const first = await begin('backlog', 'backlog');
    const replies = await untilAnswered(first);
    // Otherwise nothing was to be caught up with.
    expect(replies.length).toBeGreaterThan(3);
    expect(replies.slice(0, -1).filter((r) => r.status !== 503 || r.type !== 'NOT_READY')).toEqual([]);
    expect(replies.at(-1)?.messages).toBe(60_000);
    expect((await sourcesOf(first)).get('chats')?.complete_since).not.toBe(null);
    await end();
    await send(cluster, 'chats', chats(60_000, 30_000));
    const second = await begin('backlog', 'backlog');
    expect((await untilAnswered(second)).at(-1)?.messages).toBe(90_000);
    for (const deadline = Date.now() + 10_000; !second.said.some((line) => line.includes('"caught up"')); await pause(100))
      if (Date.now() > deadline) throw new Error(`its log does not say so: ${second.said.join('\n')}`);
  });

  test('a new store in a group that the broker knows reads from the beginning', async () => {
    const anew = await begin('another', 'backlog');
    expect((await untilAnswered(anew)).at(-1)?.messages).toBe(90_000);
  });

  test('nothing but the end of a transaction is left: that is nothing', async () => {
    const producer = cluster.broker.kafka.producer({ transactionalId: 'one', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const inTransaction = async (rows: readonly Row[], commit: boolean): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: rows.map((row) => onTheWire('chats', row)).map(({ key, value }) => ({ key, value })) });
      await (commit ? transaction.commit() : transaction.abort());
    };
    await inTransaction(chats(90_000, 10), true);
    const one = await begin('backlog', 'backlog');
    expect((await untilAnswered(one)).at(-1)?.messages).toBe(90_010);
    await end();
    // Rows that were taken back, and marks: what is left has no row in it.
    await inTransaction(chats(100_000, 10), false);
    const two = await begin('backlog', 'backlog');
    expect((await untilAnswered(two)).at(-1)?.messages).toBe(90_010);
    await producer.disconnect();
  });

  test('a topic that was made anew ends the server: what comes would be taken for what was read', async () => {
    await cluster.admin.deleteTopics({ topics: [topic] });
    let tried = false;
    for (const deadline = Date.now() + 30_000; ; await pause(300)) {
      const isThere = (await patiently(() => cluster.admin.listTopics())).includes(topic);
      // A broker that is slow says of a second try that there is one already: it is that of the first.
      if (isThere && tried) break;
      tried ||= !isThere;
      if (
        !isThere &&
        (await cluster.admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true }).catch(() => false))
      )
        break;
      if (Date.now() > deadline) throw new Error('the topic was not made again');
    }
    await send(cluster, 'chats', chats(0, 9));
    const failed = await begin('backlog', 'backlog').then(
      () => null,
      (error: unknown) => String(error),
    );
    expect(failed).toMatch(/ended with 2/);
    expect(failed).toMatch(/was made anew, or has lost its end/);
  });
});
