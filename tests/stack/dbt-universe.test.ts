/** What dbt builds of features with a universe: exactly its entities at each instant, run by run, with what the reference answers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { executed, fileOf } from '../batch/market-file.ts';
import { countOf, expectedRows, names, rowsHeld, type Shops, shopsFolder } from '../batch/shops.ts';
import { dbt, scratchFolder, vars } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

const at = (time: string): bigint => BigInt(Date.parse(`2026-01-01T${time}Z`)) * 1000n;
const [from, to] = ['2026-01-01 00:00:00', '2026-01-01 20:00:00'];

describe.skipIf(missingParts.includes('dbt'))('run by run', () => {
  const scratch = scratchFolder();
  let shops: Shops;
  let built: (end: bigint, more?: Readonly<Record<string, boolean>>) => Promise<string>;

  beforeAll(async () => {
    shops = await shopsFolder();
    const project = scratch.write(shops.project.compiled.files, 'dbt/duckdb/', 'shops');
    writeFileSync(
      join(project, 'profiles.yml'),
      `shops: {target: local, outputs: {local: {type: duckdb, path: ${fileOf(shops.folder)}, schema: features, threads: 1}}}\n`,
    );
    built = (end, more = {}) => dbt(project, 'local', 'build', ...vars({ lockstep_start: at('00:00:00'), lockstep_end: end, ...more }));
    await executed(shops.folder, "DELETE FROM landed.visits WHERE came_at >= TIMESTAMP '2026-01-01 14:00:00'");
    await built(at('14:00:00'));
    await executed(
      shops.folder,
      "INSERT INTO landed.visits VALUES ('late', 'shop_late', 1, TIMESTAMP '2026-01-01 04:12:00', TIMESTAMP '2026-01-01 15:00:00')",
    );
    await built(at('20:00:00'));
  }, 120_000);

  test.each(['recent_of_visits', 'recent_visits'] as const)(
    '%s: an entity that came too late is missing, and its instants are dirty',
    async (name) => {
      const held = (await rowsHeld(shops, name)).map((row) => String(row.slice(0, 2)));
      const lacking = (await expectedRows(shops, name, from, to)).filter((row) => !held.includes(String(row.slice(0, 2))));
      // From 04:30 to before 12:30, where the second run began.
      expect(lacking.map((row) => row[0])).toEqual(Array.from({ length: 16 }, () => 'shop_late'));
      const dirty = `SELECT epoch_us(dirty_start) FROM features.lockstep_dirty WHERE feature = '${name}' AND source = 'visits'`;
      expect(await countOf(shops, dirty)).toBe(at('04:30:00'));
    },
  );

  describe('after a repair', () => {
    beforeAll(async () => {
      await built(at('20:00:00'), { lockstep_repair: true });
    }, 120_000);

    test.each(names)('%s: the entities of the universe and no other, with what the reference says', async (name) => {
      expect(await rowsHeld(shops, name)).toEqual(await expectedRows(shops, name, from, to));
    });
  });
});
