/** The generator: the seed decides everything, and what makes parity hard is in it. */
import { describe, expect, test } from 'vitest';
import { generateMarketplace } from '../../examples/marketplace/generate.ts';
import { askedInstants, instant, iso, minute } from '../../examples/marketplace/moments.ts';
import type { Row } from '../../examples/marketplace/rows.ts';
import { spineEntities, spineOf } from '../../examples/marketplace/spine.ts';
import { project } from './world.ts';

const rows = generateMarketplace(1, 200);
const of = (source: string): readonly Row[] => rows.get(source) ?? [];
const time = (row: Row, column: string): bigint | null => (typeof row[column] === 'string' ? instant(row[column]) : null);

test('the seed alone decides', () => {
  expect(generateMarketplace(1, 200)).toEqual(rows);
  expect(generateMarketplace(2, 200)).not.toEqual(rows);
});

test('it fills every declared source with exactly the declared columns', () => {
  for (const { name, columns } of project.authored.catalog.sources) {
    expect(of(name).length, name).toBeGreaterThan(0);
    for (const row of of(name)) expect(Object.keys(row).sort(), name).toEqual(columns.map((c) => c.name.toLowerCase()).sort());
  }
  expect([...rows.keys()].sort()).toEqual(project.authored.catalog.sources.map((s) => s.name).sort());
});

test('it has a spine for the entity of every feature', () => {
  const known = spineEntities.map((names) => names.join());
  expect(
    project.compiled.features
      .map((f) => f.feature.entity.map((e) => e.name.toLowerCase()).join())
      .filter((names) => !known.includes(names)),
  ).toEqual([]);
});

describe('events as they are', () => {
  const chats = of('chats');
  const copies = new Map<string, Row[]>();
  for (const chat of chats)
    copies.set(`${String(chat['chat_id'])} ${String(chat['sent_at'])}`, [
      ...(copies.get(`${String(chat['chat_id'])} ${String(chat['sent_at'])}`) ?? []),
      chat,
    ]);
  const several = [...copies.values()].filter((found) => found.length > 1);
  const lag = (row: Row): bigint => (time(row, 'ingested_at') ?? 0n) - (time(row, 'sent_at') ?? 0n);
  const dated = chats.filter((row) => row['sent_at'] !== null && row['ingested_at'] !== null);

  test('copies, exact and not', () => {
    expect(several.filter(([a, b]) => JSON.stringify(a) === JSON.stringify(b)).length).toBeGreaterThan(0);
    expect(several.filter(([a, b]) => a?.['user_id'] !== b?.['user_id']).length).toBeGreaterThan(0);
  });

  test('late, and dated ahead by just what is allowed and by too much', () => {
    const streams = ['chats', 'views', 'orders'].flatMap((source) =>
      of(source).map((row) => ({
        at: time(row, { chats: 'sent_at', views: 'watched_at' }[source] ?? 'ordered_at'),
        got: time(row, 'ingested_at'),
      })),
    );
    const ahead = streams.flatMap(({ at, got }) => (at === null || got === null ? [] : [at - got]));
    expect(dated.filter((row) => lag(row) > 10n * minute).length).toBeGreaterThan(0);
    expect(ahead).toContain(5n * minute);
    expect(ahead.some((by) => by > 5n * minute)).toBe(true);
  });

  test('no key, no time, no arrival', () => {
    const all = ['chats', 'views', 'orders', 'bids'].flatMap(of);
    for (const column of ['chat_id', 'sent_at', 'ingested_at', 'bid_id', 'order_id'])
      expect(
        all.some((row) => row[column] === null),
        column,
      ).toBe(true);
  });

  test('on the edges of windows, a microsecond beside them, and tied', () => {
    const times = new Set(dated.map((row) => time(row, 'sent_at') as bigint));
    const edges = askedInstants.flatMap((at) => [at, at - 20n * minute, at - 60n * minute]);
    expect(edges.some((at) => times.has(at))).toBe(true);
    expect(edges.some((at) => times.has(at - 1n) || times.has(at + 1n))).toBe(true);
    expect(times.size).toBeLessThan(copies.size);
  });
});

test('tables: tombstones, changed prices, versions of one instant', () => {
  for (const [source, key] of [
    ['listings', 'listing_id'],
    ['sellers', 'seller_id'],
    ['streams', 'stream_id'],
  ] as const) {
    const versions = of(source);
    const places = new Map(versions.map((row) => [row['lsn'], `${String(row[key])} ${String(row['updated_at'])}`]));
    expect(
      versions.some((row) => row['is_deleted'] === true),
      source,
    ).toBe(true);
    expect(new Set(places.values()).size, source).toBeLessThan(places.size);
  }
  const prices = new Map<unknown, Set<unknown>>();
  for (const row of of('listings')) prices.set(row['listing_id'], (prices.get(row['listing_id']) ?? new Set()).add(row['price']));
  expect([...prices.values()].some((found) => found.size > 2)).toBe(true);
});

test('a spine asks for entities without events, at every instant', () => {
  const spine = spineOf(rows, ['stream_id'], 5);
  expect(spine).toContainEqual({ stream_id: 's-nobody', as_of: iso(askedInstants[0] as bigint) });
  expect(new Set(spine.map((row) => row['as_of'])).size).toBe(askedInstants.length);
});
