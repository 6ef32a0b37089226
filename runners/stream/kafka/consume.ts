/** Topics to the store. Where to read next is the store's word, not the broker's: what was committed there is never counted twice. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EachBatchPayload, Kafka } from 'kafkajs';
import type { Source } from '../../../compiler/catalog.ts';
import { UsageError } from '../../usage-error.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { ReadMessage } from '../schemas/framed.ts';
import type { KeptStore } from '../store/kept.ts';
import { positionKey } from '../store/state.ts';
import { type Backlog, type Found, openBacklog, type PartitionEnds } from './backlog.ts';
import { catchUp, everySecond } from './catch-up.ts';
import { endsOf, keptBy, withAdmin } from './completeness.ts';
import { tellGroupOffsets } from './group-offsets.ts';
import { messageOf } from './message.ts';
import { openTopicHistory } from './topic-history.ts';
import { openUnderWay } from './under-way.ts';

export interface Consuming {
  /** By topic and partition: messages that the broker has and the store does not, as of the last delivery. */
  readonly lag: () => ReadonlyMap<string, bigint>;
  /** Of what the source's topic had at the beginning, messages that are still to be read; null: not known yet. */
  readonly left: (source: Source) => bigint | null;
  readonly stop: () => Promise<void>;
}

export interface ConsumeParts {
  readonly kafka: Kafka;
  /** Each replica has its own: all of them read everything. */
  readonly group: string;
  readonly sources: readonly Source[];
  readonly store: KeptStore;
  readonly ingest: Ingest;
  readonly read: ReadMessage;
  readonly sessionTimeout: number;
  /** What an operator must know. */
  readonly say: (event: string) => void;
  /** How far it is with what was there at the beginning; now and then. */
  readonly progress: (left: bigint) => void;
  readonly failed: (error: Error) => void;
}

export async function consume({
  kafka,
  group,
  sources,
  store,
  ingest,
  read,
  sessionTimeout,
  say,
  progress,
  failed,
}: ConsumeParts): Promise<Consuming> {
  const byTopic = new Map(sources.flatMap((source) => (source.topic === null ? [] : [[source.topic, source] as const])));
  const topics = [...byTopic.keys()];
  const history = await openTopicHistory(kafka, byTopic, store, say);
  const keptIn = (topic: string, partition: number) => store.inFile().positions.get(positionKey(topic, partition));
  // Where a partition begins, as the broker said it last.
  const lows = new Map<string, bigint>();
  const ends = async () => {
    const of = await withAdmin(kafka, async (admin) => (await Promise.all(topics.map((topic) => endsOf(admin, topic)))).flat());
    for (const { topic, partition, low } of of) lows.set(positionKey(topic, partition), low);
    return of;
  };
  const backlog = openBacklog(ends, (topic, partition) => keptIn(topic, partition)?.next ?? 0n);
  // Partitions that have deleted what was not read, until it is known from when on they have the rest.
  const holes = new Set<string>();
  const look = async (): Promise<void> => {
    const { forgotten, cut } = await steady(backlog);
    if (cut[0] !== undefined) throw madeAnew(cut[0]);
    for (const { topic, partition, low, high } of forgotten) {
      const source = byTopic.get(topic);
      if (source === undefined || (store.state().sources.get(source.name)?.history.topicSince ?? null) === null) continue;
      if ((await withAdmin(kafka, (admin) => keptBy(admin, topic))).kind === 'newest of each key') continue;
      if (low < high) {
        holes.add(positionKey(topic, partition));
        continue;
      }
      const at = BigInt(Date.now()) * 1000n;
      await history.lost(source, at);
      // So that it is lost once, and not again at every start.
      await store.commit([{ source: source.name, at, rows: [], from: { topic, partition, rejected: [], next: low } }]);
    }
  };
  await look();
  const heartbeatInterval = sessionTimeout / 5;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout,
    heartbeatInterval,
    maxBytesPerPartition: 4_000_000,
    // Whoever stops it waits for the fetch that is under way.
    maxWaitTimeInMs: 500,
  });
  const lag = new Map<string, bigint>();
  const underWay = openUnderWay();
  const groupOffsets = tellGroupOffsets(consumer, () => store.inFile().positions);
  const watch = catchUp({ look, backlog, topics, say, progress, failed });
  // After a crash the group may be behind the store, after a restored backup ahead of it, and of a new store it knows nothing.
  const seekToKept = (topic: string, partition: number): void => {
    const from = keptIn(topic, partition)?.next ?? lows.get(positionKey(topic, partition)) ?? 0n;
    consumer.seek({ topic, partition, offset: String(from) });
  };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    underWay.forget();
    for (const [topic, partitions] of Object.entries(payload.memberAssignment))
      for (const partition of partitions) seekToKept(topic, partition);
    groupOffsets.assigned(payload.memberAssignment);
    backlog.assigned(payload.memberAssignment);
    const elsewhere = backlog.elsewhere();
    if (elsewhere > 0)
      say(
        `another consumer of the group ${group} has ${elsewhere} partitions: what reads them is not answered. Each server needs its own --group; one that was killed counts until KAFKA_SESSION_TIMEOUT_MS is over`,
      );
    watch.begin();
  });
  // Also told of what is handed to nobody: the ends of transactions.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    const source = byTopic.get(topic);
    if (batchSize > 0 || source === undefined) return;
    const key = positionKey(topic, partition);
    const emptied = async (): Promise<void> => {
      if (holes.delete(key)) await history.lost(source, BigInt(Date.now()) * 1000n);
      if (await underWay.settled(key)) backlog.reached(topic, partition, BigInt(lastOffset) + 1n);
    };
    emptied().catch(failed);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) failed(payload.error);
  });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    // A round trip after each batch, and the store's word is what counts.
    autoCommit: false,
    // As many as there are, so that a turn has something of each.
    partitionsConsumedConcurrently: 64,
    eachBatch: async ({ batch, heartbeat, isStale }: EachBatchPayload) => {
      const source = byTopic.get(batch.topic);
      // It was fetched before a commit failed, and comes again after what is missing.
      if (source === undefined || isStale()) return;
      const begun = performance.now();
      const { topic, partition } = batch;
      const key = positionKey(topic, partition);
      const next = BigInt(batch.lastOffset()) + 1n;
      const after = underWay.after(key);
      const [first] = batch.messages;
      const begins = await history.first(source, partition, first?.timestamp);
      // Of a partition that was never read everything is expected, but where its beginning was gone before anything was read.
      const expected = after ?? keptIn(topic, partition)?.next ?? 0n;
      const skips = !begins && BigInt(batch.firstOffset() ?? expected) > expected;
      if (holes.delete(key) || (skips && (await isForgotten(kafka, topic, partition, expected))))
        await history.lost(source, BigInt(first?.timestamp ?? Date.now()) * 1000n);
      const messages = await alive(Promise.all(batch.messages.map((message) => messageOf(read, message))), heartbeat, heartbeatInterval);
      const handed = await ingest.messages(source, { topic, partition, messages, next, after });
      const committed = handed.committed.then(() => {
        lag.set(key, BigInt(batch.highWatermark) - next);
        backlog.reached(topic, partition, next);
      });
      underWay.hand(key, { next, bytes: bytesOf(batch.messages), committed }, () => seekToKept(topic, partition));
      // While the store cannot be written, each commit is waited for: the library asks again less and less often.
      if (ingest.trouble() !== null || underWay.bytes() > mostBytesUnderWay) await committed;
      await heartbeat();
      const early = begun + betweenFetches - performance.now();
      if (early > 0) await pause(early);
    },
  });
  return {
    lag: () => lag,
    left: ({ topic }) => (topic === null ? 0n : backlog.left(topic)),
    stop: async () => {
      watch.end();
      await underWay.allSettled();
      await groupOffsets.close();
      await consumer.disconnect();
      await underWay.allSettled();
    },
  };
}

