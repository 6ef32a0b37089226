/** Identities of the newest events that are stored: most of what arrives is compared with them alone, and not with the table. */
import { beginning } from './beginning.ts';

export interface RecentIdentities {
  /** Every stored event that is dated then or later is in here; microseconds. */
  readonly since: () => bigint;
  readonly has: (identity: string) => boolean;
  /** One that is older than `since` is not kept. */
  readonly add: (identity: string, time: bigint) => void;
}

const mostIdentities = 100_000;
/** Microseconds of one bucket. The oldest bucket is forgotten first: one event that is dated far ahead does not push out the others. */
const width = 1_000_000n;

/** `newest`: the store has no event that is dated later; null: it has none. */
export function openRecent(newest: bigint | null, most: number = mostIdentities): RecentIdentities {
  const buckets = new Map<bigint, Set<string>>();
  const all = new Set<string>();
  let since = newest === null ? beginning : newest + 1n;
  const forgetOldest = (): void => {
    for (const id of [...buckets.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      if (all.size <= most / 2) return;
      for (const identity of buckets.get(id) ?? []) all.delete(identity);
      buckets.delete(id);
      since = (id + 1n) * width;
    }
  };
  return {
    since: () => since,
    has: (identity) => all.has(identity),
    add: (identity, time) => {
      if (time < since || all.has(identity)) return;
      const id = time / width;
      const known = buckets.get(id);
      if (known === undefined) buckets.set(id, new Set([identity]));
      else known.add(identity);
      all.add(identity);
      if (all.size > most) forgetOldest();
    },
  };
}
