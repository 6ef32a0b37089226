/** What `materialize` fills, against the reference at every instant, and what it fills step by step, against what it fills at once. */
import { beforeAll, describe, expect, test } from 'vitest';
import { boolean, integer, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { compare } from '../../runners/parity/compare.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import {
  atLast,
  busiest,
  first,
  forgottenInSight,
  hour,
  lateRows,
  nextHour,
  second,
  start,
  third,
  until,
} from '../marketplace/arrivals.ts';
import { asked, featureNamed, project, worldOf } from '../marketplace/world.ts';
import {
  at,
  copyOf,
  differences,
  executed,
  instantOf,
  liveByHand,
  marketFolder,
  materialize,
  queried,
  tableOf,
  writeRaw,
} from './market-file.ts';

const everyFeature = project.compiled.features.map((f) => f.feature.name);
/** One of each kind: hours and days, short windows and all of history, several entities and none, versions of tables, late by an hour. */
const some = [
  'stream_chat_activity',
  'stream_viewers_now',
  'user_engagement',
  'platform_totals',
  'seller_cancellation_rate',
  'buyer_seller_bond',
  'stream_flagged_share',
  'stream_first_time_chatters',
];

/** The tables of features up to where the clock stands at `end`. */
async function computed(folder: string, end: bigint, names: readonly string[], ...more: readonly string[]): Promise<void> {
  for (const name of names) {
    const ran = await materialize(folder, name, '--to', at(instantOf(name, end)), ...more);
    expect(ran.code, ran.err).toBe(0);
  }
}

async function computedFrom(
  folder: string,
  begin: bigint,
  end: bigint,
  names: readonly string[],
  ...more: readonly string[]
): Promise<void> {
  for (const name of names) {
    const ran = await materialize(folder, name, '--from', at(instantOf(name, begin)), '--to', at(instantOf(name, end)), ...more);
    expect(ran.code, ran.err).toBe(0);
  }
}

/** All that is there, computed at once. */
async function atOnce(folder: string, end: bigint, names: readonly string[]): Promise<string> {
  const copy = await copyOf(folder);
  await executed(copy, 'DROP SCHEMA features CASCADE');
  await computedFrom(copy, start, end, names, '--chunk', '100000');
  return copy;
}

describe('at every instant of the grid', () => {
  const world = worldOf(5, 120);
  const day = 24n * hour;
  let folder = '';
  const from = (name: string): bigint => instantOf(name, busiest - (everyOf(name) === day ? 3n * day : 6n * hour));
  const to = (name: string): bigint => instantOf(name, busiest + (everyOf(name) === day ? 3n * day : 6n * hour));
  const everyOf = (name: string): bigint => BigInt(featureNamed(name).feature.every ?? day);

  beforeAll(async () => {
    folder = await marketFolder(world.events);
    for (const name of everyFeature) {
      const ran = await materialize(folder, name, '--from', at(from(name)), '--to', at(to(name)), '--chunk', '5');
      expect(ran.code, ran.err).toBe(0);
    }
  });

  test.each(everyFeature)('%s: each row is what the reference says, and no row is missing', async (name) => {
    const compiled = featureNamed(name);
    const { feature } = compiled;
    const keys = feature.entity.length;
    const rows = await tableOf(folder, name);
    const mean = (spine: readonly { readonly entity: readonly Value[]; readonly asOf: bigint }[]) =>
      evaluateFeature(feature, project.authored.catalog, world.events, spine, { knowledge: 'event' });
    const spine = rows.map((row) => ({ entity: row.slice(0, keys), asOf: row[keys] as bigint }));
    expect(
      compare(
        feature.outputs,
        rows.map((row) => row.slice(keys + 1)),
        mean(spine),
      ).differences,
    ).toEqual([]);
    const instants = Array.from(
      { length: Number((to(name) - from(name)) / everyOf(name)) },
      (_, i) => from(name) + BigInt(i) * everyOf(name),
    );
    expect(spine.every(({ asOf }) => instants.includes(asOf))).toBe(true);
    // Nobody's answer is what an entity without a row has.
    const entities = [...new Map(asked(compiled, world, 300).spine.map(({ entity }) => [String(entity), entity])).values()];
    const all = entities.flatMap((entity) => instants.map((asOf) => ({ entity, asOf })));
    const nobody = feature.entity.map(({ type }): Value => (type.kind === 'number' ? -1n : 'nobody'));
    const empty = new Map(mean(instants.map((asOf) => ({ entity: nobody, asOf }))).map((row, i) => [instants[i], String(row)]));
    const there = new Set(spine.map(({ entity, asOf }) => `${String(entity)} ${asOf}`));
    const missing = mean(all).flatMap((row, i) => {
      const { entity, asOf } = all[i] as (typeof all)[number];
      return keys > 0 && String(row) !== empty.get(asOf) && !there.has(`${String(entity)} ${asOf}`)
        ? [`${String(entity)} ${at(asOf)}`]
        : [];
    });
    if (feature.universe !== null) expect(spine).toEqual(await liveByHand(folder, feature.universe, instants));
    else expect(missing).toEqual([]);
    if (keys === 0) expect(spine.map((s) => s.asOf)).toEqual(instants);
    else expect(rows.length).toBeGreaterThan(0);
  });

  test('the name of a feature shows the rows, and whoever made them', async () => {
    const { version } = featureNamed('stream_viewers_now');
    const [row] = await queried(
      folder,
      'SELECT count(*), count(DISTINCT lockstep_version), min(lockstep_version) FROM features.stream_viewers_now',
      integer,
      integer,
      varchar,
    );
    expect(row).toEqual([BigInt((await tableOf(folder, 'stream_viewers_now')).length), 1n, version]);
  });

  test('a chunk is a transaction that the ledger has, before and after', async () => {
    const rows = await queried(
      folder,
      "SELECT complete, whole, explicit, epoch_us(interval_start), epoch_us(interval_end) FROM features.lockstep_runs WHERE feature = 'stream_chat_activity' ORDER BY recorded_at",
      boolean,
      boolean,
      boolean,
      integer,
      integer,
    );
    const [a, b] = [from('stream_chat_activity'), to('stream_chat_activity')];
    const part = (i: bigint): readonly bigint[] => [a + i * 5n * hour, a + (i + 1n) * 5n * hour < b ? a + (i + 1n) * 5n * hour : b];
    expect(rows).toEqual([0n, 1n, 2n].flatMap((i) => [false, true].map((complete) => [complete, i === 0n, false, ...part(i)])));
  });
});

