/**
 * What is shown before it is in the file: the same as if each message had been committed before the next one came, whatever order things
 * come in, and whichever commits fail. Against the reference evaluator over what was read, and SQL over what is in the file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { integer } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { openEventIndexes } from '../../runners/stream/event-index/event-indexes.ts';
import { executeLambda } from '../../runners/stream/execute.ts';
import { openUnderWay } from '../../runners/stream/kafka/under-way.ts';
import { settledLog } from '../../runners/stream/serve/settled-log.ts';
import { type KeptStore, openKept } from '../../runners/stream/store/kept.ts';
import { showAhead } from '../../runners/stream/store/show-ahead.ts';
import { positionKey } from '../../runners/stream/store/state.ts';
import type { Arriving } from '../../runners/stream/store/taking.ts';
import { asTheyCome, catalog, entities, features, plain, rowOf, second, start, type Tap, tap } from './taps.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-show-ahead-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const topic = 'taps';
const some = features.filter((f) => asTheyCome.includes(f.feature.name));
const lambda = some.find((f) => f.feature.name === 'plain')?.lambda as NonNullable<(typeof some)[0]>['lambda'];
const now = start + 1000n * second;
type Row = readonly Value[];

let files = 0;
const newFile = (): string => {
  files += 1;
  return join(folder, `${files}.duckdb`);
};

async function opened(isIndexed = true, file = newFile()) {
  const kept = await openKept(file, catalog.sources);
  let failing = 0;
  const commit: KeptStore['commit'] = async (arriving) => {
    failing -= 1;
    if (failing < 0) return kept.commit(arriving);
    // More is shown meanwhile.
    await pause(20);
    throw new Error('no room');
  };
  const store = showAhead({ ...kept, commit });
  const gaveUp: string[] = [];
  const indexes = await openEventIndexes({
    store,
    deployed: () => some.map((f) => f.lambda),
    now: () => now,
    mostBytes: 10_000_000,
    gaveUp: (what, because) => gaveUp.push(`${what}: ${because}`),
  });
  if (isIndexed) indexes.prepare();
  await indexes.settled();
  const reader = await store.reader();
  return {
    file,
    store,
    indexes,
    gaveUp,
    fail: (commits: number) => {
      failing = commits;
    },
    inTable: async (): Promise<number> => Number((await reader.query('SELECT count(*) FROM TAPS', [{ name: 'n', type: integer }]))[0]?.[0]),
    counted: (who = 'ann', instant = 500): Value | undefined =>
      plain(indexes.answers(lambda, [{ entity: [who], asOf: start + BigInt(instant) * second }]))[0]?.[0],
    bySql: (of: typeof lambda, spine: readonly SpineRow[]) => executeLambda(reader, of, spine, spine.length),
    close: async () => {
      await indexes.close();
      reader.close();
      await store.close();
    },
  };
}

const messages = (partition: number, first: number, rows: readonly Row[]): Arriving => ({
  source: 'taps',
  at: now,
  rows: rows.map((row, i) => ({ offset: BigInt(first + i), row })),
  from: { topic, partition, rejected: [], next: BigInt(first + rows.length) },
});
const byHttp = (rows: readonly Row[]): Arriving => ({
  source: 'taps',
  at: now,
  rows: rows.map((row) => ({ offset: null, row })),
  from: null,
});
const of = (id: number, more: Partial<Tap> = {}): Row =>
  rowOf({ id, who: 'ann', room: 1, kind: 'a', big: 1n, price: 1, seen: null, delay: 0, ...more });
const outcome = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => 'in the file',
    (error: Error) => error.message,
  );
/** Of what is under way: whether it is decided now. */
const isOpen = async (done: Promise<unknown>): Promise<boolean> => (await Promise.race([outcome(done), pause(1, 'open')])) === 'open';

