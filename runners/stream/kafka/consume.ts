/** Topics to the store. Where to read next is the store's word, not the broker's: what was committed there is never counted twice. */
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Source } from '../../../compiler/catalog.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { ReadMessage } from '../schemas/framed.ts';
import { beginning } from '../store/beginning.ts';
import { afterLoss } from '../store/history.ts';
import type { KeptStore } from '../store/kept.ts';
import { positionKey } from '../store/state.ts';
import { keptBy, patiently } from './completeness.ts';
import { messageOf } from './message.ts';

export interface Consuming {
  /** By topic and partition: messages that the broker has and the store does not, as of the last delivery. */
  readonly lag: () => ReadonlyMap<string, bigint>;
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
  failed,
}: ConsumeParts): Promise<Consuming> {
  const byTopic = new Map(sources.flatMap((source) => (source.topic === null ? [] : [[source.topic, source] as const])));
  const unknown = await sourcesWithUnknownHistory(kafka, byTopic, store, say);
  const heartbeatInterval = sessionTimeout / 5;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout,
    heartbeatInterval,
    maxBytesPerPartition: 4_000_000,
  });
  const lag = new Map<string, bigint>();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => seekToKept(consumer, store, payload.memberAssignment));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) failed(payload.error);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...byTopic.keys()], fromBeginning: true });
  await consumer.run({
    // As many as there are, so that a turn has something of each.
    partitionsConsumedConcurrently: 64,
    eachBatch: async ({ batch, heartbeat }: EachBatchPayload) => {
      const source = byTopic.get(batch.topic);
      if (source === undefined) return;
      const { topic, partition } = batch;
      const next = BigInt(batch.lastOffset()) + 1n;
      // Of a partition that was never read everything is expected, but where its beginning was gone before anything was read.
      const begins = unknown.get(source.name)?.partitions.has(partition) === true;
      await noteFirst(unknown, source, partition, batch.messages[0]?.timestamp, store);
      const expected = store.state().positions.get(positionKey(topic, partition))?.next ?? 0n;
      if (!begins && BigInt(batch.firstOffset() ?? expected) > expected && (await isForgotten(kafka, topic, partition, expected)))
        await noteLoss(store, source, BigInt(batch.messages[0]?.timestamp ?? Date.now()) * 1000n, say);
      const messages = await alive(Promise.all(batch.messages.map((message) => messageOf(read, message))), heartbeat, heartbeatInterval);
      await ingest.messages(source, { topic, partition, messages, next });
      lag.set(positionKey(topic, partition), BigInt(batch.highWatermark) - next);
      await heartbeat();
    },
  });
  return { lag: () => lag, stop: () => consumer.disconnect() };
}

/** A schema registry may be away for long; the broker must not take the consumer for dead meanwhile. */
async function alive<T>(work: Promise<T>, heartbeat: () => Promise<void>, every: number): Promise<T> {
  // What a heartbeat fails of, the next one outside of this fails of, too.
  const beating = setInterval(() => void heartbeat().catch(() => {}), every);
  return work.finally(() => clearInterval(beating));
}

/** Partitions of which the broker has forgotten the beginning, until their first message says from when on they are whole. */
type UnknownHistory = Map<string, { readonly partitions: Set<number>; since: bigint }>;

async function sourcesWithUnknownHistory(
  kafka: Kafka,
  byTopic: ReadonlyMap<string, Source>,
  store: KeptStore,
  say: ConsumeParts['say'],
): Promise<UnknownHistory> {
  const unknown: UnknownHistory = new Map();
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const [topic, source] of byTopic) {
      const kept = await keptBy(admin, topic);
      if ((store.state().sources.get(source.name)?.history.topicSince ?? null) !== null) {
        // Nothing may be left whose delivery would tell.
        if (kept.kind === 'since' && (await allIsForgotten(admin, topic, store)))
          await noteLoss(store, source, BigInt(Date.now()) * 1000n, say);
        continue;
      }
      if (kept.kind === 'since') unknown.set(source.name, { partitions: new Set(kept.partitions), since: beginning });
      else await noteTopic(store, source, kept.kind === 'everything' ? beginning : BigInt(Date.now()) * 1000n);
    }
  } finally {
    await admin.disconnect();
  }
  return unknown;
}

async function noteFirst(
  unknown: UnknownHistory,
  source: Source,
  partition: number,
  timestamp: string | undefined,
  store: KeptStore,
): Promise<void> {
  const of = unknown.get(source.name);
  if (of === undefined || timestamp === undefined || !of.partitions.delete(partition)) return;
  const from = BigInt(timestamp) * 1000n;
  if (from > of.since) of.since = from;
  if (of.partitions.size > 0) return;
  unknown.delete(source.name);
  await noteTopic(store, source, of.since);
}

/** Whether the broker has deleted what was not read yet. Offsets also leave gaps where transactions end and where a topic is compacted. */
async function isForgotten(kafka: Kafka, topic: string, partition: number, next: bigint): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if ((await keptBy(admin, topic)).kind === 'newest of each key') return false;
    return (await patiently(() => admin.fetchTopicOffsets(topic))).some((of) => of.partition === partition && BigInt(of.low) > next);
  } finally {
    await admin.disconnect();
  }
}

/** Whether of some partition that has nothing any more not everything was read. */
async function allIsForgotten(admin: Admin, topic: string, store: KeptStore): Promise<boolean> {
  const { positions } = store.state();
  return (await patiently(() => admin.fetchTopicOffsets(topic))).some(
    ({ partition, low, high }) => low === high && BigInt(low) > (positions.get(positionKey(topic, partition))?.next ?? 0n),
  );
}

/** `since`: when the broker got the first message that is left. */
async function noteLoss(store: KeptStore, source: Source, since: bigint, say: ConsumeParts['say']): Promise<void> {
  say(`${source.name}: the topic has forgotten messages that were not read`);
  await store.setHistory(source.name, (known) => afterLoss(known, since));
}

function noteTopic(store: KeptStore, source: Source, topicSince: bigint): Promise<void> {
  return store.setHistory(source.name, (known) => ({ ...known, topicSince }));
}

/** As the library names the oldest message that the broker has. */
const oldest = '-2';

/** After a crash the group may be behind the store, after a restored backup ahead of it, and a new store knows nothing of what the group has read. */
function seekToKept(consumer: Consumer, store: KeptStore, assigned: Readonly<Record<string, readonly number[]>>): void {
  const { positions } = store.state();
  for (const [topic, partitions] of Object.entries(assigned))
    for (const partition of partitions) {
      const kept = positions.get(positionKey(topic, partition));
      consumer.seek({ topic, partition, offset: kept === undefined ? oldest : String(kept.next) });
    }
}
