/** One file of DuckDB that `lockstep materialize` and dbt fill in turns, against one that dbt fills alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boolean, integer, varchar } from '../../compiler/sql-type.ts';
import { at, differences, fileOf, instantOf, marketFolder, materialize, queried, writeRaw } from '../batch/market-file.ts';
import { atLast, first, hour, second, start, third, until } from '../marketplace/arrivals.ts';
import { featureNamed, project } from '../marketplace/world.ts';
import { dbt, scratchFolder, vars } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

const names = ['stream_chat_activity', 'seller_gmv', 'user_engagement', 'platform_totals', 'stream_flagged_share'];
const selected = ['--select', 'lockstep_dirty', ...names.map((name) => `+${name}`)];

describe.skipIf(missingParts.includes('dbt'))('dbt and materialize in turns', () => {
  const scratch = scratchFolder();
  const written = scratch.write(project.compiled.files, 'dbt/duckdb/', 'marketplace');
  const profiles = mkdtempSync(join(tmpdir(), 'lockstep-turns-'));
  afterAll(() => rmSync(profiles, { recursive: true, force: true }));
  let [own, other] = ['', ''];

  /** On the file of a folder, as its target has it. */
  async function built(folder: string, end: bigint, more: Readonly<Record<string, bigint | boolean>> = {}): Promise<string> {
    const project = join(profiles, 'project');
    await cp(written, project, { recursive: true });
    writeFileSync(
      join(project, 'profiles.yml'),
      `marketplace: {target: local, outputs: {local: {type: duckdb, path: ${fileOf(folder)}, schema: features, threads: 1}}}\n`,
    );
    return dbt(project, 'local', 'build', ...vars({ lockstep_start: start, lockstep_end: end, ...more }), ...selected);
  }

  async function filled(folder: string, end: bigint, from: bigint | null, ...more: readonly string[]): Promise<void> {
    for (const name of names) {
      const begin = from === null ? [] : ['--from', at(instantOf(name, from))];
      const { code, err } = await materialize(folder, name, ...begin, '--to', at(instantOf(name, end)), ...more);
      expect(code, err).toBe(0);
    }
  }

  const runs = (folder: string) =>
    queried(
      folder,
      "SELECT feature, whole, explicit, epoch_us(interval_start), epoch_us(interval_end) FROM features.lockstep_runs WHERE complete AND feature = 'stream_chat_activity' ORDER BY recorded_at",
      varchar,
      boolean,
      boolean,
      integer,
      integer,
    );

  beforeAll(async () => {
    own = await marketFolder(until(first));
    other = await marketFolder(until(first));
    await built(other, first);
    await filled(own, first, start, '--chunk', '7');
  });

  test('materialize fills what dbt does, in relations of the same columns', async () => {
    expect(await differences(own, other, names)).toEqual({});
    const columns = (folder: string) =>
      queried(
        folder,
        "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = 'features' AND NOT starts_with(table_name, 'stg_') AND table_name <> 'lockstep_quarantine' ORDER BY ALL",
        varchar,
      );
    const mine = await columns(own);
    expect(mine.length).toBeGreaterThan(50);
    expect(mine).toEqual(await columns(other));
  });

  test('dbt build goes on where materialize stopped: it computes what a dbt alone does', async () => {
    await writeRaw(own, until(second));
    await writeRaw(other, until(second));
    expect(await built(own, second)).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
    await built(other, second);
    expect(await differences(own, other, names)).toEqual({});
    const last = (await runs(own)).at(-1);
    expect(last).toEqual((await runs(other)).at(-1));
    expect(last).toEqual([
      'stream_chat_activity',
      false,
      false,
      instantOf('stream_chat_activity', first) - hour,
      instantOf('stream_chat_activity', second),
    ]);
  });

  test('materialize goes on where dbt stopped, and says the same of late events', async () => {
    await writeRaw(own, atLast());
    await writeRaw(other, atLast());
    await filled(own, third, null, '--chunk', '5');
    await built(other, third);
    expect(await differences(own, other, names)).toEqual({});
    const late = (folder: string) =>
      queried(
        folder,
        "SELECT feature || ' ' || source || ' ' || late_events || ' ' || dirty_start || ' ' || dirty_end FROM features.lockstep_dirty ORDER BY ALL",
        varchar,
      );
    const dirty = await late(own);
    expect(dirty.length).toBeGreaterThan(0);
    expect(dirty).toEqual(await late(other));
  });

  test('what one says is dirty the other repairs', async () => {
    await filled(own, third, null, '--repair', '--chunk', '5');
    await built(other, third, { lockstep_repair: true });
    expect(await differences(own, other, names)).toEqual({});
    for (const folder of [own, other])
      expect(await queried(folder, 'SELECT count(*) FROM features.lockstep_dirty', integer)).toEqual([[0n]]);
    const { version } = featureNamed('stream_chat_activity');
    expect(await built(own, third)).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
    expect(await queried(own, 'SELECT DISTINCT lockstep_version FROM features.stream_chat_activity', varchar)).toEqual([[version]]);
    expect(await differences(own, other, names)).toEqual({});
  });
});
