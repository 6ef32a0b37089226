/** A log of answers about persons, masked: nobody reads them from it, and parity says what it says of the open one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { varchar } from '../../compiler/sql-type.ts';
import type { Row } from '../../examples/marketplace/rows.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { maskOf } from '../../runners/data/masked.ts';
import { unmaskedAnswers } from '../../runners/parity/unmask.ts';
import { maskable } from '../../runners/personal.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';
import { type Serving, serving } from './serving.ts';
import { marketplaceUntilNow } from './shifted.ts';

const name = 'bidder_outbid';
const compiled = featureNamed(name);
const rows = marketplaceUntilNow(27, 400, 'bids', 60_000_000n);
const bids = rows.get('bids') ?? [];
const bidders = [...new Set(bids.flatMap((row) => (row['bidder_id'] === null ? [] : [row['bidder_id'] as number])))];
const folder = mkdtempSync(join(tmpdir(), 'lockstep-masked-'));
for (const { name: source } of catalog.sources)
  writeFileSync(join(folder, `${source}.ndjson`), (rows.get(source) ?? []).map((row) => `${JSON.stringify(row)}\n`).join(''));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  delete process.env['LOCKSTEP_MASK_KEY'];
});

const key = 'of this test, and long enough';
const mask = maskOf({ LOCKSTEP_MASK_KEY: key });
if (mask === undefined) throw new Error('there is a key');

/** Who was asked for: all bidders, and one who never bid. */
async function asked(has: (bid: Row) => boolean, masked: boolean): Promise<Serving> {
  const columns = maskable([compiled.feature], catalog);
  const server = await serving(catalog, {
    lambdas: [compiledLambda(compiled, catalog)],
    servedLog: {
      share: 1,
      secret: 'test',
      without: new Set(),
      masked: masked ? { mask: mask as never, columns } : null,
      mostBytes: 64_000_000,
      mostFiles: 4,
    },
  });
  await server.send(
    'POST',
    '/events/bids',
    bids.filter(has).map((row) => JSON.parse(onTheWire('bids', row).value)),
  );
  await server.send('PUT', '/sources/bids/complete-since', { since: 'beginning' });
  const entities = [...bidders, 987_654_321].map((bidder_id) => ({ bidder_id }));
  expect((await server.send('POST', '/features/query', { features: [name], entities })).status).toBe(200);
  return server;
}

const parity = (server: Serving) =>
  lockstep(
    ...['parity', '--mode', 'served', '--served-log', join(server.folder, 'served'), '--batch', folder, '--realtime', server.url],
    ...['--feature', name, '--format', 'json'],
  );

async function judged(has: (bid: Row) => boolean, masked: boolean) {
  const server = await asked(has, masked);
  if (masked) process.env['LOCKSTEP_MASK_KEY'] = key;
  const { code, out, err } = await parity(server);
  await server.stop();
  expect(err).toBe('');
  const [{ verdict, mismatches, unexplained, causes, population }] = JSON.parse(out).features;
  return { code, verdict, mismatches, unexplained, causes, population };
}

describe('a masked log', () => {
  test.each([
    ['everything had come', () => true],
    ['a third never came', (bid: Row) => !String(bid['bid_id']).endsWith('4')],
  ] as const)('%s: the verdict, its numbers and its causes are those of the open log', async (_, has) => {
    const open = await judged(has, false);
    expect(open.population).toContain(`${bidders.length + 1} answers`);
    expect(await judged(has, true)).toEqual(open);
  });

  test('without its key, and with another: said, and nothing compared', async () => {
    const server = await asked(() => true, true);
    const written = (): readonly string[] =>
      readdirSync(join(server.folder, 'served')).flatMap((file) =>
        readFileSync(join(server.folder, 'served', file), 'utf8')
          .trim()
          .split('\n'),
      );
    // They are written beside the answers.
    await vi.waitFor(() => expect(written().length).toBe(bidders.length + 1), 5_000);
    for (const line of written()) expect(JSON.parse(line)['bidder_id']).toMatch(/^masked:[0-9a-f]{24}$/);
    expect(await parity(server)).toMatchObject({
      code: 2,
      err: expect.stringContaining('LOCKSTEP_MASK_KEY, the key that it was masked with, is not set'),
    });
    process.env['LOCKSTEP_MASK_KEY'] = 'another one, long enough';
    expect(await parity(server)).toMatchObject({ code: 2, err: expect.stringContaining('masked with another key') });
    process.env['LOCKSTEP_MASK_KEY'] = 'short';
    expect(await parity(server)).toMatchObject({ code: 2, err: expect.stringContaining('shorter than 16 characters') });
    await server.stop();
  });
});

describe('masked texts', () => {
  const token = (text: string): string => mask.of(text, varchar) ?? '';
  test('are read where a side has them, and stay where none has', async () => {
    const never = async (): Promise<never> => {
      throw new Error('asked without need');
    };
    const batch = async () => [
      ['ann', 1n],
      ['bob', 2n],
      [null, 3n],
    ];
    const replay = async () => [
      ['x', 1n],
      ['cid', 2n],
      ['x', 3n],
    ];
    const answers = [
      [token('ann'), 1n],
      [token('cid'), 2n],
      [token('dee'), 3n],
    ];
    expect(await unmaskedAnswers(answers, [varchar, varchar], mask, [batch, replay])).toEqual([
      ['ann', 1n],
      ['cid', 2n],
      [token('dee'), 3n],
    ]);
    expect(await unmaskedAnswers(answers.slice(0, 1), [varchar, varchar], mask, [batch, never])).toEqual([['ann', 1n]]);
    expect(await unmaskedAnswers([['plain', null]], [varchar, varchar], mask, [never])).toEqual([['plain', null]]);
  });
});
