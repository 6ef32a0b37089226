/** What is in memory of the newest identities: it never hides a copy, whatever was forgotten, rolled back or opened again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Value } from '../../compiler/value.ts';
import { type KeptStore, openKept } from '../../runners/stream/store/kept.ts';
import { openRecent } from '../../runners/stream/store/recent.ts';
import { catalog } from '../marketplace/world.ts';

const second = 1_000_000n;

test('who is dated within what is kept is in it, of so many at most', () => {
  const event = fc.record({ id: fc.nat(60).map(String), time: fc.bigInt({ min: -9n, max: 9n }).map((at) => at * 333_333n) });
  fc.assert(
    fc.property(fc.array(event, { minLength: 20, maxLength: 80 }), fc.option(fc.bigInt({ min: -3n, max: 3n })), (events, newest) => {
      const before = newest === null ? null : newest * second;
      const recent = openRecent(before, 10);
      // A store has nothing that is later than its newest event.
      const there = before === null ? [] : [{ id: 'stored', time: before }];
      for (const { id, time } of events) {
        const identity = `${id}/${time}`;
        recent.add(identity, time);
        there.push({ id: identity, time });
        for (const one of there) if (one.time >= recent.since()) expect(recent.has(one.id, one.time)).toBe(true);
      }
      expect(new Set(there.filter(({ id, time }) => recent.has(id, time)).map(({ id }) => id)).size).toBeLessThanOrEqual(10);
    }),
  );
});

test('one that is dated far ahead does not push out the others', () => {
  const recent = openRecent(null, 100);
  recent.add('ahead', 1_000_000n * second);
  for (let i = 0n; i < 1000n; i++) recent.add(`of ${i}`, i * second);
  expect(recent.since()).toBeLessThanOrEqual(951n * second);
  expect(recent.has('of 999', 999n * second)).toBe(true);
});

describe('of a store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-recent-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const sources = catalog.sources.filter((s) => s.name === 'chats' || s.name === 'bids');
  const chat = (i: number, time: number): readonly Value[] => {
    const at = BigInt(time) * second;
    return [`c${i}`, 's', 1n, 'x', at, at];
  };
  const commit = (store: KeptStore, rows: readonly (readonly Value[])[]): Promise<void> =>
    store.commit([{ source: 'chats', at: 0n, rows: rows.map((row) => ({ offset: null, row })), from: null }]);
  const counted = (store: KeptStore): unknown => {
    const { accepted, duplicates } = store.state().sources.get('chats')?.counts ?? {};
    return { accepted, duplicates };
  };

  test('more than memory keeps: copies of the oldest and of the newest are found, before and after it is opened again', async () => {
    const file = join(folder, 'many.duckdb');
    const store = await openKept(file, sources);
    // A thousand a second.
    const all = Array.from({ length: 150_000 }, (_, i) => chat(i, Math.floor(i / 1000)));
    await commit(store, all.slice(0, 75_000));
    await commit(store, all.slice(75_000));
    expect(counted(store)).toEqual({ accepted: 150_000, duplicates: 0 });
    const [oldest, newest] = [all[0], all.at(-1)] as [readonly Value[], readonly Value[]];
    await commit(store, [oldest]);
    await commit(store, [newest]);
    expect(counted(store)).toEqual({ accepted: 150_000, duplicates: 2 });
    // With one that is new, in one turn; and one of an old time that was never there.
    await commit(store, [newest, chat(150_000, 150)]);
    await commit(store, [chat(150_001, 3)]);
    await commit(store, [chat(150_001, 3)]);
    expect(counted(store)).toEqual({ accepted: 150_002, duplicates: 4 });
    await store.close();
    const again = await openKept(file, sources);
    await commit(again, [newest]);
    await commit(again, [chat(150_000, 150), chat(150_002, 151)]);
    await commit(again, [chat(150_002, 151)]);
    expect(counted(again)).toEqual({ accepted: 150_003, duplicates: 7 });
    await again.close();
  });

  test('what was rolled back can come again', async () => {
    const store = await openKept(join(folder, 'rolled.duckdb'), sources);
    const at = 5n * second;
    const noBid = ['b', 'l', null, 'no number', 100n, at, at];
    const both = ['chats', 'bids'].map((source, i) => ({
      source,
      at: 0n,
      rows: [{ offset: null, row: i === 0 ? chat(1, 5) : noBid }],
      from: null,
    }));
    await expect(store.commit(both)).rejects.toThrow();
    await commit(store, [chat(1, 5)]);
    expect(counted(store)).toEqual({ accepted: 1, duplicates: 0 });
    await commit(store, [chat(1, 5)]);
    expect(counted(store)).toEqual({ accepted: 1, duplicates: 1 });
    await store.close();
  });
});
