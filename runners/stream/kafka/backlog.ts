/**
 * What the topics had when their partitions came to this consumer. Until the store has read it, an answer would be of a part of what
 * was sent, and look like any other.
 */
import { positionKey } from '../store/state.ts';

/** Of a partition: what the broker still has lies from `low` on, before `high`. */
export interface PartitionEnds {
  readonly topic: string;
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
}

export interface Backlog {
  /** Messages of a topic that are still to be read, at most; null: not known yet, or a partition is with another consumer. */
  readonly left: (topic: string) => bigint | null;
  /** Partitions that another consumer of the group has. */
  readonly elsewhere: () => number;
  /** All that this consumer has now. */
  readonly assigned: (partitions: Readonly<Record<string, readonly number[]>>) => void;
  /** The store has what lies before `next`. */
  readonly reached: (topic: string, partition: number, next: bigint) => void;
  /** Asks the broker, and once more while something is left: what it has deleted meanwhile will not come. */
  readonly look: () => Promise<Found>;
}

export interface Found {
  /** Deleted before the store had all of them. */
  readonly forgotten: readonly PartitionEnds[];
  /** They end before what the store has read of them: they were made anew, or the broker has lost their end. */
  readonly cut: readonly PartitionEnds[];
}

interface Partition {
  /** Undefined until the broker has said it. */
  end: bigint | undefined;
  read: bigint;
  mine: boolean;
}

/** `ends`: of all partitions of all topics; `kept`: where the store will read on. */
export function openBacklog(ends: () => Promise<readonly PartitionEnds[]>, kept: (topic: string, partition: number) => bigint): Backlog {
  const topics = new Map<string, Map<number, Partition>>();
  const partitionOf = (topic: string, partition: number): Partition => {
    const of = topics.get(topic) ?? new Map<number, Partition>();
    topics.set(topic, of);
    const known = of.get(partition) ?? { end: undefined, read: kept(topic, partition), mine: false };
    of.set(partition, known);
    return known;
  };
  return {
    left: (topic) => {
      const partitions = topics.get(topic);
      if (partitions === undefined) return null;
      let sum = 0n;
      for (const { end, read, mine } of partitions.values()) {
        if (!mine || end === undefined) return null;
        if (end > read) sum += end - read;
      }
      return sum;
    },
    elsewhere: () => [...topics.values()].flatMap((of) => [...of.values()].filter(({ mine }) => !mine)).length,
    assigned: (assignment) => {
      const now = new Set(Object.entries(assignment).flatMap(([topic, of]) => of.map((partition) => positionKey(topic, partition))));
      for (const [topic, of] of Object.entries(assignment)) for (const partition of of) partitionOf(topic, partition);
      for (const [topic, partitions] of topics)
        for (const [partition, known] of partitions) {
          const mine = now.has(positionKey(topic, partition));
          // Where another consumer was meanwhile, this store has a hole up to what is there now.
          if (mine && !known.mine) known.end = undefined;
          known.mine = mine;
        }
    },
    reached: (topic, partition, next) => {
      const known = partitionOf(topic, partition);
      if (next > known.read) known.read = next;
    },
    look: async () => {
      const asked = new Set([...topics.values()].flatMap((of) => [...of.values()].filter(({ mine }) => mine)));
      const found = { forgotten: [] as PartitionEnds[], cut: [] as PartitionEnds[] };
      for (const of of await ends()) {
        const known = partitionOf(of.topic, of.partition);
        // What came to this consumer while the broker was asked has its end from the next time.
        if (known.mine && asked.has(known)) known.end ??= of.high;
        if (of.high < known.read) found.cut.push(of);
        if (of.low > known.read) {
          known.read = of.low;
          found.forgotten.push(of);
        }
      }
      return found;
    },
  };
}