describe('runs one after the other', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await marketFolder(until(first));
    await computedFrom(folder, start, first, some, '--chunk', '7');
    await writeRaw(folder, until(second));
    await computed(folder, second, some, '--chunk', '2');
  });

  test('with events that are late by no more than the lateness they are what one run fills', async () => {
    expect(lateRows(busiest)).toBeGreaterThan(3);
    expect(await differences(folder, await atOnce(folder, second, some), some)).toEqual({});
    expect(await queried(folder, 'SELECT count(*) FROM features.lockstep_late_events', integer)).toEqual([[0n]]);
  });

  test('a run computes what is new or may have changed, and nothing else', async () => {
    const [row] = await queried(
      folder,
      "SELECT epoch_us(min(interval_start)), epoch_us(max(interval_end)) FROM features.lockstep_runs WHERE feature = 'stream_chat_activity' AND run_id = (SELECT max_by(run_id, recorded_at) FROM features.lockstep_runs WHERE feature = 'stream_chat_activity')",
      integer,
      integer,
    );
    // Hourly, ten minutes of lateness: the last instant of the first run is computed once more.
    expect(row).toEqual([instantOf('stream_chat_activity', first) - hour, instantOf('stream_chat_activity', second)]);
  });

  test('once more: the same tables', async () => {
    const before = await copyOf(folder);
    await computed(folder, second, some);
    expect(await differences(folder, before, some)).toEqual({});
    expect(await queried(folder, 'SELECT count(*) FROM features.lockstep_late_events', integer)).toEqual([[0n]]);
  });

  describe('with events that are later', () => {
    let before = '';
    let said = '';

    beforeAll(async () => {
      await writeRaw(folder, atLast());
      before = await copyOf(folder);
      const end = at(instantOf('stream_chat_activity', third));
      said = (await materialize(folder, 'stream_chat_activity', '--to', end, '--chunk', '3')).err;
      await computed(
        folder,
        third,
        some.filter((name) => name !== 'stream_chat_activity'),
        '--chunk',
        '3',
      );
    });

    test('they are counted, and their range of instants is dirty', async () => {
      expect(forgottenInSight.length).toBeGreaterThan(5);
      const [least, greatest] = [forgottenInSight.reduce((a, b) => (a < b ? a : b)), forgottenInSight.reduce((a, b) => (a > b ? a : b))];
      const rows = await queried(
        folder,
        "SELECT source, late_events, epoch_us(first_event), epoch_us(last_event), epoch_us(dirty_start), epoch_us(dirty_end) FROM features.lockstep_late_events WHERE feature = 'stream_chat_activity'",
        varchar,
        integer,
        integer,
        integer,
        integer,
        integer,
      );
      const range = [nextHour(least), nextHour(greatest + hour / 3n)] as const;
      expect(rows).toEqual([['chats', BigInt(forgottenInSight.length), least, greatest, ...range]]);
      expect(
        await queried(folder, "SELECT epoch_us(dirty_start) FROM features.lockstep_dirty WHERE feature = 'stream_chat_activity'", integer),
      ).toEqual([[range[0]]]);
      expect(said).toContain(
        `stream_chat_activity: ${(range[1] - range[0]) / hour} instants changed by events that came too late; --repair computes them again`,
      );
    });

    test('a chunk of the dirty range leaves the rest of it dirty', async () => {
      const copy = await copyOf(folder);
      const dirty = "SELECT epoch_us(dirty_start), epoch_us(dirty_end) FROM features.lockstep_dirty WHERE feature = 'stream_chat_activity'";
      const [[from = 0n, to = 0n] = []] = (await queried(copy, dirty, integer, integer)) as readonly (readonly bigint[])[];
      await computedFrom(copy, from, from + 2n * hour, ['stream_chat_activity'], '--again');
      expect(await queried(copy, dirty, integer, integer)).toEqual([[from + 2n * hour, to]]);
      await computedFrom(copy, to - 2n * hour, to, ['stream_chat_activity'], '--again');
      expect(await queried(copy, dirty, integer, integer)).toEqual([[from + 2n * hour, to]]);
      await computedFrom(copy, from + 2n * hour, to - 2n * hour, ['stream_chat_activity'], '--again');
      expect(await queried(copy, dirty, integer, integer)).toEqual([]);
    });

    test('tables of those features alone differ from what one run fills; a repair makes them equal, and nothing is dirty', async () => {
      const whole = await atOnce(folder, third, some);
      const different = Object.keys(await differences(folder, whole, some));
      expect(different).toContain('stream_chat_activity');
      expect(different.filter((name) => !featureNamed(name).feature.sources.includes('chats'))).toEqual([]);
      await computed(folder, third, some, '--repair', '--chunk', '3');
      expect(await differences(folder, whole, some)).toEqual({});
      expect(await queried(folder, 'SELECT count(*) FROM features.lockstep_dirty', integer)).toEqual([[0n]]);
      // Those that this very run finds as well.
      await computed(before, third, some, '--repair', '--chunk', '3');
      expect(await differences(before, whole, some)).toEqual({});
      expect(await queried(before, 'SELECT count(*) FROM features.lockstep_dirty', integer)).toEqual([[0n]]);
    });

    test('what late events changed while chunks were missing is dirty, or right', async () => {
      const name = 'stream_chat_activity';
      const gaps = await marketFolder(until(second));
      await computedFrom(gaps, start, start + 6n * hour, [name]);
      await computedFrom(gaps, start + 20n * hour, second, [name]);
      await writeRaw(gaps, atLast());
      await computed(gaps, third, [name], '--chunk', '5');
      await computed(gaps, third, [name], '--repair');
      expect(await differences(gaps, await atOnce(gaps, third, [name]), [name])).toEqual({});
    });
  });
});

test('chunks in any order are what one run fills, and instants that are there are skipped', async () => {
  const names = ['stream_chat_activity', 'seller_gmv', 'stream_flagged_share'];
  const folder = await marketFolder(until(second));
  const parts = [3n, 0n, 4n, 1n];
  const from = (i: bigint): bigint => start + i * 7n * hour;
  for (const i of parts) await computedFrom(folder, from(i), from(i + 1n), names);
  const { out } = await materialize(folder, ...names, '--from', at(from(0n)), '--to', at(from(5n)), '--plan', '--format', 'json');
  const planned = JSON.parse(out).features as readonly { readonly feature: string; readonly skipped: number; readonly instants: number }[];
  // Of the 35 hours seven are missing; the last one that is there is computed again.
  expect(planned.find((p) => p.feature === 'stream_chat_activity')).toMatchObject({ skipped: 27, instants: 8 });
  await computedFrom(folder, from(0n), from(5n), names);
  const whole = await marketFolder(until(second));
  await computedFrom(whole, from(0n), from(5n), names, '--chunk', '1000');
  expect(await differences(folder, whole, names)).toEqual({});
});
