/** A table in the place of the batch form: what it answers where it has a row, and where it has none. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Value } from '../../compiler/value.ts';
import type { BatchTable } from '../data/batch-table.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import { builtTable } from './causes/built-table.ts';
import { emptyAnswers } from './compare-forms.ts';
import type { FeatureSides, Sides } from './sides.ts';

/** The same sides, with a table's answers for batch's. */
export function withTables(sides: Sides, engine: string, tableOf: (compiled: CompiledFeature) => Promise<BatchTable>): Sides {
  return {
    ...sides,
    versions: async () => ({ ...(await sides.versions()), batchEngine: engine }),
    of: async (compiled) => {
      const table = await tableOf(compiled);
      const own = await sides.of(compiled);
      return {
        ...own,
        inTable: (row) => table.answers.has(pointText(row)),
        built: table.built === null ? undefined : builtTable(compiled, table, table.built),
        batch: (spine) => answersOf(table, own, compiled, sides, spine),
      };
    },
  };
}

/**
 * Where the table has no row and the definition finds none, it says what is said where nothing happened: so whoever reads such a table
 * takes it. Where the definition finds a row its answer is missing: undefined.
 */
async function answersOf(
  { answers }: BatchTable,
  own: FeatureSides,
  { feature }: CompiledFeature,
  { catalog }: Sides,
  spine: readonly SpineRow[],
): Promise<readonly (readonly Value[])[]> {
  const keys = spine.map(pointText);
  const lacking = spine.filter((_, i) => !answers.has(keys[i] as string));
  const missing = new Set((await own.found(lacking)).map(pointText));
  const silent = lacking.filter((row) => !missing.has(pointText(row)));
  const empty = emptyAnswers(feature, catalog, silent);
  const defaults = new Map(silent.map((row, i) => [pointText(row), empty[i]]));
  // Whoever indexes it meets undefined in any case.
  return keys.map((key) => answers.get(key) ?? defaults.get(key)) as readonly (readonly Value[])[];
}
