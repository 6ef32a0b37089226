/** What no lambda looks back to any more is deleted, and what was deleted is not answered from. Instants are counted by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { Stream } from '../../compiler/catalog.ts';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { formatTimestamp } from '../../runners/data/format-value.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { openJournal } from '../../runners/stream/registry/journal.ts';
import { openRegistry, type Registry } from '../../runners/stream/registry/registry.ts';
import { forgetOld } from '../../runners/stream/serve/retention.ts';
import { beginning } from '../../runners/stream/store/beginning.ts';
import { fill } from '../../runners/stream/store/fill.ts';
import { completeSince, forever, type History } from '../../runners/stream/store/history.ts';
import { type KeptStore, openKept } from '../../runners/stream/store/kept.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { chat } from './lambdas.ts';
import { serving } from './serving.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-retention-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const minute = 60_000_000n;
const hour = 60n * minute;
const stream = (name: string): Stream => catalog.sources.find((s) => s.name === name) as Stream;
const [chats, bids] = [stream('chats'), stream('bids')];
const sellers = catalog.sources.find((s) => s.name === 'sellers');
/** 2026-03-01T12:00:00 */
const now = 1_772_366_400_000_000n;
const parity = 48n * hour;

describe('by call', () => {
  let files = 0;
  const registryOf = (...names: readonly string[]): Registry => {
    files += 1;
    const registry = openRegistry(
      openJournal(join(folder, `registry-${files}.ndjson`)),
      () => 'now',
      () => {},
    );
    for (const name of names) {
      const { artifact, sql } = compiledLambda(featureNamed(name), catalog);
      registry.deploy({ workspace: 'features', name, definition: { kind: 'feature', artifact, sql }, description: null, by: 'test' });
    }
    return registry;
  };
  const chatAt = (id: string, at: bigint, ingested = at): readonly Value[] => [id, 's', 1n, 'x', at, ingested];
  const opened = async (rows: readonly (readonly Value[])[]): Promise<KeptStore> => {
    const store = await openKept(join(folder, `store-${files}-${rows.length}.duckdb`), catalog.sources);
    await fill(store, { source: chats, pieces: [rows], since: beginning, until: forever }, now, () => {});
    return store;
  };
  const left = async (store: KeptStore, table = 'CHATS'): Promise<readonly unknown[]> => {
    const reader = await store.reader();
    const rows = await reader.query(`SELECT chat_id, sent_at FROM ${table} ORDER BY 2, 1`, [
      { name: 'chat_id', type: varchar },
      { name: 'sent_at', type: timestamp },
    ]);
    reader.close();
    return rows.map(([id]) => id);
  };
  const since = (store: KeptStore, of = chats) => completeSince(of, store.state().sources.get(of.name)?.history as History);

  test('lookback, lateness and the horizon of parity: to the microsecond, copies too', async () => {
    // Half an hour, the longest of the two; chats may be ten minutes late; two days.
    const kept = now - 30n * minute - 10n * minute - 48n * hour;
    const registry = registryOf('stream_chat_activity', 'stream_chat_lull');
    const store = await opened([
      chatAt('old', kept - hour),
      chatAt('a tick before', kept - 1n),
      chatAt('a tick before', kept - 1n, kept + 5n),
      chatAt('just', kept),
      chatAt('just', kept, kept + 5n),
      chatAt('new', now),
    ]);
    expect(await left(store, 'COPIES_OF_CHATS')).toEqual(['a tick before', 'just']);
    await forgetOld(store, catalog.sources, registry, now, parity);
    expect(await left(store)).toEqual(['just', 'new']);
    expect(await left(store, 'COPIES_OF_CHATS')).toEqual(['just']);
    expect(since(store)).toBe(kept);
    // Nobody reads bids there.
    expect(store.state().sources.get('bids')?.history.forgotten ?? null).toBeNull();
    expect(sellers && (store.state().sources.get('sellers')?.history.forgotten ?? null)).toBeNull();
    await store.close();
  });

  test('what is kept for longer later does not come back', async () => {
    const store = await opened([chatAt('gone', now - 3n * hour), chatAt('there', now - hour)]);
    await forgetOld(store, [chats], registryOf('stream_chat_lull'), now, hour);
    const forgotten = now - hour - 40n * minute;
    expect([await left(store), since(store)]).toEqual([['there'], forgotten]);
    await forgetOld(store, [chats], registryOf('stream_chat_lull'), now, parity);
    expect(since(store)).toBe(forgotten);
    await store.close();
  });

  test('a lambda that looks back without end, or none at all: everything stays', async () => {
    const store = await opened([chatAt('first', beginning), chatAt('old', now - 1_000n * hour)]);
    await forgetOld(store, [chats], registryOf('stream_chat_activity', 'user_engagement'), now, 0n);
    await forgetOld(store, [chats, bids], registryOf('seller_country_rank'), now, 0n);
    expect(await left(store)).toEqual(['first', 'old']);
    expect([since(store), store.state().sources.get('chats')?.history.forgotten]).toEqual([beginning, null]);
    await store.close();
  });
});

