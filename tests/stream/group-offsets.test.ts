/** What the broker is told of the group: where the store is, of what this consumer has. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { tellGroupOffsets } from '../../runners/stream/kafka/group-offsets.ts';
import type { Position } from '../../runners/stream/store/state.ts';

const at = (...next: readonly number[]): ReadonlyMap<string, Position> =>
  new Map(next.map((n, partition) => [`t/${partition}`, { source: 's', topic: 't', partition, next: BigInt(n), latest: null }]));

function opened(every: number, answer: () => Promise<void> = async () => {}) {
  const told: string[][] = [];
  const store = { positions: at() };
  const consumer = {
    commitOffsets: async (offsets: readonly { readonly partition: number; readonly offset: string }[] = []) => {
      told.push(offsets.map(({ partition, offset }) => `${partition}:${offset}`));
      await answer();
    },
  };
  return { told, store, offsets: tellGroupOffsets(consumer, () => store.positions, every) };
}

describe('offsets of the group', () => {
  test('are told now and then, and at the end, as far as they moved and are its own', async () => {
    const { told, store, offsets } = opened(20);
    store.positions = at(3, 4, 5);
    offsets.assigned({ t: [0, 2, 7] });
    await expect.poll(() => told).toEqual([['0:3', '2:5']]);
    await pause(100);
    expect(told.length).toBe(1);
    store.positions = at(3, 9, 6);
    await offsets.close();
    expect(told).toEqual([['0:3', '2:5'], ['2:6']]);
    store.positions = at(10, 10, 10);
    await pause(100);
    expect(told.length).toBe(2);
  });

  test('what was not taken is told again, and so is everything to a group that was formed anew', async () => {
    let refused = true;
    const { told, store, offsets } = opened(10, async () => {
      if (refused) throw new Error('the group is rebalancing');
    });
    store.positions = at(3);
    offsets.assigned({ t: [0] });
    await expect.poll(() => told.length).toBeGreaterThan(1);
    refused = false;
    await pause(60);
    const before = told.length;
    offsets.assigned({ t: [0] });
    await expect.poll(() => told.length).toBe(before + 1);
    await offsets.close();
    expect(new Set(told.flat())).toEqual(new Set(['0:3']));
  });

  test('a broker that does not answer is not waited for at the end', async () => {
    const { store, offsets } = opened(30, () => new Promise(() => {}));
    store.positions = at(3);
    offsets.assigned({ t: [0] });
    await pause(50);
    await expect(Promise.race([offsets.close().then(() => 'closed'), pause(2_000).then(() => 'waits')])).resolves.toBe('closed');
  });
});
