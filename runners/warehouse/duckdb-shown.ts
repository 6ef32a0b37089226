/** What features' names show in a DuckDB file. */
import { nowUtc } from '../../compiler/artifacts/dbt/engine-time.ts';
import { versionedRelation } from '../../compiler/artifacts/dbt/names.ts';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { varchar } from '../../compiler/sql-type.ts';
import { openDuckdbWriter, type Values } from '../engines/duckdb-writer.ts';
import { fromEnvironment } from './environment.ts';
import type { ShownView } from './shown-view.ts';
import { duckdbFileOf, type NamedTarget } from './target-file.ts';

export async function openDuckdbShown({ name, declared, folder, environment }: NamedTarget): Promise<ShownView> {
  const { file: path, shown } = await duckdbFileOf(declared, name, folder, environment);
  const schema = declared.schema === null ? 'main' : fromEnvironment(declared.schema, `schema of the target ${name}`, environment);
  const file = await openDuckdbWriter(path, shown, true);
  const inSchema = (relation: string): string => [schema, relation].map((part) => identifier(part, duckdb)).join('.');
  const moves = inSchema('lockstep_shown');
  return {
    shown: async (feature) => {
      if ((await file.describe(moves)) === null) return null;
      const [[version = null] = []] = await file.all(
        `SELECT version FROM ${moves} WHERE feature = $feature ORDER BY recorded_at DESC LIMIT 1`,
        texts({ feature }),
      );
      return version === null ? null : String(version);
    },
    holds: async (feature, version) => (await file.describe(inSchema(versionedRelation(feature, version)))) !== null,
    show: (feature, version, refused) =>
      file.transaction(async () => {
        await file.run(`ALTER TABLE ${moves} ADD COLUMN IF NOT EXISTS refused VARCHAR`);
        await file.run(
          `INSERT INTO ${moves} (feature, version, recorded_at, refused) SELECT $feature, $version, ${nowUtc(duckdb)}, $refused`,
          texts({ feature, version, refused }),
        );
        await file.run(`CREATE OR REPLACE VIEW ${inSchema(feature)} AS\nSELECT *\nFROM ${inSchema(versionedRelation(feature, version))}`);
        return null;
      }),
    close: file.close,
  };
}

const texts = (values: Readonly<Record<string, string | null>>): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type: varchar, value }]));
