/** Events in memory when they cannot be relied on: what is too large, too old, too much, fails or differs is left to SQL, and nothing is lost meanwhile. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../compiler/value.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import { openEventIndexes } from '../../runners/stream/event-index/event-indexes.ts';
import { executeLambda, type StoredLambda } from '../../runners/stream/execute.ts';
import type { KeptStore } from '../../runners/stream/store/kept.ts';
import { commit, features, opened, plain, rowOf, second, start, type Tap } from './taps.ts';

describe('when it cannot be relied on', () => {
  test('the state of a commit is shown when those who follow it have it', async () => {
    const { store, indexes } = await opened('turns', 1000);
    const seen: (readonly [bigint, bigint])[] = [];
    store.follow({
      changed: async ([change]) => void seen.push([store.state().sequence, change?.came[1] ?? 0n]),
      takesRows: () => false,
    });
    await commit(store, taps.slice(0, 3));
    expect(seen).toEqual([[1n, 4n]]);
    expect(store.state().sequence).toBe(4n);
    await indexes.close();
    await store.close();
  });

  test('a sum beyond 2^53 of events whose running totals are not: asked of SQL', async () => {
    const { store, indexes } = await opened('beyond', 1000);
    const big = (id: number, value: bigint): readonly Value[] =>
      rowOf({ id, who: 'ann', room: 1, kind: 'a', big: value, price: 1, seen: null, delay: 0 });
    // At 140, 280 and 420 seconds: the first is out of the window.
    await commit(store, [big(1, -(2n ** 53n) + 1n), big(2, 2n), big(3, 2n ** 53n - 1n)]);
    indexes.prepare();
    await indexes.settled();
    const at = (s: number): SpineRow => ({ entity: ['ann'], asOf: start + BigInt(s) * second });
    expect(indexes.answers(lambda('plain'), [at(800)])).toEqual([undefined]);
    expect(plain(indexes.answers(lambda('plain'), [at(300), at(421)])).map((values) => values?.[10])).toEqual([-(2n ** 53n) + 3n, 2n]);
    await indexes.close();
    await store.close();
  });

  const lambda = (name: string): StoredLambda => features.find((f) => f.feature.name === name)?.lambda as StoredLambda;
  const taps = Array.from(
    { length: 40 },
    (_, i): Tap => ({ id: i, who: 'ann', room: 1, kind: 'a', big: 1n, price: i, seen: null, delay: 0 }),
  ).map(rowOf);
  const spine: readonly SpineRow[] = [{ entity: ['ann'], asOf: start + 900n * second }];
  const filled = async (name: string, mostBytes?: number): Promise<Awaited<ReturnType<typeof opened>>> => {
    const found = await opened(name, 1000, mostBytes);
    await commit(found.store, taps);
    found.indexes.prepare();
    await found.indexes.settled();
    return found;
  };

  test('an audit that finds what SQL says changes nothing; one that does not leaves the lambda to SQL', async () => {
    const { store, indexes, gaveUp } = await filled('audit');
    const reader = await store.reader();
    const own = indexes.answers(lambda('plain'), spine);
    expect(own).not.toEqual([undefined]);
    await indexes.audit((of, rows) => executeLambda(reader, of, rows, rows.length));
    expect([gaveUp, indexes.counts().audited]).toEqual([[], 1]);
    expect(indexes.answers(lambda('plain'), spine)).toEqual(own);
    await indexes.audit(async () => [plain(own)[0]?.with(0, 0n) ?? []]);
    expect(gaveUp).toEqual(['plain: differs']);
    expect(indexes.answers(lambda('plain'), spine)).toEqual([undefined]);
    expect(indexes.answers(lambda('extremes'), spine)).not.toEqual([undefined]);
    await indexes.audit(async () => {
      throw new Error('the engine failed');
    });
    expect(gaveUp).toEqual(['plain: differs', 'extremes: failed']);
    expect(indexes.answers(lambda('extremes'), spine)).toEqual([undefined]);
    reader.close();
    await indexes.close();
    await store.close();
  });

  test('more than it may have: the features that look back longest are left to SQL first, and commits go on', async () => {
    const answered = async (name: string, mostBytes: number): Promise<readonly string[]> => {
      const { store, indexes, gaveUp } = await opened(name, 1000, mostBytes);
      // Forty events within ten minutes, and sixty an hour before, for those who look back ten minutes only.
      const old = Array.from({ length: 60 }, (_, i) =>
        rowOf({ id: 100 + i, who: 'ann', room: 1, kind: 'a', big: 1n, price: i, seen: null, delay: 0 }),
      );
      await commit(store, [...taps, ...old.map((row, i) => row.with(7, start - 3200n * second + BigInt(i)).with(8, start))]);
      const asked = ['plain', 'extremes'].map(lambda);
      for (let i = 0; i < 4; i++) {
        for (const one of asked) indexes.answers(one, spine);
        await indexes.settled();
      }
      await commit(store, [rowOf({ id: 99, who: 'ann', room: 1, kind: 'a', big: 1n, price: 1, seen: null, delay: 0 })]);
      expect(store.state().sources.get('taps')?.counts.accepted).toBe(101);
      const found = asked.filter((one) => indexes.answers(one, spine)[0] !== undefined).map((one) => one.artifact.name);
      expect(gaveUp.every((text) => text === 'taps: memory')).toBe(true);
      expect(gaveUp.length > 0).toBe(found.length < 2);
      await indexes.close();
      await store.close();
      return found;
    };
    expect(await answered('roomy', 10_000_000)).toEqual(['plain', 'extremes']);
    expect(await answered('small', 13_000)).toEqual(['extremes']);
    expect(await answered('none', 600)).toEqual([]);
  });

  test('what comes and goes while the store is read', async () => {
    const { store, indexes } = await opened('meanwhile', 1000);
    await commit(store, [rowOf({ id: 1, who: 'ann', room: 1, kind: 'a', big: 1n, price: 500, seen: null, delay: 5 })]);
    let [opens, go, begin] = [0, (): void => {}, (): void => {}];
    const gate = new Promise<void>((open) => {
      go = open;
    });
    const begun = new Promise<void>((does) => {
      begin = does;
    });
    // The first is the one that follows commits.
    const columns: KeptStore['columns'] = async () => {
      const connection = await store.columns();
      opens += 1;
      if (opens === 1) return connection;
      const execute = (sql: string): Promise<void> => connection.execute(sql).then(() => void (sql.startsWith('SELECT') && begin()));
      return { ...connection, execute, read: (...given) => gate.then(() => connection.read(...given)) };
    };
    const slow = await openEventIndexes({
      store: { ...store, columns },
      deployed: () => [lambda('plain')],
      now: () => start + 1000n * second,
      mostBytes: 10_000_000,
      gaveUp: () => {},
    });
    slow.prepare();
    await begun;
    await commit(store, [
      rowOf({ id: 1, who: 'ann', room: 1, kind: 'a', big: 1n, price: 700, seen: null, delay: 1 }),
      rowOf({ id: 2, who: 'ann', room: 2, kind: 'a', big: 1n, price: 30, seen: null, delay: 1 }),
    ]);
    go();
    await slow.settled();
    const [values] = plain(slow.answers(lambda('plain'), [{ entity: ['ann'], asOf: start + 600n * second }]));
    // Two events, two rooms, 7.00 of the copy that counts and 0.30.
    expect([values?.[0], values?.[2], values?.[4]]).toEqual([2n, 2n, 730n]);
    await slow.close();
    await indexes.close();
    await store.close();
  });

  test('what comes while the store is read, and is read itself when that has ended', async () => {
    const { store, indexes } = await opened('after', 1000);
    const gates = [0, 1].map(() => {
      let open = (): void => {};
      const opened = new Promise<void>((does) => {
        open = does;
      });
      return { open: () => open(), opened };
    });
    let [opens, begin] = [0, (): void => {}];
    const begun = new Promise<void>((does) => {
      begin = does;
    });
    const columns: KeptStore['columns'] = async () => {
      const connection = await store.columns();
      const gate = gates[opens] as (typeof gates)[number];
      const isFollower = opens === 0;
      opens += 1;
      return {
        ...connection,
        execute: (sql) => connection.execute(sql).then(() => void (sql.startsWith('SELECT') && begin())),
        read: async (...given) => {
          if (isFollower) gates[1]?.open();
          await gate.opened;
          return connection.read(...given);
        },
      };
    };
    // Something is computed of its events, so that they are read.
    const slow = await openEventIndexes({
      store: { ...store, columns },
      deployed: () => [lambda('shorter')],
      now: () => start + 1000n * second,
      mostBytes: 10_000_000,
      gaveUp: () => {},
    });
    slow.prepare();
    await begun;
    const committed = commit(store, [rowOf({ id: 2, who: 'ann', room: 2, kind: 'a', big: 1n, price: 30, seen: null, delay: 1 })]);
    await slow.settled();
    gates[0]?.open();
    await committed;
    // At 280 seconds.
    expect(plain(slow.answers(lambda('shorter'), [{ entity: ['ann'], asOf: start + 300n * second }]))[0]?.slice(0, 2)).toEqual([1n, 1n]);
    await slow.close();
    await indexes.close();
    await store.close();
  });

  test('closed while it reads: the reading ends first', async () => {
    const { store, indexes } = await opened('closed', 1000);
    await commit(store, taps);
    indexes.prepare();
    await indexes.close();
    await store.close();
  });

  test('SQL that the engine does not take: left to the lambda, and commits go on', async () => {
    const { store, indexes, gaveUp } = await opened('broken', 1000);
    const { eventIndex, ...rest } = lambda('plain');
    const broken = { ...rest, eventIndex: { ...eventIndex, time: { sql: 'no_such_function(event.at)', column: null } } } as StoredLambda;
    expect(indexes.answers(broken, spine)).toEqual([undefined]);
    await indexes.settled();
    expect(gaveUp).toEqual(['taps: failed']);
    await commit(store, taps);
    expect(store.state().sources.get('taps')?.counts.accepted).toBe(40);
    await indexes.close();
    await store.close();
  });

  test('what is old is forgotten, and asked of SQL', async () => {
    const { store, indexes } = await opened('old', 1000);
    let clock = 1000;
    const moving = await openEventIndexes({
      store,
      deployed: () => [lambda('plain')],
      now: () => start + BigInt(clock) * second,
      mostBytes: 10_000_000,
      gaveUp: () => {},
    });
    await commit(store, taps);
    moving.prepare();
    await moving.settled();
    expect(moving.counts().events).toBe(40);
    expect(moving.answers(lambda('plain'), spine)).not.toEqual([undefined]);
    // Ten minutes of lookback, and an hour: what is dated before the 400th second goes.
    clock = 400 + 600 + 3600;
    await moving.forgetOld();
    expect(moving.counts().events).toBe(20);
    expect(moving.answers(lambda('plain'), spine)).toEqual([undefined]);
    expect(moving.answers(lambda('plain'), [{ entity: ['ann'], asOf: start + 1000n * second }])).not.toEqual([undefined]);
    await moving.close();
    await indexes.close();
    await store.close();
  });

  test('two that nobody deployed do not take the place of each other', async () => {
    const { store, indexes } = await opened('two', 1000, 10_000_000, []);
    await commit(store, taps);
    const asked = ['plain', 'shorter'].map(lambda);
    for (const one of asked) {
      indexes.answers(one, spine);
      await indexes.settled();
    }
    for (const one of asked) expect(indexes.answers(one, spine)).not.toEqual([undefined]);
    await indexes.close();
    await store.close();
  });
});
