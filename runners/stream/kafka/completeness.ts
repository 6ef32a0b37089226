/** From when on a source's topic has everything: a broker forgets, and a store that began later must know it. */
import type { Admin } from 'kafkajs';

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
  const offsets = await admin.fetchTopicOffsets(topic);
  const cut = offsets.filter(({ low }) => BigInt(low) > 0n).map(({ partition }) => partition);
  return cut.length === 0 ? { kind: 'everything' } : { kind: 'since', partitions: new Set(cut) };
}
