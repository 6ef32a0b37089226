/** What the broker is told of how far the group is. Nothing here depends on it: it is for those who watch the group. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { type Position, positionKey } from '../store/state.ts';

export interface GroupOffsets {
  /** All that this consumer has now. */
  readonly assigned: (partitions: Readonly<Record<string, readonly number[]>>) => void;
  /** Tells it once more; a broker that is away is not waited for. */
  readonly close: () => Promise<void>;
}

const everySecond = 1_000;

/** `positions`: those of the store. */
export function tellGroupOffsets(
  { commitOffsets }: Pick<Consumer, 'commitOffsets'>,
  positions: () => ReadonlyMap<string, Position>,
  every = everySecond,
): GroupOffsets {
  let mine: readonly (readonly [string, number])[] = [];
  const told = new Map<string, bigint>();
  let telling: Promise<void> | null = null;
  const tell = async (): Promise<void> => {
    const moved = mine.flatMap(([topic, partition]) => {
      const next = positions().get(positionKey(topic, partition))?.next;
      return next === undefined || told.get(positionKey(topic, partition)) === next ? [] : [{ topic, partition, next }];
    });
    if (moved.length === 0) return;
    await commitOffsets(moved.map(({ topic, partition, next }) => ({ topic, partition, offset: String(next) })));
    for (const { topic, partition, next } of moved) told.set(positionKey(topic, partition), next);
  };
  const begin = (): Promise<void> => {
    telling ??= tell()
      // While a group is rebalanced there is nobody to tell; the next time is soon.
      .catch(() => {})
      .finally(() => {
        telling = null;
      });
    return telling;
  };
  const timer = setInterval(() => void begin(), every).unref();
  return {
    assigned: (partitions) => {
      mine = Object.entries(partitions).flatMap(([topic, of]) => of.map((partition) => [topic, partition] as const));
      told.clear();
    },
    close: async () => {
      clearInterval(timer);
      await Promise.race([(telling ?? Promise.resolve()).then(begin), pause(every)]);
    },
  };
}
