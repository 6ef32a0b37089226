/** A table in the place of the batch form: what it answers where it has a row, and where it has none. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Value } from '../../compiler/value.ts';
import type { BatchTable } from '../data/batch-table.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import { universeIn } from './built/universe.ts';
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
      const inTable = (row: SpineRow): boolean => table.answers.has(pointText(row));
      const universe = table.built === null ? undefined : universeIn(compiled.feature, sides.catalog, sides.batch);
      const found: FeatureSides['found'] = universe === undefined ? own.found : async (points) => points.filter(universe.has);
      return {
        ...own,
        inTable,
        found,
        built: table.built === null ? undefined : builtTable(compiled, table, table.built, universe),
        batch: (spine) => answersOf(table, found, compiled, sides, spine),
        // Of a row that ought not to be there the reference has nothing to say.
        judge: (spine, batch, judged) => own.judge(spine, batch, (row) => judged(row) && (universe === undefined || universe.has(row))),
        entities: async (instants) => [...(await own.entities(instants)), ...(universe?.entities ?? [])],
      };
    },
  };
}

/**
 * Where the table has no row and none is due, it says what is said where nothing happened: so whoever reads such a table
 * takes it. Where a row is due its answer is missing: undefined.
 */
async function answersOf(
  { answers }: BatchTable,
  found: FeatureSides['found'],
  { feature }: CompiledFeature,
  { catalog }: Sides,
  spine: readonly SpineRow[],
): Promise<readonly (readonly Value[])[]> {
  const keys = spine.map(pointText);
  const lacking = spine.filter((_, i) => !answers.has(keys[i] as string));
  const missing = new Set((await found(lacking)).map(pointText));
  const silent = lacking.filter((row) => !missing.has(pointText(row)));
  const empty = emptyAnswers(feature, catalog, silent);
  const defaults = new Map(silent.map((row, i) => [pointText(row), empty[i]]));
  // Whoever indexes it meets undefined in any case.
  return keys.map((key) => answers.get(key) ?? defaults.get(key)) as readonly (readonly Value[])[];
}
