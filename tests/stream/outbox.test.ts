/** Letters for a topic that may be away: none is lost, none is waited for without end. What stands for the topic is a list. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { Source } from '../../compiler/catalog.ts';
import { type Letter, letterLine } from '../../runners/stream/ingest/letters.ts';
import { type Addressed, type Outbox, type OutboxParts, openOutbox } from '../../runners/stream/ingest/outbox.ts';
import { messageFor } from '../../runners/stream/kafka/letter-topic.ts';
import { catalog } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-outbox-'));
const opened: Outbox[] = [];
afterAll(async () => {
  for (const outbox of opened) await outbox.close();
  rmSync(folder, { recursive: true, force: true });
});
const bids = catalog.sources.find((s) => s.name === 'bids') as Source;
const open = { ...bids, columns: bids.columns.map((c) => ({ ...c, pii: false })) } as Source;
const letter = (offset: number, more: Partial<Letter> = {}): Letter => ({
  ...{ topic: 't', partition: 3, offset: BigInt(offset), timestamp: 5n, at: 6n, outcome: 'rejected', schema: null },
  reason: { problem: 'this is no DATE', column: 'A' },
  bytes: { key: Buffer.from('k'), value: Buffer.from(`value ${offset}`) },
  ...more,
});
const line = (offset: number): string => letterLine(open, letter(offset));

/** `is.now`: what the topic does. */
async function toTopic(name: string, more: Partial<OutboxParts> = {}) {
  const is: { now: 'there' | 'away' | 'silent' } = { now: 'there' };
  const [arrived, turns]: [bigint[], (string | null)[]] = [[], []];
  const file = join(folder, name);
  const outbox = await openOutbox({
    file,
    send: async (letters) => {
      if (is.now === 'away') throw new Error('away');
      if (is.now === 'silent') await new Promise(() => {});
      arrived.push(...letters.map((l) => l.letter.offset));
    },
    turned: (trouble) => turns.push(trouble?.message ?? null),
    patience: 100,
    every: 60_000,
    ...more,
  });
  opened.push(outbox);
  return { outbox, is, arrived, turns, file };
}

test('the topic has a letter before it is forgotten here', async () => {
  const { outbox, arrived, turns, file } = await toTopic('there');
  await outbox.add('bids', [line(1), line(2)]);
  expect(arrived).toEqual([1n, 2n]);
  await expect.poll(() => readFileSync(file, 'utf8')).toBe('');
  expect([outbox.waiting(), turns]).toEqual([0, []]);
});

