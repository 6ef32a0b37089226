/** From when on a store has everything: topics, files, and what was deleted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Stream } from '../../compiler/catalog.ts';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { beginning } from '../../runners/stream/store/beginning.ts';
import { arrivedUntil, fill } from '../../runners/stream/store/fill.ts';
import { afterLoss, completeSince, forever, type History } from '../../runners/stream/store/history.ts';
import { openKept } from '../../runners/stream/store/kept.ts';
import { catalog } from '../marketplace/world.ts';

const second = 1_000_000n;
const bids = catalog.sources.find((s) => s.name === 'bids') as Stream;
const sellers = catalog.sources.find((s) => s.name === 'sellers');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-history-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('complete since', () => {
  const none: History = { topicSince: null, filled: null, forgotten: null };
  // Bids may be dated 30 seconds ahead of their ingest.
  test.each<[string, Partial<History>, bigint | null]>([
    ['nothing is known', {}, null],
    ['the topic forgot nothing', { topicSince: beginning }, beginning],
    ['the topic begins at 100 s: a clock may have been 30 s ahead', { topicSince: 100n * second }, 130n * second],
    [
      'files end after the topic begins',
      { topicSince: 100n * second, filled: { since: 10n * second, until: 101n * second } },
      10n * second,
    ],
    ['files end when the topic begins', { topicSince: 100n * second, filled: { since: 10n * second, until: 100n * second } }, 10n * second],
    [
      'files end a tick before: a hole',
      { topicSince: 100n * second, filled: { since: 10n * second, until: 100n * second - 1n } },
      130n * second,
    ],
    ['files of less than the topic has', { topicSince: 100n * second, filled: { since: 200n * second, until: forever } }, 130n * second],
    ['files alone, which end', { filled: { since: 10n * second, until: 1000n * second } }, null],
    ['somebody says so', { filled: { since: 10n * second, until: forever } }, 10n * second],
    ['what was deleted is gone', { topicSince: beginning, forgotten: 500n * second }, 500n * second],
    ['what was deleted was never there', { topicSince: 900n * second, forgotten: 500n * second }, 930n * second],
  ])('%s', (_, history, wanted) => {
    expect(completeSince(bids, { ...none, ...history })).toBe(wanted);
  });
});

test.each<[string, Partial<History>, bigint]>([
  ['of a topic that had forgotten nothing', { topicSince: beginning }, 130n * second],
  ['of one that was not known', {}, 130n * second],
  ['where another partition had lost more', { topicSince: 200n * second }, 230n * second],
  ['where another had lost less', { topicSince: 50n * second }, 130n * second],
  ['of what files cannot fill', { topicSince: beginning, filled: { since: beginning, until: forever } }, 130n * second],
  ['of what had come since more was deleted', { topicSince: beginning, forgotten: 500n * second }, 500n * second],
])('a loss before 100 s, %s', (_, known, wanted) => {
  expect(completeSince(bids, afterLoss({ topicSince: null, filled: null, forgotten: null, ...known }, 100n * second))).toBe(wanted);
});

const bid = (id: string, at: bigint, ingested: bigint, amount = 100n): readonly Value[] => [id, 'l', null, 1n, amount, at, ingested];
const stored = async (file: string): Promise<readonly (readonly Value[])[]> => {
  const store = await openKept(file, [bids]);
  const reader = await store.reader();
  const rows = await reader.query('SELECT bid_id, bid_at FROM BIDS ORDER BY ALL', [
    { name: 'bid_id', type: varchar },
    { name: 'bid_at', type: timestamp },
  ]);
  reader.close();
  await store.close();
  return rows;
};

test('files and a topic that overlap: each event once, and the same after the file was opened again', async () => {
  const file = join(folder, 'overlap.duckdb');
  let store = await openKept(file, [bids]);
  const rows = [bid('a', 10n, 11n), bid('b', 20n, 21n), bid('c', 30n, 31n)];
  expect(arrivedUntil(bids, rows)).toBe(31n);
  await fill(store, { source: bids, pieces: [rows], since: 0n, until: 31n }, 99n, () => {});
  await store.close();
  store = await openKept(file, [bids]);
  const range = { topic: 't', partition: 0, rejected: [], next: 7n };
  const again = [
    { offset: 5n, row: bid('c', 30n, 31n) },
    { offset: 6n, row: bid('d', 40n, 41n) },
  ];
  await store.commit([{ source: 'bids', at: 100n, rows: again, from: range }]);
  // The broker delivers it once more.
  await store.commit([{ source: 'bids', at: 101n, rows: again, from: range }]);
  expect(store.state().sources.get('bids')?.counts).toEqual({ accepted: 4, duplicates: 1, quarantined: 0, rejected: 0, late: 0 });
  expect(store.state().sources.get('bids')?.history.filled).toEqual({ since: 0n, until: 31n });
  await store.close();
  expect(await stored(file)).toEqual([
    ['a', 10n],
    ['b', 20n],
    ['c', 30n],
    ['d', 40n],
  ]);
});

test('what is forgotten is gone, and known to be', async () => {
  const file = join(folder, 'forget.duckdb');
  const store = await openKept(file, [bids]);
  const rows = [bid('a', 10n, 11n), bid('a', 10n, 12n), bid('b', 20n, 21n)];
  await fill(store, { source: bids, pieces: [rows], since: beginning, until: forever }, 99n, () => {});
  await store.forget('bids', 20n);
  const history = store.state().sources.get('bids')?.history as History;
  expect(completeSince(bids, history)).toBe(20n);
  await store.close();
  expect(await stored(file)).toEqual([['b', 20n]]);
});

test('a commit that fails leaves nothing behind', async () => {
  const file = join(folder, 'failed.duckdb');
  const follows = catalog.sources.find((s) => s.name === 'follows') as Stream;
  const store = await openKept(file, [bids, follows]);
  const range = { topic: 't', partition: 0, rejected: [], next: 2n };
  const good = { source: 'bids', at: 1n, rows: [{ offset: 1n, row: bid('a', 10n, 11n) }], from: range };
  // The bid is in its table when the engine refuses this.
  const bad = { ...good, source: 'follows', rows: [{ offset: 1n, row: ['no number', 1n, null, 5n] }], from: { ...range, topic: 'u' } };
  await expect(store.commit([good, bad])).rejects.toThrow();
  expect(store.state().positions.size).toBe(0);
  const reader = await store.reader();
  expect(await reader.query('SELECT bid_id FROM BIDS', [{ name: 'bid_id', type: varchar }])).toEqual([]);
  reader.close();
  await store.commit([good]);
  expect(store.state().sources.get('bids')?.counts.accepted).toBe(1);
  await store.close();
});

test('of copies that are alike the one that came first stays, with its place in the topic; the other is kept aside', async () => {
  const store = await openKept(join(folder, 'copies.duckdb'), [bids]);
  const turn = (offset: bigint) => ({
    source: 'bids',
    at: offset,
    rows: [{ offset, row: bid('a', 10n, 11n) }],
    from: { topic: 't', partition: 0, rejected: [], next: offset + 1n },
  });
  await store.commit([turn(5n)]);
  await store.commit([turn(6n)]);
  const reader = await store.reader();
  const offsets = (table: string) =>
    reader.query(`SELECT "lockstep.offset" FROM ${table}`, [{ name: 'offset', type: { kind: 'number', precision: 18, scale: 0 } }]);
  expect([await offsets('BIDS'), await offsets('COPIES_OF_BIDS')]).toEqual([[[5n]], [[6n]]]);
  reader.close();
  await store.close();
});

test('a store of another declaration is not opened', async () => {
  const file = join(folder, 'declared.duckdb');
  await (await openKept(file, [bids])).close();
  const changed = { ...bids, columns: bids.columns.map((c) => (c.name === 'AMOUNT' ? { ...c, type: varchar } : c)) };
  await expect(openKept(file, [changed])).rejects.toThrow('holds rows of `bids` as it was declared before');
  await (await openKept(file, sellers === undefined ? [bids] : [bids, sellers])).close();
});

test('late is what came later than the source allows after its time, by its ingest time, and without one by when it was committed', async () => {
  const store = await openKept(join(folder, 'late.duckdb'), [bids]);
  const minute = 60n * second;
  const untold = (id: string): readonly Value[] => [id, 'l', null, 1n, 100n, minute, null];
  const [inTime, late] = [bid('a', minute, minute + bids.lateness), bid('b', minute, minute + bids.lateness + 1n)];
  const rows = [inTime, late, untold('c')];
  await fill(store, { source: bids, pieces: [rows], since: 0n, until: null }, minute + bids.lateness, () => {});
  expect(store.state().sources.get('bids')?.counts.late).toBe(1);
  await fill(store, { source: bids, pieces: [[untold('d')]], since: 0n, until: null }, minute + bids.lateness + 1n, () => {});
  expect(store.state().sources.get('bids')?.counts.late).toBe(2);
  await store.close();
});

test('without an end that is said, complete to the latest arrival of all pieces; without rows, to where it begins', async () => {
  const store = await openKept(join(folder, 'latest.duckdb'), [bids]);
  const pieces = [[bid('a', 10n, 31n)], [bid('b', 20n, 21n)], []];
  expect(await fill(store, { source: bids, pieces, since: 5n, until: null }, 99n, () => {})).toBe(31n);
  expect(store.state().sources.get('bids')?.history.filled).toEqual({ since: 5n, until: 31n });
  expect(await fill(store, { source: bids, pieces: [], since: 5n, until: null }, 99n, () => {})).toBe(5n);
  await store.close();
});
