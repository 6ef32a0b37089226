/** What a source's `warehouse` says: database.schema.table, or a dbt model. */
import type { Source } from '../catalog.ts';

/** warehouse: ref('a_dbt_model') */
export function dbtModelOf({ warehouse }: Source): string | null {
  return /^\s*ref\(\s*['"]([^'"]+)['"]\s*\)\s*$/.exec(warehouse)?.[1] ?? null;
}

/** The table last; database and schema where they are named. */
export function relationParts({ warehouse }: Source): readonly string[] {
  return warehouse.split('.');
}
