/** What features' names show on Snowflake. */
import { nowUtc } from '../../compiler/artifacts/dbt/engine-time.ts';
import { versionedRelation } from '../../compiler/artifacts/dbt/names.ts';
import { dialects } from '../../compiler/emit/dialect.ts';
import type { ShownView } from './shown-view.ts';
import { openAccount } from './snowflake-account.ts';
import { relationName } from './snowflake-relation.ts';
import { settingsOf } from './snowflake-settings.ts';
import type { NamedTarget } from './target-file.ts';

export async function openSnowflakeShown(target: NamedTarget): Promise<ShownView> {
  const { database, schema } = await settingsOf(target);
  const { session, close } = await openAccount(target, 'lambda');
  const inSchema = (relation: string): string => relationName([database, schema, relation]);
  const moves = inSchema('lockstep_shown');
  const columnsOf = (relation: string) => session.describe(`SELECT * FROM ${relation}`);
  return {
    shown: async (feature) => {
      if ((await columnsOf(moves)) === null) return null;
      const [[version = null] = []] = await session.run(
        `SELECT version FROM ${moves} WHERE feature = ? ORDER BY recorded_at DESC LIMIT 1`,
        [feature],
      );
      return version === null ? null : String(version);
    },
    holds: async (feature, version) => (await columnsOf(inSchema(versionedRelation(feature, version)))) !== null,
    show: async (feature, version, refused, isMasked) => {
      const columns = (await columnsOf(moves)) ?? [];
      if (!columns.some(({ name }) => name === 'REFUSED')) await session.run(`ALTER TABLE ${moves} ADD COLUMN refused VARCHAR`);
      // A view ends a transaction there. The ledger comes first: where the view fails, the next run of dbt makes it.
      await session.run(`INSERT INTO ${moves} (feature, version, recorded_at, refused) SELECT ?, ?, ${nowUtc(dialects.snowflake)}, ?`, [
        feature,
        version,
        refused,
      ]);
      // Policies go with the view that had them: nobody may read the new one before dbt has set them again.
      await session.run(
        `CREATE OR REPLACE VIEW ${inSchema(feature)}${isMasked ? '' : ' COPY GRANTS'} AS\nSELECT *\nFROM ${inSchema(versionedRelation(feature, version))}`,
      );
      if (!isMasked) return null;
      return `its masking policies went with the view that was there, and so did its grants: dbt build --select ${feature} gives it both again`;
    },
    close,
  };
}
