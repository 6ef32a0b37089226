/** Identities of the newest events that are stored, of which their time is a part: most of what arrives is compared with them alone, and not with the table. */
import { beginning } from './beginning.ts';

export interface RecentIdentities {
  /** Every stored event that is dated then or later is in here; microseconds. */
  readonly since: () => bigint;
  readonly has: (identity: string, time: bigint) => boolean;
  /** One that is older than `since` is not kept. */
  readonly add: (identity: string, time: bigint) => void;
}

const mostIdentities = 100_000;
/** Microseconds of one bucket. The oldest bucket is forgotten first: one event that is dated far ahead does not push out the others. */
const width = 1_000_000n;

/** `newest`: the store has no event that is dated later; null: it has none. */
export function openRecent(newest: bigint | null, most: number = mostIdentities): RecentIdentities {
  const buckets = new Map<bigint, Set<string>>();
  let size = 0;
  let since = newest === null ? beginning : newest + 1n;
  const forgetOldest = (): void => {
    for (const id of [...buckets.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      if (size <= most / 2) return;
      size -= buckets.get(id)?.size ?? 0;
      buckets.delete(id);
      since = (id + 1n) * width;
    }
  };
  return {
    since: () => since,
    has: (identity, time) => buckets.get(time / width)?.has(identity) ?? false,
    add: (identity, time) => {
      if (time < since) return;
      const id = time / width;
      const known = buckets.get(id) ?? new Set();
      if (known.has(identity)) return;
      if (known.size === 0) buckets.set(id, known);
      known.add(identity);
      size += 1;
      if (size > most) forgetOldest();
    },
  };
}
