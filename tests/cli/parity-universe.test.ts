/** Tables of features with a universe against the lambdas: what is not declared is left out, and what is, and only that, must be there. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { copyOf, executed, materialize } from '../batch/market-file.ts';
import { compiledIn, countOf, expectedRows, names, rowsHeld, type ShopFeature, type Shops, shopsFolder } from '../batch/shops.ts';
import { lockstep, put } from '../support/cli.ts';

interface Found {
  readonly feature: string;
  readonly verdict: string;
  readonly population: string;
  readonly samples: number;
  readonly mismatches: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly causes: Readonly<Record<string, number>>;
  readonly differences: readonly { readonly asOf: string; readonly outcome: string; readonly cause: string; readonly proof: string }[];
}

const [from, to] = ['2026-01-01 00:00:00', '2026-01-01 20:00:00'];
const instants = 40;
const start = BigInt(Date.parse('2026-01-01T00:00:00Z')) * 1000n;
let shops: Shops;

const relation = (name: ShopFeature): string => `features."${name}__${compiledIn(shops, name).version}"`;

async function compared(folder: string, name: string, ...more: readonly string[]): Promise<Found & { readonly code: number }> {
  const argv = ['parity', '--project', folder, '--batch', 'local', '--format', 'json', '--feature', name, ...more];
  const { code, out, err } = await lockstep(...argv);
  const [found] = (JSON.parse(out) as { readonly features: readonly Found[] }).features;
  if (found === undefined) throw new Error(err);
  return { code, ...found };
}

const outside = (population: string): number =>
  Number(/, without (\d+) points? of entities that are not in \w+ there$/.exec(population)?.[1] ?? 0);

const inFlight = (population: string): number => Number(/, without (\d+) points? that events changed/.exec(population)?.[1] ?? 0);

beforeAll(async () => {
  shops = await shopsFolder();
  const ran = await materialize(shops.folder, ...names, '--from', from, '--to', to);
  expect(ran.code, ran.err).toBe(0);
});

test.each(names)('%s: the table agrees; each known entity is compared where it is declared, and left out elsewhere', async (name) => {
  const { code, verdict, mismatches, samples, population } = await compared(shops.folder, name);
  expect([code, verdict, mismatches]).toEqual([0, 'PROVEN', 0]);
  expect(samples).toBe((await expectedRows(shops, name, from, to)).length);
  // Every instant of each entity that anybody knows is compared, outside, or changed by a copy that came after the run.
  expect((samples + outside(population) + inFlight(population)) % instants).toBe(0);
  expect(outside(population)).toBeGreaterThan(0);
});

test('a row that is gone is missing, also of an entity that the query has no row of', async () => {
  const folder = await copyOf(shops.folder);
  const held = relation('recent_of_shops');
  await executed(
    folder,
    `DELETE FROM ${held} WHERE (shop_id, as_of) = (SELECT (shop_id, as_of) FROM ${held} WHERE n = 0 ORDER BY ALL LIMIT 1)`,
  );
  const { code, verdict, outcomes, causes, differences } = await compared(folder, 'recent_of_shops');
  expect([code, verdict, causes]).toEqual([1, 'VIOLATED', { lost: 1 }]);
  expect(outcomes['missing_batch']).toBe(2);
  expect(differences[0]?.proof).toMatch(/computed this instant, and features\.recent_of_shops has rows of it, but not this one$/);
});

test('a row of nothing but NULL is missing like any other', async () => {
  const folder = await copyOf(shops.folder);
  const held = relation('most_of_visits');
  await executed(
    folder,
    `DELETE FROM ${held} WHERE (shop_id, as_of) = (SELECT (shop_id, as_of) FROM ${held} WHERE most IS NULL ORDER BY ALL LIMIT 1)`,
  );
  const { code, verdict, causes } = await compared(folder, 'most_of_visits');
  expect([code, verdict, causes]).toEqual([1, 'VIOLATED', { lost: 1 }]);
});

test('a table of somebody else is judged by what the query returns', async () => {
  const folder = await copyOf(shops.folder);
  const written = (rows: string, file: string): string => `COPY (${rows}) TO '${join(folder, file)}' (FORMAT parquet)`;
  await put(folder, { 'events/README': '' });
  await executed(
    folder,
    written('SELECT * REPLACE (CAST(user_id AS DECIMAL(38, 0)) AS user_id) FROM landed.visits', 'events/visits.parquet'),
    written(`SELECT shop_id, as_of, n FROM ${relation('recent_visits')}`, 'theirs.parquet'),
  );
  const given = ['--events', join(folder, 'events'), '--batch-table', join(folder, 'theirs.parquet')];
  const { code, out, err } = await lockstep('parity', '--project', folder, ...given, '--feature', 'recent_visits', '--format', 'json');
  expect(code, err).toBe(0);
  const [found] = (JSON.parse(out) as { readonly features: readonly Found[] }).features;
  expect([found?.verdict, found?.mismatches]).toEqual(['PROVEN', 0]);
});

test('an entity of which all rows are gone is missing at each of its instants', async () => {
  const folder = await copyOf(shops.folder);
  const held = relation('recent_of_visits');
  // Nobody clicks there, so nothing but the universe tells of it.
  await executed(
    folder,
    "DELETE FROM landed.clicks WHERE shop_id = 'shop3'",
    `UPDATE ${held} SET n = 0, most = NULL WHERE shop_id = 'shop3'`,
  );
  expect((await compared(folder, 'recent_of_visits')).verdict).toBe('PROVEN');
  const rows = await countOf({ ...shops, folder }, `SELECT count(*) FROM ${held} WHERE shop_id = 'shop3'`);
  await executed(folder, `DELETE FROM ${held} WHERE shop_id = 'shop3'`);
  const { verdict, causes } = await compared(folder, 'recent_of_visits');
  expect([verdict, causes]).toEqual(['VIOLATED', { lost: Number(rows) }]);
});

test.each([
  ['recent_of_shops', 'evidence_incomplete'],
  ['recent_of_visits', 'unknown'],
] as const)('%s: a row of an entity that is not in the universe is found, though it says what the lambda says', async (name, cause) => {
  const folder = await copyOf(shops.folder);
  const held = relation(name);
  await executed(
    folder,
    `INSERT INTO ${held} SELECT * REPLACE ('stranger' AS shop_id, 0 AS n, NULL AS most) FROM ${held} ORDER BY as_of DESC LIMIT 1`,
  );
  const { code, verdict, mismatches, outcomes, causes, differences } = await compared(folder, name);
  expect([code, verdict, mismatches, causes]).toEqual([1, 'VIOLATED', 1, { [cause]: 1 }]);
  expect(outcomes['missing_stream']).toBe(2);
  expect(differences[0]?.proof).toContain(`features.${name} has a row of an entity that is not in ${name.slice(10)} at this instant`);
});

test('a shop that was closed is not in the table, and a row that stayed is found', async () => {
  const folder = await copyOf(shops.folder);
  const held = relation('recent_of_shops');
  const gap = `SELECT a.shop_id, a.as_of + INTERVAL 30 MINUTE AS as_of, a.n, a.most, a.lockstep_version FROM ${held} AS a ANTI JOIN ${held} AS b ON b.shop_id = a.shop_id AND b.as_of = a.as_of + INTERVAL 30 MINUTE WHERE a.as_of < TIMESTAMP '${to}' - INTERVAL 30 MINUTE ORDER BY ALL LIMIT 1`;
  await executed(folder, `INSERT INTO ${held} ${gap}`);
  const { verdict, outcomes, causes } = await compared(folder, 'recent_of_shops');
  expect([verdict, causes, outcomes['missing_stream']]).toEqual(['VIOLATED', { evidence_incomplete: 1 }, 2]);
});

test.each(['recent_of_visits', 'most_of_visits'] as const)(
  '%s: an entity whose first event came too late is stale until a repair',
  async (name) => {
    const own = { ...shops, folder: await copyOf(shops.folder) };
    await executed(
      own.folder,
      "INSERT INTO landed.visits VALUES ('late', 'shop_late', 1, TIMESTAMP '2026-01-01 04:12:00', TIMESTAMP '2026-01-01 21:00:00')",
    );
    const filled = async (...more: readonly string[]) => materialize(own.folder, name, '--to', '2026-01-01 22:00:00', ...more);
    expect((await filled()).code).toBe(0);
    const stale = await compared(own.folder, name);
    // From 04:30 to before 18:30, where the run began.
    expect([stale.code, stale.verdict, stale.causes]).toEqual([1, 'VIOLATED', { stale_table: 28 }]);
    expect((await filled('--repair')).code).toBe(0);
    expect(await compared(own.folder, name)).toMatchObject({ code: 0, verdict: 'PROVEN' });
    expect(await rowsHeld(own, name)).toEqual(await expectedRows(own, name, from, '2026-01-01 22:00:00'));
  },
);

test('who came minutes after the run is left out, and nobody else', async () => {
  const folder = await copyOf(shops.folder);
  const before = await compared(folder, 'recent_of_visits');
  const last = await countOf(shops, "SELECT epoch_us(max(came_at)) FROM landed.visits WHERE shop_id <> 'copied'");
  const dated = last - 300_000_000n;
  await executed(
    folder,
    `INSERT INTO landed.visits VALUES ('soon', 'shop_soon', 1, make_timestamp(${dated}), make_timestamp(${last + 60_000_000n}))`,
  );
  const { code, verdict, population, samples } = await compared(folder, 'recent_of_visits');
  expect([code, verdict, samples]).toEqual([0, 'PROVEN', before.samples]);
  const after = Array.from({ length: instants }, (_, i) => start + BigInt(i) * 1_800_000_000n).filter((t) => t > dated).length;
  expect(after).toBeGreaterThan(3);
  expect(inFlight(population)).toBe(inFlight(before.population) + after);
});

// The query reads nothing of the universe, and an hour of it: who is in it is told by all that came before.
test.each(['recent_of_visits', 'recent_visits'] as const)('%s: of an interval the rows that are due are all there', async (name) => {
  const part = await compared(shops.folder, name, '--interval', '2026-01-01T10:00:00/2026-01-01T11:00:00');
  expect([part.verdict, part.mismatches, part.samples]).toEqual([
    'PROVEN',
    0,
    (await expectedRows(shops, name, '2026-01-01 10:00:00', '2026-01-01 11:00:00')).length,
  ]);
});

test('of points that are named those outside the universe are left out, too', async () => {
  const named = ['shop3', 'nobody'].flatMap((shop_id) =>
    ['05:00:00', '18:00:00'].map((at) => JSON.stringify({ shop_id, as_of: `2026-01-01T${at}` })),
  );
  await put(shops.folder, { 'asked.ndjson': named.join('\n') });
  const found = await compared(shops.folder, 'recent_of_visits', '--spine', join(shops.folder, 'asked.ndjson'));
  expect(found.population).toBe(
    'census of 2 (entity, as_of) points of the spine, without 2 points of entities that are not in visits there',
  );
  expect(found.mismatches).toBe(0);
});
