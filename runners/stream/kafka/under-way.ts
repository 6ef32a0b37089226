/**
 * What was handed over and is not committed yet, by partition. A broker is asked for more meanwhile; when a commit fails, the partition is read
 * again from where the store is.
 */
export interface UnderWay {
  /** What is handed over next follows this offset; null: it follows what the store has. */
  readonly after: (key: string) => bigint | null;
  /** `again`: the commit has failed, and nothing that was handed over later will succeed. */
  readonly hand: (key: string, handed: Handed, again: () => void) => void;
  /** The partition is read from where the store is. */
  readonly forget: () => void;
  /** Whether everything of the partition that was handed over so far is committed. */
  readonly settled: (key: string) => Promise<boolean>;
  readonly allSettled: () => Promise<void>;
  /** Of all partitions. */
  readonly bytes: () => number;
}

export interface Handed {
  /** The offset after its last message. */
  readonly next: bigint;
  readonly bytes: number;
  readonly committed: Promise<void>;
}

interface Last {
  readonly next: bigint;
  readonly settled: Promise<boolean>;
  failed: boolean;
}

export function openUnderWay(): UnderWay {
  const lasts = new Map<string, Last>();
  const open = new Set<Promise<boolean>>();
  let bytes = 0;
  return {
    after: (key) => {
      const last = lasts.get(key);
      return last === undefined || last.failed ? null : last.next;
    },
    hand: (key, { next, bytes: more, committed }, again) => {
      bytes += more;
      const settled = committed
        .then(
          () => true,
          () => {
            // A later one is cut off by this one's failure, and comes here then.
            if (lasts.get(key) === last) {
              last.failed = true;
              again();
            }
            return false;
          },
        )
        .finally(() => {
          bytes -= more;
          open.delete(settled);
        });
      const last: Last = { next, settled, failed: false };
      lasts.set(key, last);
      open.add(settled);
    },
    forget: () => lasts.clear(),
    settled: (key) => lasts.get(key)?.settled ?? Promise.resolve(true),
    allSettled: async () => void (await Promise.all(open)),
    bytes: () => bytes,
  };
}