describe('what comes of a topic', () => {
  test('is shown to whoever asks before the file has it; `written` waits for that', async () => {
    const { store, counted, inTable, close } = await opened();
    const { committed } = await store.take(() => [messages(0, 0, [of(1), of(2)])]);
    expect([counted(), await inTable(), store.state().sequence, store.inFile().sequence]).toEqual([2n, 0, 3n, 1n]);
    await store.written();
    expect([counted(), await inTable(), store.inFile().sequence, await outcome(committed)]).toEqual([2n, 2, 3n, 'in the file']);
    await close();
  });

  test('is in the file soon without anybody waiting, in one commit with what came after it', async () => {
    const { store, inTable, close } = await opened();
    const shown = [];
    for (let i = 0; i < 4; i++) shown.push(await store.take(() => [messages(0, i, [of(i)])]));
    await Promise.all(shown.map(({ committed }) => committed));
    expect([await inTable(), store.inFile().turn, store.inFile().positions.get(positionKey(topic, 0))?.next]).toEqual([4, 1n, 4n]);
    await close();
  });

  test('a copy of what is shown is no other event, and one of what is in the file, recent or not, neither', async () => {
    const { store, counted, close } = await opened();
    const late = { delay: 3 };
    await store.take(() => [messages(0, 0, [of(1, late), of(2, late)])]);
    // Another partition has the copy that was ingested first.
    await store.take(() => [messages(1, 0, [of(1, { price: 5 })])]);
    expect([counted(), store.state().sources.get('taps')?.counts]).toMatchObject([2n, { accepted: 2, duplicates: 1 }]);
    await store.take(() => [messages(1, 1, [of(2)])]);
    await store.written();
    expect([counted(), store.state().sources.get('taps')?.counts]).toMatchObject([2n, { accepted: 2, duplicates: 2 }]);
    await close();
  });

  test('a copy of what the file had when it was opened is no other event', async () => {
    const before = await opened();
    await before.store.commit([byHttp([of(1), of(2)])]);
    await before.close();
    const { store, counted, close } = await opened(true, before.file);
    await store.take(() => [messages(0, 0, [of(1), of(3)])]);
    expect([counted(), store.state().sources.get('taps')?.counts]).toMatchObject([3n, { accepted: 3, duplicates: 1 }]);
    await close();
  });

  test('could not be written: it is not shown any more, nor what came after it, and counts once when it comes again', async () => {
    const { store, counted, inTable, fail, close } = await opened();
    await store.commit([byHttp([of(9)])]);
    fail(1);
    const first = await store.take(() => [messages(0, 0, [of(1)])]);
    const writing = outcome(store.written());
    const second = await store.take(() => [messages(0, 1, [of(2)])]);
    expect([await outcome(first.committed), await outcome(second.committed), await writing]).toEqual(
      Array(3).fill('the store cannot be written'),
    );
    expect([counted(), store.state().positions.get(positionKey(topic, 0)), await inTable()]).toEqual([1n, undefined, 1]);
    await store.take(() => [messages(0, 0, [of(1), of(2)])]);
    expect([counted(), await inTable()]).toEqual([3n, 3]);
    await close();
  });

  test('while the store cannot be written nothing is shown before it is', async () => {
    const { store, counted, fail, close } = await opened();
    fail(2);
    expect(await outcome((await store.take(() => [messages(0, 0, [of(1)])])).committed)).toBe('the store cannot be written');
    expect(await outcome(store.take(() => [messages(0, 0, [of(1)])]))).toBe('no room');
    expect(counted()).toBe(0n);
    await store.take(() => [messages(0, 0, [of(1)])]);
    expect(store.inFile().sequence).toBe(2n);
    // And then again it is.
    await store.take(() => [messages(0, 1, [of(2)])]);
    expect([counted(), store.inFile().sequence]).toEqual([2n, 2n]);
    await close();
  });

  test('what was chosen to follow what could not be written is not taken', async () => {
    const { store, fail, close } = await opened();
    await store.take(() => [messages(0, 0, [of(1)])]);
    fail(1);
    // Not new rows of a topic alone: it waits for what is shown.
    expect(await outcome(store.take(() => [messages(0, 1, [of(2)]), byHttp([of(3)])]))).toBe('the store cannot be written');
    expect([store.state().sequence, store.inFile().positions.size]).toEqual([1n, 0]);
    await close();
  });

  test('whoever reads the table has it there, and nothing comes meanwhile', async () => {
    const { store, inTable, close } = await opened();
    await store.take(() => [messages(0, 0, [of(1)])]);
    let next: Promise<unknown> = Promise.resolve();
    expect(
      await store.still(async () => {
        next = store.take(() => [messages(0, 1, [of(2)])]);
        await pause(300);
        return [await inTable(), store.state().sequence];
      }),
    ).toEqual([1, 2n]);
    await next;
    await close();
  });

  test('what is loaded beside it comes after it', async () => {
    const { store, counted, inTable, close } = await opened();
    await store.take(() => [messages(0, 0, [of(1)])]);
    await store.commit([byHttp([of(2)])]);
    expect([counted(), await inTable(), store.inFile().sequence]).toEqual([2n, 2, 3n]);
    await close();
  });

  test('a store that is closed has it', async () => {
    const { store, file, close } = await opened();
    await store.take(() => [messages(0, 0, [of(1)])]);
    await close();
    const again = await openKept(file, catalog.sources);
    expect(again.state().positions.get(positionKey(topic, 0))?.next).toBe(1n);
    await again.close();
  });

  test.each(['no events in memory', 'events that have to be computed'])('%s: it is committed first', async (which) => {
    const { store, inTable, close } = await opened(false);
    if (which !== 'no events in memory') store.follow({ changed: async () => {}, takesRows: () => false });
    await store.take(() => [messages(0, 0, [of(1)])]);
    expect(await inTable()).toBe(1);
    await close();
  });
});