test('the topic is away: it is said once, letters wait in a file that only their owner reads, and go when it is back', async () => {
  const { outbox, is, arrived, turns, file } = await toTopic('away', { every: 50 });
  is.now = 'away';
  await outbox.add('bids', [line(1)]);
  await outbox.add('bids', [line(2)]);
  expect([arrived, outbox.waiting(), turns]).toEqual([[], 2, ['away']]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  is.now = 'there';
  await expect.poll(() => arrived).toEqual([1n, 2n]);
  await expect.poll(() => turns).toEqual(['away', null]);
});

test('killed while the topic is away: what waited goes with the next start, also if the last line was torn', async () => {
  const before = await toTopic('killed');
  before.is.now = 'away';
  await before.outbox.add('bids', [line(1), line(2)]);
  appendFileSync(before.file, '{"source":"bi');
  const { arrived } = await toTopic('killed');
  await expect.poll(() => arrived).toEqual([1n, 2n]);
});

test('the topic takes long: nobody waits longer than said, and the next not at all', async () => {
  const { outbox, is, turns } = await toTopic('silent', { patience: 300 });
  is.now = 'silent';
  const took = async (offset: number): Promise<number> => {
    const started = performance.now();
    await outbox.add('bids', [line(offset)]);
    return performance.now() - started;
  };
  const first = await took(1);
  expect(first).toBeGreaterThan(290);
  expect(first).toBeLessThan(2_000);
  expect(await took(2)).toBeLessThan(250);
  expect([outbox.waiting(), turns]).toEqual([2, ['it does not answer']]);
});

test('those that come while others are sent go with them', async () => {
  let release = (): void => {};
  const [first, arrived]: [Promise<void>, bigint[]] = [
    new Promise<void>((done) => {
      release = done;
    }),
    [],
  ];
  const { outbox } = await toTopic('meanwhile', {
    patience: 5_000,
    send: async (letters: readonly Addressed[]) => {
      await first;
      arrived.push(...letters.map((l) => l.letter.offset));
    },
  });
  const both = [outbox.add('bids', [line(1)]), pause(20).then(() => outbox.add('bids', [line(2)]))];
  await pause(60);
  release();
  await Promise.all(both);
  expect(arrived).toEqual([1n, 2n]);
});

test('when too many wait, the oldest make room, which is counted', async () => {
  const { outbox, is, arrived, file } = await toTopic('full', { mostBytes: 3 * line(1).length, every: 50 });
  is.now = 'away';
  await outbox.add('bids', [line(1), line(2)]);
  await outbox.add('bids', [line(3), line(4), line(5)]);
  expect([outbox.waiting(), outbox.dropped(), readFileSync(file, 'utf8').split('\n').length]).toEqual([3, 2, 4]);
  is.now = 'there';
  await expect.poll(() => arrived).toEqual([3n, 4n, 5n]);
});

test('the command refuses a topic that it reads, and one without a broker', async () => {
  const serve = () => lockstep('serve', '--port', '0', '--store', join(folder, 'store'), '--dead-letter-topic', bids.topic as string);
  const before = process.env['KAFKA_BROKERS'];
  try {
    delete process.env['KAFKA_BROKERS'];
    expect(await serve()).toMatchObject({ code: 2, err: 'error: --dead-letter-topic needs a broker\nhint: name it in KAFKA_BROKERS\n' });
    process.env['KAFKA_BROKERS'] = '127.0.0.1:1';
    const err = 'error: --dead-letter-topic is the topic of `bids`\nhint: name one that no source reads\n';
    expect(await serve()).toMatchObject({ code: 2, err });
  } finally {
    if (before === undefined) delete process.env['KAFKA_BROKERS'];
    else process.env['KAFKA_BROKERS'] = before;
  }
});

test('a message is the one that came, with what was wrong with it; of a source with pii it is not', async () => {
  const sent: Addressed[] = [];
  const { outbox } = await toTopic('messages', { send: async (letters) => void sent.push(...letters) });
  await outbox.add('bids', [letterLine(open, letter(1, { schema: 9 }))]);
  await outbox.add('bids', [letterLine(bids, letter(2, { outcome: 'quarantined', reason: { problem: 'no key', column: null } }))]);
  await outbox.add('bids', [letterLine(bids, letter(3, { bytes: { key: Buffer.from('k'), value: null } }))]);
  const place = { 'lockstep.source': 'bids', 'lockstep.topic': 't', 'lockstep.partition': '3' };
  const [plain, masked, empty] = sent as [Addressed, Addressed, Addressed];
  expect(messageFor(plain)).toEqual({
    key: Buffer.from('k'),
    value: Buffer.from('value 1'),
    headers: {
      ...place,
      'lockstep.offset': '1',
      'lockstep.outcome': 'rejected',
      'lockstep.reason': 'A: this is no DATE',
      'lockstep.schema': '9',
    },
  });
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const quarantined = { 'lockstep.offset': '2', 'lockstep.outcome': 'quarantined', 'lockstep.reason': 'no key' };
  expect(messageFor(masked)).toEqual({
    key: null,
    value: null,
    headers: { ...place, ...quarantined, 'lockstep.masked': 'pii', 'lockstep.sha256': sha256('value 2') },
  });
  expect(messageFor(empty).headers).not.toHaveProperty('lockstep.sha256');
  expect(messageFor(plain, 'too large')).toMatchObject({
    key: null,
    value: null,
    headers: { 'lockstep.masked': 'too large', 'lockstep.sha256': sha256('value 1') },
  });
});