/** More than that is committed before the broker is asked for more: a backlog must not fill the memory. */
const mostBytesUnderWay = 1_000_000;

/** What a message takes beside its key and its value, about. */
const bytesAround = 100;

function bytesOf(messages: EachBatchPayload['batch']['messages']): number {
  return messages.reduce((sum, { key, value }) => sum + bytesAround + (key?.length ?? 0) + (value?.length ?? 0), 0);
}

/** Milliseconds from one fetch to the next, at least: a fetch of few messages costs nearly what one of many does. */
const betweenFetches = 5;

/** A leader that was just chosen may not know its end yet. */
async function steady(backlog: Backlog): Promise<Found> {
  const found = await backlog.look();
  if (found.cut.length === 0) return found;
  await pause(3 * everySecond);
  const again = await backlog.look();
  return { forgotten: [...found.forgotten, ...again.forgotten], cut: again.cut };
}

function madeAnew({ topic, partition, high }: PartitionEnds): UsageError {
  return new UsageError(
    `${topic}: partition ${partition} ends at offset ${high}, and the store has read beyond: the topic was made anew, or has lost its end`,
    'move the store away; the topics, or `lockstep backfill`, fill a new one',
  );
}

/** A schema registry may be away for long; the broker must not take the consumer for dead meanwhile. */
async function alive<T>(work: Promise<T>, heartbeat: () => Promise<void>, every: number): Promise<T> {
  // What a heartbeat fails of, the next one outside of this fails of, too.
  const beating = setInterval(() => void heartbeat().catch(() => {}), every);
  return work.finally(() => clearInterval(beating));
}

/** Whether the broker has deleted what was not read yet. Offsets also leave gaps where transactions end and where a topic is compacted. */
function isForgotten(kafka: Kafka, topic: string, partition: number, next: bigint): Promise<boolean> {
  return withAdmin(kafka, async (admin) => {
    if ((await keptBy(admin, topic)).kind === 'newest of each key') return false;
    return (await endsOf(admin, topic)).some((of) => of.partition === partition && of.low > next);
  });
}