test('an answer is logged when the file has what it saw; never, if the file does not get it', async () => {
  const { store, fail, close } = await opened();
  const logged: unknown[] = [];
  const log = settledLog({ note: (served) => void logged.push(...served), dropped: () => 0, close: async () => {} }, store);
  const answer = (name: string) => log.note([name] as unknown as Parameters<typeof log.note>[0]);
  answer('of nothing');
  expect(logged).toEqual(['of nothing']);
  const { committed } = await store.take(() => [messages(0, 0, [of(1)])]);
  answer('of one');
  expect(logged).toEqual(['of nothing']);
  await committed;
  expect(logged).toEqual(['of nothing', 'of one']);
  fail(1);
  const lost = await store.take(() => [messages(0, 1, [of(2)])]);
  answer('of two');
  expect(await outcome(lost.committed)).toBe('the store cannot be written');
  await store.take(() => [messages(0, 1, [of(3)])]);
  await store.take(() => [messages(0, 2, [of(4)])]);
  answer('of three');
  await log.close();
  expect(logged).toEqual(['of nothing', 'of one', 'of three']);
  await close();
});

test('by HTTP, and as a dead letter: committed before anybody is told', async () => {
  const { store, inTable, close } = await opened();
  const shown = await store.take(() => [messages(0, 0, [of(1)])]);
  expect(await isOpen(shown.committed)).toBe(true);
  await store.take(() => [byHttp([of(2)])]);
  expect(await inTable()).toBe(2);
  const again = messages(0, 0, [of(3)]);
  await store.take(() => [
    { ...again, from: { ...again.from, topic, partition: 0, rejected: [], next: 0n, again: { rejected: 0, quarantined: 0 } } },
  ]);
  expect([await inTable(), store.state().sources.get('taps')?.counts.accepted]).toEqual([3, 3]);
  await close();
});

type Step =
  | { readonly kind: 'read'; readonly partition: number; readonly messages: number }
  | { readonly kind: 'again'; readonly partition: number }
  | { readonly kind: 'http'; readonly taps: readonly Tap[] }
  | { readonly kind: 'fail'; readonly commits: number }
  | { readonly kind: 'write' | 'compare' | 'history' | 'wait' };

const partition = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('read' as const), partition, messages: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('http' as const), taps: fc.array(tap, { minLength: 1, maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), commits: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('write' as const, 'compare' as const, 'history' as const, 'wait' as const, 'wait' as const),
    }),
  },
);

