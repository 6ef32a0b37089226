/** From when on the store has what its topics had: noted when it begins to read them, and again when they delete what it had not read. */
import type { Kafka } from 'kafkajs';
import type { Source } from '../../../compiler/catalog.ts';
import { beginning } from '../store/beginning.ts';
import { afterLoss } from '../store/history.ts';
import type { KeptStore } from '../store/kept.ts';
import { keptBy, withAdmin } from './completeness.ts';

export interface TopicHistory {
  /**
   * The first message that comes of a partition; its timestamp in milliseconds, as the broker says it. True: the broker had forgotten the
   * beginning of the partition before anything was read.
   */
  readonly first: (source: Source, partition: number, timestamp: string | undefined) => Promise<boolean>;
  /** What was not read is gone. `since`: what the broker got from then on is there; microseconds. */
  readonly lost: (source: Source, since: bigint) => Promise<void>;
}

export async function openTopicHistory(
  kafka: Kafka,
  byTopic: ReadonlyMap<string, Source>,
  store: KeptStore,
  say: (event: string) => void,
): Promise<TopicHistory> {
  const unknown = await sourcesWithUnknownHistory(kafka, byTopic, store);
  return {
    first: async (source, partition, timestamp) => {
      const of = unknown.get(source.name);
      if (of === undefined || timestamp === undefined || !of.partitions.delete(partition)) return false;
      const from = BigInt(timestamp) * 1000n;
      if (from > of.since) of.since = from;
      if (of.partitions.size > 0) return true;
      unknown.delete(source.name);
      await noteTopic(store, source, of.since);
      return true;
    },
    lost: async (source, since) => {
      say(`${source.name}: the topic has forgotten messages that were not read`);
      await store.setHistory(source.name, (known) => afterLoss(known, since));
    },
  };
}

/** Partitions of which the broker has forgotten the beginning, until their first message says from when on they are whole. */
type UnknownHistory = Map<string, { readonly partitions: Set<number>; since: bigint }>;

async function sourcesWithUnknownHistory(kafka: Kafka, byTopic: ReadonlyMap<string, Source>, store: KeptStore): Promise<UnknownHistory> {
  const unknown: UnknownHistory = new Map();
  await withAdmin(kafka, async (admin) => {
    for (const [topic, source] of byTopic) {
      if ((store.state().sources.get(source.name)?.history.topicSince ?? null) !== null) continue;
      const kept = await keptBy(admin, topic);
      if (kept.kind === 'since') unknown.set(source.name, { partitions: new Set(kept.partitions), since: beginning });
      else await noteTopic(store, source, kept.kind === 'everything' ? beginning : BigInt(Date.now()) * 1000n);
    }
  });
  return unknown;
}

function noteTopic(store: KeptStore, source: Source, topicSince: bigint): Promise<void> {
  return store.setHistory(source.name, (known) => ({ ...known, topicSince }));
}
