/** From when on a source's topic has everything: a broker forgets, and a store that began later must know it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { PartitionEnds } from './backlog.ts';

/** What a topic still has before it is read; `since`: partitions whose beginning is gone. */
export type Kept =
  | { readonly kind: 'everything' }
  | { readonly kind: 'newest of each key' }
  | { readonly kind: 'since'; readonly partitions: ReadonlySet<number> };

export async function keptBy(admin: Admin, topic: string): Promise<Kept> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: topic, configNames: ['cleanup.policy'] }],
  });
  const policy = resources[0]?.configEntries.find((c) => c.configName === 'cleanup.policy')?.configValue ?? '';
  if (policy.includes('compact')) return { kind: 'newest of each key' };
  const cut = (await endsOf(admin, topic)).filter(({ low }) => low > 0n).map(({ partition }) => partition);
  return cut.length === 0 ? { kind: 'everything' } : { kind: 'since', partitions: new Set(cut) };
}

export async function endsOf(admin: Admin, topic: string): Promise<readonly PartitionEnds[]> {
  const offsets = await patiently(() => admin.fetchTopicOffsets(topic));
  return offsets.map(({ partition, low, high }) => ({ topic, partition, low: BigInt(low), high: BigInt(high) }));
}

export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const tries = 40;

/** A partition whose leader is being chosen has none for a moment, and the library's admin does not wait. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await ask();
    } catch (error) {
      if (n === tries || (error as { readonly retriable?: boolean }).retriable !== true) throw error;
      await pause(250);
    }
  }
}