test('any order of messages, copies, requests and commits that fail: as if each had been committed before the next', {
  timeout: 120_000,
}, async () => {
  let [compared, ahead, withdrawals] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(tap, { minLength: 10, maxLength: 40 }), { minLength: 2, maxLength: 2 }),
      fc.array(step, { minLength: 10, maxLength: 40 }),
      fc.boolean(),
      async (given, steps, areCopies) => {
        // Each its own identity, or few of them, of which most come several times.
        const topics = given.map((taps, p) => taps.map((t, i) => rowOf(areCopies ? t : { ...t, id: 1 + 2 * i + p })));
        const { store, indexes, gaveUp, fail, bySql, close } = await opened();
        const posted: Row[] = [];
        const places = [0, 0];
        const underWay = openUnderWay();
        const taking: Promise<unknown>[] = [];
        const nextIn = (state: ReturnType<KeptStore['state']>, p: number): number =>
          Number(state.positions.get(positionKey(topic, p))?.next ?? 0n);
        const toStored = (p: number): void => {
          withdrawals += 1;
          places[p] = nextIn(store.inFile(), p);
        };
        /** As a consumer does it. */
        const read = (p: number, n: number): void => {
          const [first, key] = [places[p] as number, positionKey(topic, p)];
          const rows = (topics[p] ?? []).slice(first, first + n);
          if (rows.length === 0) return;
          const after = underWay.after(key);
          places[p] = first + rows.length;
          let follows = true;
          const shown = store.take((state) => {
            follows = after === null || after <= BigInt(nextIn(state, p));
            return follows ? [messages(p, first, rows)] : [];
          });
          taking.push(shown.catch(() => {}));
          const committed = shown.then((s) => (follows ? s.committed : Promise.reject(new Error('what came before it was not taken'))));
          committed.catch(() => {});
          underWay.hand(key, { next: BigInt(first + rows.length), bytes: 1, committed }, () => toStored(p));
        };
        const shownRows = (): readonly Row[] => [...topics.flatMap((rows, p) => rows.slice(0, nextIn(store.state(), p))), ...posted];
        const compare = async (withSql: boolean): Promise<void> => {
          const columns = catalog.sources[0]?.columns.map((c) => c.name) ?? [];
          const events = new Map([['taps', { columns, rows: shownRows() }]]);
          for (const { feature, lambda: asked } of some) {
            const spine = (entities[feature.entity.map((e) => e.name.toLowerCase()).join(',')] ?? []).map((entity) => ({
              entity,
              asOf: start + 700n * second,
            }));
            const wanted = evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' });
            plain(indexes.answers(asked, spine)).forEach((values, i) => {
              if (values === undefined) return;
              compared += 1;
              expect(values, feature.name).toEqual(wanted[i]);
            });
            if (withSql) expect(await bySql(asked, spine), feature.name).toEqual(wanted);
          }
        };
        try {
          for (const one of steps) {
            if (one.kind === 'read') read(one.partition, one.messages);
            if (one.kind === 'again') toStored(one.partition);
            if (one.kind === 'fail') fail(one.commits);
            if (one.kind === 'write') await store.written().catch(() => {});
            if (one.kind === 'wait') {
              await Promise.all(taking);
              if (store.state().sequence > store.inFile().sequence) ahead += 1;
              await compare(false);
            }
            if (one.kind === 'http') {
              const rows = one.taps.map(rowOf);
              await store
                .take(() => [byHttp(rows)])
                .then(
                  () => posted.push(...rows),
                  () => {},
                );
            }
            if (one.kind === 'history') await store.setHistory('taps', (known) => ({ ...known, topicSince: 1n }));
            if (one.kind === 'compare') await store.still(() => compare(true));
          }
          fail(0);
          while (topics.some((rows, p) => nextIn(store.inFile(), p) < rows.length)) {
            for (const p of [0, 1]) read(p, 7);
            await Promise.all(taking);
            await store.written().catch(() => {});
            await underWay.allSettled();
          }
          await store.still(() => compare(true));
          const all = [...topics.flat(), ...posted];
          const identities = new Set(all.map((row) => `${row[0]} ${row[7]}`)).size;
          expect(store.state()).toEqual({ ...store.inFile(), turn: store.state().turn });
          expect(store.state().sources.get('taps')?.counts).toMatchObject({
            accepted: identities,
            duplicates: all.length - identities,
            quarantined: 0,
          });
          expect(gaveUp).toEqual([]);
        } finally {
          await close();
        }
      },
    ),
    { numRuns: 40 },
  );
  // Otherwise it shows nothing.
  expect([compared > 1000, ahead > 8, withdrawals > 20]).toEqual([true, true, true]);
});
