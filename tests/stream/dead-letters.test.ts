/** Messages that are no rows are kept, and taken once when they are rows after all. The counts are done by hand. */
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Source } from '../../compiler/catalog.ts';
import { openDeadLetters } from '../../runners/stream/ingest/dead-letters.ts';
import { openIngest } from '../../runners/stream/ingest/ingest.ts';
import { type Bytes, type Letter, letterLine, placeKey } from '../../runners/stream/ingest/letters.ts';
import { type ReplayParts, replay } from '../../runners/stream/ingest/replay.ts';
import { openWatch } from '../../runners/stream/ingest/watch.ts';
import { messageOf } from '../../runners/stream/kafka/message.ts';
import { messageReader } from '../../runners/stream/schemas/framed.ts';
import type { Role } from '../../runners/stream/serve/keys.ts';
import { openKept } from '../../runners/stream/store/kept.ts';
import { catalog } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';
import { serving } from './serving.ts';

const root = mkdtempSync(join(tmpdir(), 'lockstep-letters-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folderOf = (name: string): string => mkdtempSync(join(root, `${name}-`));

const declared = catalog.sources.find((s) => s.name === 'bids') as Source;
const topic = declared.topic as string;
const withColumns = (change: (column: Source['columns'][number]) => object): Source =>
  ({ ...declared, columns: declared.columns.map((c) => ({ ...c, ...change(c) })) }) as Source;
const open = withColumns(() => ({ pii: false }));
/** As it was declared by mistake: the wire has another name. */
const mistaken = withColumns(({ name }) => ({ pii: false, ...(name === 'BID_ID' ? { topicPath: 'id' } : {}) }));

const bid = (id: string, more: object = {}): string =>
  JSON.stringify({
    bid_id: id,
    listing_id: 'l',
    stream_id: null,
    bidder_id: 7,
    amount: '1.50',
    bid_at: 1_700_000_000_000_000,
    ingested_at: '2023-11-14T22:13:21',
    ...more,
  });

async function opened(folder: string, source: Source, refetch: ReplayParts['refetch'] = async () => new Map()) {
  const store = await openKept(join(folder, 'events.duckdb'), [source]);
  const deadLetters = await openDeadLetters(join(folder, 'letters'));
  const now = (): bigint => 1_700_000_100_000_000n;
  const watch = openWatch({ now, isNew: () => {}, turned: () => {} });
  const ingest = openIngest({ store, deadLetters, watch, now });
  const read = messageReader(null);
  return {
    store,
    deadLetters,
    watch,
    /** Of one partition, at these offsets. */
    send: async (values: readonly (string | null)[], from = 0) => {
      const messages = await Promise.all(
        values.map((value, i) =>
          messageOf(read, {
            key: Buffer.from('k'),
            value: value === null ? null : Buffer.from(value),
            offset: String(from + i),
            timestamp: '1700000050000',
          }),
        ),
      );
      await (await ingest.messages(source, { topic, partition: 2, messages, next: BigInt(from + values.length), after: null })).committed;
    },
    replay: () => replay(source, { store, ingest, deadLetters, watch, read, refetch }),
    counts: () => store.state().sources.get('bids')?.counts,
    file: join(folder, 'letters/bids.ndjson'),
  };
}

describe('replay', () => {
  test('a declaration is mended: each event is counted once, however often it is replayed', async () => {
    const folder = folderOf('mended');
    const before = await opened(folder, mistaken);
    // Two of the same event, and one that is no JSON whatever is declared.
    await before.send([bid('a'), bid('b'), bid('b'), '{']);
    expect(before.counts()).toMatchObject({ accepted: 0, duplicates: 0, rejected: 4 });
    await before.store.close();
    const after = await opened(folder, open);
    await after.send([bid('c')], 4);
    copyFileSync(after.file, join(folder, 'as-it-was'));
    expect(await after.replay()).toEqual({ letters: 4, replayed: 3, stayed: 1, gone: 0 });
    const wanted = { accepted: 3, duplicates: 1, quarantined: 0, rejected: 1 };
    expect(after.counts()).toMatchObject(wanted);
    expect(after.store.state().positions.get(`${topic}/2`)?.next).toBe(5n);
    expect(await after.replay()).toEqual({ letters: 1, replayed: 0, stayed: 1, gone: 0 });
    expect(after.counts()).toMatchObject(wanted);
    // As if it had been stopped between the commit and the file.
    copyFileSync(join(folder, 'as-it-was'), after.file);
    expect(await after.replay()).toEqual({ letters: 4, replayed: 3, stayed: 1, gone: 0 });
    expect(after.counts()).toMatchObject(wanted);
    await after.store.close();
  });

  test('what fails again stays, and says why it fails now', async () => {
    const folder = folderOf('again');
    const before = await opened(folder, mistaken);
    await before.send([bid('a', { amount: 'much' }), bid('b', { bid_at: 1_800_000_000_000_000 })]);
    await before.store.close();
    const after = await opened(folder, open);
    expect(await after.replay()).toEqual({ letters: 2, replayed: 0, stayed: 2, gone: 0 });
    expect((await after.deadLetters.read('bids')).map((l) => l.reason)).toEqual([
      { problem: 'this is no NUMBER(12,2)', column: 'AMOUNT' },
      { problem: 'dated ahead of its ingest', column: null },
    ]);
    expect(after.counts()).toMatchObject({ accepted: 0, quarantined: 0, rejected: 2 });
    await after.store.close();
  });

  test('what was quarantined is no longer counted as that', async () => {
    const folder = folderOf('quarantined');
    const before = await opened(folder, open);
    await before.send([bid('a', { bid_at: 1_700_000_090_000_000 })]);
    expect(before.counts()).toMatchObject({ accepted: 0, quarantined: 1, rejected: 0 });
    await before.store.close();
    const after = await opened(folder, { ...open, maxSkew: 3_600_000_000n } as Source);
    expect(await after.replay()).toMatchObject({ replayed: 1 });
    expect(after.counts()).toMatchObject({ accepted: 1, quarantined: 0, rejected: 0 });
    await after.store.close();
  });

  test('a letter whose message is not counted yet is left alone', async () => {
    const folder = folderOf('early');
    const before = await opened(folder, open);
    const letter: Letter = {
      ...{
        topic,
        partition: 2,
        offset: 0n,
        timestamp: 0n,
        at: 0n,
        outcome: 'rejected',
        reason: { problem: 'x', column: null },
        schema: null,
      },
      bytes: { key: null, value: Buffer.from(bid('a')) },
    };
    await before.deadLetters.write(open, [letter]);
    expect(await before.replay()).toEqual({ letters: 1, replayed: 0, stayed: 1, gone: 0 });
    await before.send([bid('a')]);
    expect(await before.replay()).toMatchObject({ replayed: 1 });
    expect(before.counts()).toMatchObject({ accepted: 1, duplicates: 0, rejected: 0 });
    await before.store.close();
  });

  test('with pii the bytes are those of the topic, if it still has the same', async () => {
    const folder = folderOf('masked');
    const masked = withColumns(({ name }) => (name === 'BID_ID' ? { topicPath: 'id' } : {}));
    const before = await opened(folder, masked);
    await before.send([bid('secret-a'), bid('secret-b'), bid('secret-c')]);
    expect(readFileSync(before.file, 'utf8')).not.toMatch(/secret|c2VjcmV0/);
    await before.store.close();
    const bytes = (value: string): Bytes => ({ key: null, value: Buffer.from(value) });
    const there = [bytes(bid('secret-a')), bytes(bid('somebody-else'))];
    const after = await opened(
      folder,
      declared,
      async (places) => new Map(places.flatMap((p) => (there[Number(p.offset)] ? [[placeKey(p), there[Number(p.offset)] as Bytes]] : []))),
    );
    expect(await after.replay()).toEqual({ letters: 3, replayed: 1, stayed: 0, gone: 2 });
    expect(after.counts()).toMatchObject({ accepted: 1, rejected: 2 });
    expect((await after.deadLetters.read('bids')).map((l) => l.offset)).toEqual([1n, 2n]);
    await after.store.close();
  });
});

test('a source that was stale is so no longer once every letter is a row', async () => {
  const folder = folderOf('stale');
  const before = await opened(folder, mistaken);
  const bids = Array.from({ length: 10 }, (_, i) => bid(String(i)));
  await before.send(bids);
  expect(before.watch.of('bids').stale).toMatchObject({
    because: expect.stringContaining('BID_ID: a required field is missing'),
    schema: null,
  });
  await before.store.close();
  const after = await opened(folder, open);
  // Ten more that stay, so that it is stale here, too.
  await after.send(
    Array.from({ length: 10 }, () => '{'),
    10,
  );
  await after.replay();
  expect(after.watch.of('bids').stale).not.toBeNull();
  rmSync(after.file);
  await after.send([bid('late')], 20);
  const late: Letter = {
    ...{
      topic,
      partition: 2,
      offset: 5n,
      timestamp: 0n,
      at: 0n,
      outcome: 'rejected',
      reason: { problem: 'x', column: null },
      schema: null,
    },
    bytes: { key: null, value: Buffer.from(bids[5] as string) },
  };
  await after.deadLetters.write(open, [late]);
  await after.replay();
  expect(after.watch.of('bids').stale).toBeNull();
  await after.store.close();
});

test('dlq replay of a source that is none says which there are', async () => {
  const server = await serving(catalog);
  expect(await lockstep('dlq', 'replay', 'nope', '--url', server.url)).toEqual({
    code: 2,
    out: '',
    err: `error: there is no source nope\nhint: there are ${catalog.sources.map((s) => s.name).join(', ')}\n`,
  });
  await server.stop();
});

test('over HTTP: whoever may read sees how many there are and why; only admin replays', async () => {
  const folder = folderOf('served');
  const deadLetters = await openDeadLetters(join(folder, 'dead-letters'));
  const letter = (offset: number, column: string | null): Letter => ({
    ...{
      topic,
      partition: 0,
      offset: BigInt(offset),
      timestamp: 0n,
      at: BigInt(offset),
      outcome: 'rejected',
      reason: { problem: 'p', column },
      schema: null,
    },
    bytes: { key: null, value: Buffer.from('hidden') },
  });
  await deadLetters.write(open, [letter(1, null), letter(2, 'A'), letter(3, 'A')]);
  const role = { is: 'read' as Role };
  const server = await serving(catalog, { folder, keys: { callerOf: () => ({ name: 'somebody', role: role.is }) } });
  const { body } = await server.send('GET', '/dead-letters');
  expect(body.sources.find((s: { readonly source: string }) => s.source === 'bids')).toEqual({
    ...{ source: 'bids', letters: 3, dropped: 0, because: { p: 1, 'A: p': 2 } },
    ...{ oldest: '1970-01-01T00:00:00.000001', newest: '1970-01-01T00:00:00.000003' },
  });
  for (const is of ['read', 'deploy'] as const) {
    role.is = is;
    expect(await server.send('POST', '/dead-letters/bids/replay')).toMatchObject({ status: 403 });
  }
  role.is = 'admin';
  expect(await server.send('POST', '/dead-letters/nothing/replay')).toMatchObject({ status: 404 });
  // No message of this topic was counted yet.
  expect(await server.send('POST', '/dead-letters/bids/replay')).toMatchObject({
    status: 200,
    body: { letters: 3, replayed: 0, stayed: 3 },
  });
  await server.stop();
});

describe('the file', () => {
  const letter = (offset: number): Letter => ({
    ...{
      topic,
      partition: 0,
      offset: BigInt(offset),
      timestamp: 5n,
      at: 6n,
      outcome: 'rejected',
      reason: { problem: 'p', column: null },
      schema: null,
    },
    bytes: { key: null, value: Buffer.from('v'.repeat(20)) },
  });

  test('is its owner’s only, and loses its oldest half when it is too large, which is said', async () => {
    const folder = folderOf('bounded');
    const line = letterLine(open, letter(1)).length + 1;
    const letters = await openDeadLetters(folder, 10 * line);
    await letters.write(open, [1, 2, 3, 4, 5].map(letter));
    await letters.write(open, [6, 7, 8].map(letter));
    expect(letters.dropped().get('bids')).toBeUndefined();
    await letters.write(
      open,
      [1, 2, 3].map((n) => letter(n + 5)).map((l) => ({ ...l, partition: 1 })),
    );
    // Room for five of the eleven.
    expect((await letters.read('bids')).map(({ partition, offset }) => `${partition}/${offset}`)).toEqual([
      '0/7',
      '0/8',
      '1/6',
      '1/7',
      '1/8',
    ]);
    expect(letters.dropped().get('bids')).toBe(6);
    expect(statSync(join(folder, 'bids.ndjson')).mode & 0o777).toBe(0o600);
  });

  test('what is written while it is rewritten is in it', async () => {
    const letters = await openDeadLetters(folderOf('busy'));
    await letters.write(open, [1, 2].map(letter));
    const both = [letters.settle('bids', new Map([[placeKey(letter(1)), null]])), letters.write(open, [letter(3)])];
    await Promise.all(both);
    expect((await letters.read('bids')).map((l) => l.offset)).toEqual([2n, 3n]);
  });

  test('a line that is none is kept and passed over', async () => {
    const folder = folderOf('torn');
    const letters = await openDeadLetters(folder);
    await letters.write(open, [letter(1)]);
    appendFileSync(join(folder, 'bids.ndjson'), '{"torn\n');
    await letters.settle('bids', new Map([[placeKey(letter(1)), null]]));
    expect(await letters.read('bids')).toEqual([]);
    expect(readFileSync(join(folder, 'bids.ndjson'), 'utf8')).toBe('{"torn\n');
  });
});
