/** Tables of features with a universe: exactly its entities at each instant, with what the reference answers for them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { copyOf, executed, materialize } from './market-file.ts';
import { compiledIn, countOf, expectedRows, names, rowsHeld, type Shops, shopsFolder } from './shops.ts';

const [from, to] = ['2026-01-01 00:00:00', '2026-01-01 20:00:00'];

async function filled({ folder }: Shops, name: string, ...more: readonly string[]): Promise<string> {
  const ran = await materialize(folder, name, ...more);
  expect(ran.code, ran.err).toBe(0);
  return ran.err;
}

describe('at every instant', () => {
  let shops: Shops;
  beforeAll(async () => {
    shops = await shopsFolder();
    for (const name of names) await filled(shops, name, '--from', from, '--to', to, '--chunk', '7');
  });

  test.each(names)('%s: the entities of the universe and no other, with what the reference says', async (name) => {
    const expected = await expectedRows(shops, name, from, to);
    expect(expected.length).toBeGreaterThan(100);
    expect(await rowsHeld(shops, name)).toEqual(expected);
  });

  test('entities come, go and come back; some have no row in the query, and some rows no entity', async () => {
    const { version } = compiledIn(shops, 'recent_of_shops');
    const held = `features."recent_of_shops__${version}"`;
    const gaps = `SELECT shop_id FROM (SELECT shop_id, as_of - lag(as_of) OVER (PARTITION BY shop_id ORDER BY as_of) AS step FROM ${held}) WHERE step > INTERVAL 30 MINUTE`;
    expect(await countOf(shops, `SELECT count(*) FROM (${gaps})`)).toBeGreaterThan(5n);
    expect(await countOf(shops, `SELECT count(*) FROM ${held} WHERE n = 0`)).toBeGreaterThan(5n);
    const clicked = `SELECT DISTINCT shop_id, as_of FROM landed.clicks, (SELECT DISTINCT as_of FROM ${held}) WHERE clicked_at < as_of AND clicked_at >= as_of - INTERVAL 1 HOUR`;
    expect(await countOf(shops, `SELECT count(*) FROM (${clicked}) ANTI JOIN ${held} USING (shop_id, as_of)`)).toBeGreaterThan(5n);
  });
});

// A stream that the query does not read, and one of which it reads an hour.
describe.each(['recent_of_visits', 'recent_visits'] as const)('%s: an entity whose first event comes too late', (name) => {
  const late =
    "INSERT INTO landed.visits VALUES ('late', 'shop_late', 1, TIMESTAMP '2026-01-01 04:12:00', TIMESTAMP '2026-01-01 15:00:00')";
  let shops: Shops;
  beforeAll(async () => {
    shops = await shopsFolder();
    await executed(shops.folder, "DELETE FROM landed.visits WHERE came_at >= TIMESTAMP '2026-01-01 14:00:00'");
    await filled(shops, name, '--from', from, '--to', '2026-01-01 14:00:00', '--chunk', '5');
    await executed(shops.folder, late);
  });

  test('is missing at the instants before, which are dirty from the event on, until a repair', async () => {
    const said = await filled(shops, name, '--to', to);
    const whole = await expectedRows(shops, name, from, to);
    const before = await rowsHeld(shops, name);
    const key = (row: readonly unknown[]): string => String(row.slice(0, 2));
    const held = new Set(before.map(key));
    // From 04:30 to before 12:30, from which on the run computed what may have changed within an hour.
    expect(whole.filter((row) => !held.has(key(row))).map((row) => row[0])).toEqual(Array.from({ length: 16 }, () => 'shop_late'));
    expect(said).toContain(`${name}: 16 instants changed by events that came too late; --repair computes them again`);
    await filled(shops, name, '--to', to, '--repair');
    expect(await rowsHeld(shops, name)).toEqual(whole);
    expect(await countOf(shops, 'SELECT count(*) FROM features.lockstep_dirty')).toBe(0n);
  });

  test('one that is late by no more than the universe may be is there after the next run', async () => {
    const own = { ...shops, folder: await copyOf(shops.folder) };
    await filled(own, name, '--to', to, '--repair');
    await executed(
      own.folder,
      "INSERT INTO landed.visits VALUES ('soon', 'shop_soon', 1, TIMESTAMP '2026-01-01 18:40:00', TIMESTAMP '2026-01-01 19:35:00')",
    );
    await filled(own, name, '--to', '2026-01-01 21:00:00');
    const rows = await rowsHeld(own, name);
    expect(rows).toEqual(await expectedRows(own, name, from, '2026-01-01 21:00:00'));
    expect(rows.filter((row) => row[0] === 'shop_soon').length).toBe(4);
  });
});
