/** Topics to the store. Where to read next is the store's word, not the broker's: what was committed there is never counted twice. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Source } from '../../../compiler/catalog.ts';
import { UsageError } from '../../usage-error.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { ReadMessage } from '../schemas/framed.ts';
import type { KeptStore } from '../store/kept.ts';
import { positionKey } from '../store/state.ts';
import { type Backlog, type Found, openBacklog, type PartitionEnds } from './backlog.ts';
import { endsOf, keptBy, withAdmin } from './completeness.ts';
import { messageOf } from './message.ts';
import { openTopicHistory } from './topic-history.ts';

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
  const keptIn = (topic: string, partition: number) => store.state().positions.get(positionKey(topic, partition));
  const ends = () => withAdmin(kafka, async (admin) => (await Promise.all(topics.map((topic) => endsOf(admin, topic)))).flat());
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
  const watch = catchUp({ look, backlog, topics, say, progress, failed });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    seekToKept(consumer, store, payload.memberAssignment);
    backlog.assigned(payload.memberAssignment);
    const elsewhere = backlog.elsewhere();
    if (elsewhere > 0)
      say(
        `another consumer of the group ${group} has ${elsewhere} partitions: what reads them is not answered. Each server needs its own --group; one that was killed counts until KAFKA_SESSION_TIMEOUT_MS is over`,
      );
    watch.begin();
  });
  // Also told of what is handed to nobody: the ends of transactions.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
    const source = byTopic.get(topic);
    const emptied = holes.delete(positionKey(topic, partition)) && source !== undefined;
    const noted = emptied ? history.lost(source, BigInt(Date.now()) * 1000n) : Promise.resolve();
    noted.then(() => backlog.reached(topic, partition, BigInt(lastOffset) + 1n)).catch(failed);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) failed(payload.error);
  });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    // As many as there are, so that a turn has something of each.
    partitionsConsumedConcurrently: 64,
    eachBatch: async ({ batch, heartbeat }: EachBatchPayload) => {
      const source = byTopic.get(batch.topic);
      if (source === undefined) return;
      const { topic, partition } = batch;
      const key = positionKey(topic, partition);
      const next = BigInt(batch.lastOffset()) + 1n;
      const [first] = batch.messages;
      const begins = await history.first(source, partition, first?.timestamp);
      // Of a partition that was never read everything is expected, but where its beginning was gone before anything was read.
      const expected = keptIn(topic, partition)?.next ?? 0n;
      const skips = !begins && BigInt(batch.firstOffset() ?? expected) > expected;
      if (holes.delete(key) || (skips && (await isForgotten(kafka, topic, partition, expected))))
        await history.lost(source, BigInt(first?.timestamp ?? Date.now()) * 1000n);
      const messages = await alive(Promise.all(batch.messages.map((message) => messageOf(read, message))), heartbeat, heartbeatInterval);
      await ingest.messages(source, { topic, partition, messages, next });
      lag.set(key, BigInt(batch.highWatermark) - next);
      await heartbeat();
    },
  });
  return {
    lag: () => lag,
    left: ({ topic }) => (topic === null ? 0n : backlog.left(topic)),
    stop: async () => {
      watch.end();
      await consumer.disconnect();
    },
  };
}

interface CatchingUp {
  readonly look: () => Promise<void>;
  readonly backlog: Backlog;
  readonly topics: readonly string[];
  readonly say: ConsumeParts['say'];
  readonly progress: ConsumeParts['progress'];
  readonly failed: ConsumeParts['failed'];
}

const everySecond = 1_000;

/** Looks again while something is left, and for as long as the broker cannot be asked. */
function catchUp({ look, backlog, topics, say, progress, failed }: CatchingUp): { readonly begin: () => void; readonly end: () => void } {
  let ended = false;
  let running = false;
  const lookAgain = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      if (error instanceof UsageError) throw error;
      say('the broker does not say where its topics end');
    }
  };
  const left = (): bigint | null =>
    topics.reduce<bigint | null>((sum, topic) => {
      const of = backlog.left(topic);
      return sum === null || of === null ? null : sum + of;
    }, 0n);
  const run = async (): Promise<void> => {
    for (let looks = 0; !ended; looks++) {
      await lookAgain();
      const now = left();
      if (now !== null && (now === 0n || looks % 10 === 0)) progress(now);
      if (now === 0n) break;
      await pause(everySecond, undefined, { ref: false });
    }
    // At once, so that whoever begins now is not taken for one who need not.
    running = false;
  };
  return {
    begin: () => {
      if (running) return;
      running = true;
      run().catch(failed);
    },
    end: () => {
      ended = true;
    },
  };
}

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

/** After a crash the group may be behind the store, after a restored backup ahead of it, and of a new store it knows nothing. */
function seekToKept(consumer: Consumer, store: KeptStore, assigned: Readonly<Record<string, readonly number[]>>): void {
  const { positions } = store.state();
  for (const [topic, partitions] of Object.entries(assigned))
    for (const partition of partitions)
      consumer.seek({ topic, partition, offset: String(positions.get(positionKey(topic, partition))?.next ?? earliest) });
}

/** The protocol's word for the first message that is there. */
const earliest = -2;
