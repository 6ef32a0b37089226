/** Witnesses of all causes of a feature, as they are printed. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { Forms } from '../forms.ts';
import type { Found } from '../look.ts';
import { type PrintedWitness, printWitness } from './print.ts';
import { dbtUnitTest } from './unit-test.ts';
import { findWitnesses, type Hiding } from './witness.ts';

/** By row of the spine. `hiding`: null shows everything as it is. */
export async function printedWitnesses(
  forms: Forms,
  compiled: CompiledFeature,
  catalog: Catalog,
  { spine, result }: Found,
  hiding: Hiding | null,
): Promise<ReadonlyMap<number, PrintedWitness>> {
  const found = await findWitnesses(compiled, catalog, forms, spine, result, hiding);
  const printed = new Map<number, PrintedWitness>();
  for (const [row, witness] of found) {
    const cause = result.batchAgainstLambda.differences.find((d) => d.row === row)?.cause?.id ?? 'unknown';
    printed.set(row, printWitness(compiled, catalog, witness, cause, await dbtUnitTest(compiled, catalog, witness, cause)));
  }
  return printed;
}