test('on its timer, while it serves: what was deleted is refused to the microsecond, what stayed is answered', async () => {
  const feature = 'stream_chat_activity';
  const server = await serving(catalog, {
    lambdas: [compiledLambda(featureNamed(feature), catalog)],
    parityHorizon: 0n,
    forgetEvery: 1_500,
    failed: (error) => expect(error).toBeUndefined(),
  });
  const micros = (): bigint => BigInt(Date.now()) * 1000n;
  const ago = (minutes: bigint): string => formatTimestamp(micros() - minutes * minute);
  const rows = [chat('gone', 's1', 1, 'x', ago(31n)), chat('stays', 's1', 2, 'x', ago(29n))];
  const messages = rows.map((row) => JSON.parse(onTheWire('chats', row).value));
  expect(await server.send('POST', '/events/chats', messages)).toMatchObject({ status: 200 });
  await server.send('PUT', '/sources/chats/complete-since', { since: 'beginning' });
  const completes = async (): Promise<string> =>
    (await server.send('GET', '/sources')).body.sources.find((s: { readonly source: string }) => s.source === 'chats').complete_since;
  const before = micros();
  await expect.poll(completes, { timeout: 20_000 }).not.toBe(formatTimestamp(beginning));
  const complete = instantOf(await completes());
  // Twenty minutes of lookback, and ten of lateness.
  expect(complete >= before - 30n * minute && complete <= micros() - 30n * minute).toBe(true);
  const ask = async (asOf: bigint) => {
    const { status, body } = await server.send('POST', '/features/query', {
      features: [feature],
      entities: [{ stream_id: 's1' }],
      as_of: formatTimestamp(asOf),
    });
    return status === 200 ? body.results[0].values[feature].chats_20m : body.type;
  };
  // The next deletion may come between the questions; then they are asked of the next.
  for (let n = 0; ; n++) {
    const from = instantOf(await completes());
    const answers = [await ask(from + 20n * minute - 1n), await ask(from + 20n * minute)];
    if (instantOf(await completes()) === from) {
      expect(answers).toEqual(['HISTORY_INCOMPLETE', '1']);
      break;
    }
    expect(n).toBeLessThan(10);
    await pause(100);
  }
  const kept = (await (await fetch(`${server.url}/events/chats`)).text()).trim().split('\n');
  expect(kept.map((line) => JSON.parse(line).chat_id)).toEqual(['stays']);
  await server.stop();
});

/** YYYY-MM-DDTHH:MM:SS.ffffff */
function instantOf(text: string): bigint {
  return BigInt(Date.parse(`${text.slice(0, 19)}Z`)) * 1000n + BigInt(text.slice(20));
}
