/**
 * What dbt builds run by run, against what it builds at once: with events that come late, later than that, and after a repair.
 * What the warehouse has at an instant is what had arrived by then.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { integer, type SqlType, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
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
import { catalog, project } from '../marketplace/world.ts';
import { dbt, scratchFolder, vars } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

describe.skipIf(missingParts.includes('dbt'))('runs one after the other', () => {
  const scratch = scratchFolder();
  const folder = scratch.write(project.compiled.files, 'dbt/duckdb/', 'marketplace');
  const run = (end: bigint, ...more: readonly string[]): Promise<string> =>
    dbt(folder, 'duckdb', 'run', ...vars({ lockstep_start: start, lockstep_end: end }), ...more);

  /** By feature, how many rows are on one side alone. */
  async function differences(end: bigint): Promise<Readonly<Record<string, bigint>>> {
    await dbt(folder, 'again', 'run', '--full-refresh', ...vars({ lockstep_start: start, lockstep_end: end }));
    const connection = await openDuckdb({ file: scratch.database() });
    await connection.execute(`ATTACH '${scratch.database('again')}' AS again (READ_ONLY)`);
    const found: Record<string, bigint> = {};
    for (const { feature } of project.compiled.features) {
      // Sums of FLOAT depend on the order of additions.
      const rounded = feature.outputs.filter((o) => o.exactness === 'tolerance').map((o) => `round(${o.name}, 9) AS ${o.name}`);
      const items = rounded.length === 0 ? '*' : `* REPLACE (${rounded.join(', ')})`;
      const [own, other] = ['', 'again.'].map((at) => `(SELECT ${items} FROM ${at}features.${feature.name})`);
      const [row] = await connection.query(
        `SELECT count(*) FROM ((FROM ${own} EXCEPT ALL FROM ${other}) UNION ALL (FROM ${other} EXCEPT ALL FROM ${own}))`,
        [{ name: 'N', type: integer }],
      );
      if (row?.[0] !== 0n) found[feature.name] = row?.[0] as bigint;
    }
    connection.close();
    return found;
  }

  async function queried(sql: string, ...types: readonly SqlType[]): Promise<readonly (readonly Value[])[]> {
    const connection = await openDuckdb({ file: scratch.database() });
    if (sql.includes(' again.')) await connection.execute(`ATTACH '${scratch.database('again')}' AS again (READ_ONLY)`);
    const rows = await connection.query(
      sql,
      types.map((type, i) => ({ name: `C${i}`, type })),
    );
    connection.close();
    return rows;
  }

  describe('with events that are late by no more than the lateness', () => {
    beforeAll(async () => {
      await scratch.load(catalog, until(first));
      await run(first);
      await scratch.load(catalog, until(second));
      await run(second);
    });

    test('some of them belong to instants that were computed before', () => expect(lateRows(busiest)).toBeGreaterThan(3));

    test('the tables equal those of a full refresh', async () => expect(await differences(second)).toEqual({}));

    test('a run computes only what is new or may have changed', async () => {
      const rows = await queried(
        "SELECT epoch_us(interval_start), epoch_us(interval_end) FROM features.lockstep_runs WHERE feature = 'stream_chat_activity' AND complete ORDER BY recorded_at",
        integer,
        integer,
      );
      const ticks = (t: bigint): bigint => ((t + hour - 1n) / hour) * hour;
      // Hourly, ten minutes of lateness: the last instant of the first run is computed once more.
      expect(rows).toEqual([
        [ticks(start), ticks(first)],
        [ticks(first) - hour, ticks(second)],
      ]);
    });

    test('nothing is said to be too late', async () =>
      expect(await queried('SELECT count(*) FROM features.lockstep_late_events', integer)).toEqual([[0n]]));
  });

  describe('with events that are later', () => {
    beforeAll(async () => {
      await scratch.load(catalog, atLast());
      await run(third);
    });

    test('they are counted, and their range of instants is recorded', async () => {
      const window = hour / 3n;
      const sent = forgottenInSight;
      expect(sent.length).toBeGreaterThan(5);
      const [least, greatest] = [sent.reduce((a, b) => (a < b ? a : b)), sent.reduce((a, b) => (a > b ? a : b))];
      const rows = await queried(
        "SELECT source, late_events, epoch_us(first_event), epoch_us(last_event), epoch_us(dirty_start), epoch_us(dirty_end) FROM features.lockstep_late_events WHERE feature = 'stream_chat_activity'",
        varchar,
        integer,
        integer,
        integer,
        integer,
        integer,
      );
      expect(rows).toEqual([['chats', BigInt(sent.length), least, greatest, nextHour(least), nextHour(greatest + window)]]);
      expect(await queried("SELECT late_events FROM features.lockstep_dirty WHERE feature = 'stream_chat_activity'", integer)).toEqual([
        [BigInt(sent.length)],
      ]);
    });

    test('the tables of those features alone differ from a full refresh', async () => {
      const different = Object.keys(await differences(third));
      const reading = project.compiled.features.filter((f) => f.feature.sources.includes('chats')).map((f) => f.feature.name);
      expect(different.length).toBeGreaterThan(0);
      expect(different.filter((name) => !reading.includes(name))).toEqual([]);
    });

    test('rows differ from a full refresh in that range alone', async () => {
      const [row] = await queried(
        `SELECT count(*), count(*) FILTER (WHERE as_of >= dirty_start AND as_of < dirty_end) FROM (SELECT as_of FROM (FROM again.features.stream_chat_activity EXCEPT ALL FROM features.stream_chat_activity)) CROSS JOIN (SELECT dirty_start, dirty_end FROM features.lockstep_dirty WHERE feature = 'stream_chat_activity')`,
        integer,
        integer,
      );
      expect(row?.[0]).toBeGreaterThan(0n);
      expect(row?.[1]).toBe(row?.[0]);
    });

    test('a repair makes them equal, and nothing is dirty any more', async () => {
      await dbt(folder, 'duckdb', 'run', ...vars({ lockstep_start: start, lockstep_end: third, lockstep_repair: true }));
      expect(await queried('SELECT count(*) FROM features.lockstep_dirty', integer)).toEqual([[0n]]);
      expect(await differences(third)).toEqual({});
    });
  });

  test('a table with rows of another version is refused', async () => {
    const { version } = project.compiled.features.find((f) => f.feature.name === 'stream_chat_activity') ?? { version: '' };
    const connection = await openDuckdb({ file: scratch.database() });
    await connection.execute(
      `UPDATE features.stream_chat_activity__${version} SET lockstep_version = 'another' WHERE as_of = (SELECT min(as_of) FROM features.stream_chat_activity__${version})`,
    );
    connection.close();
    await expect(run(third, '--select', 'stream_chat_activity__grid')).rejects.toThrow(
      new RegExp(`holds rows of version another, and this is version ${version}: build it anew with --full-refresh`),
    );
    await run(third, '--select', 'stream_chat_activity__grid', '--full-refresh');
    expect(await queried("SELECT count(*) FROM features.stream_chat_activity WHERE lockstep_version = 'another'", integer)).toEqual([[0n]]);
  });
});
