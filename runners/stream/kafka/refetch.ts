/** Messages from a topic once more, by their places: of sources with pii only the topic has them. */
import type { Kafka } from 'kafkajs';
import { type Bytes, type Place, placeKey } from '../ingest/letters.ts';

/** `group`: for this alone; it is deleted again. What the broker has no more is missing. */
export async function refetch(kafka: Kafka, group: string, places: readonly Place[]): Promise<ReadonlyMap<string, Bytes>> {
  const found = new Map<string, Bytes>();
  for (const topic of new Set(places.map((p) => p.topic))) {
    const wanted = await stillThere(
      kafka,
      topic,
      places.filter((p) => p.topic === topic),
    );
    if (wanted.size > 0) await readFrom(kafka, group, topic, wanted, found);
  }
  return found;
}

/** By partition: offsets in order, as far as the broker has not deleted them. */
type Wanted = Map<number, bigint[]>;

async function stillThere(kafka: Kafka, topic: string, places: readonly Place[]): Promise<Wanted> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(topic)) return new Map();
    const wanted: Wanted = new Map();
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const offsets = places.filter((p) => p.partition === partition && p.offset >= BigInt(low) && p.offset < BigInt(high));
      if (offsets.length > 0)
        wanted.set(
          partition,
          offsets.map((p) => p.offset).sort((a, b) => (a < b ? -1 : 1)),
        );
    }
    return wanted;
  } finally {
    await admin.disconnect();
  }
}

/** Milliseconds without a message: at the end of a topic there may be none in the places asked for. */
const patience = 20_000;

async function readFrom(kafka: Kafka, group: string, topic: string, wanted: Wanted, found: Map<string, Bytes>): Promise<void> {
  const consumer = kafka.consumer({ groupId: group, maxBytesPerPartition: 1_000_000 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((done, failed) => {
      let waited = setTimeout(done, patience);
      consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        for (const partition of payload.memberAssignment[topic] ?? []) {
          const [first] = wanted.get(partition) ?? [];
          if (first === undefined) consumer.pause([{ topic, partitions: [partition] }]);
          else consumer.seek({ topic, partition, offset: String(first) });
        }
      });
      const eachBatch: Parameters<typeof consumer.run>[0] = {
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch }) => {
          const { partition } = batch;
          clearTimeout(waited);
          waited = setTimeout(done, patience);
          const left = wanted.get(partition) ?? [];
          for (const { offset, key, value } of batch.messages) {
            const place = { topic, partition, offset: BigInt(offset) };
            if (left.includes(place.offset)) found.set(placeKey(place), { key, value });
          }
          // Those between were compacted away.
          const rest = left.filter((offset) => offset > BigInt(batch.lastOffset()));
          const [next] = rest;
          if (next === undefined) wanted.delete(partition);
          else wanted.set(partition, rest);
          if (next === undefined) consumer.pause([{ topic, partitions: [partition] }]);
          else consumer.seek({ topic, partition, offset: String(next) });
          if (wanted.size > 0) return;
          clearTimeout(waited);
          done();
        },
      };
      consumer.run(eachBatch).catch(failed);
    });
  } finally {
    await consumer.disconnect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteGroups([group]).catch(() => {});
    await admin.disconnect();
  }
}
