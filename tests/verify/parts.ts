/** What can be asked of an account: one row a part. */
import { featuresPart } from './features.ts';
import { functionsPart } from './functions.ts';
import { goldPart } from './gold.ts';
import type { Part, PartName } from './item.ts';

const makers: Readonly<Record<PartName, () => Part | Promise<Part>>> = {
  gold: goldPart,
  functions: functionsPart,
  features: featuresPart,
};

/** `sample`: so many items of each, evenly chosen, and none in the place of what failed; null: all. */
export async function partsOf(names: readonly PartName[], sample: number | null): Promise<readonly Part[]> {
  const parts = await Promise.all(names.map((name) => makers[name]()));
  return sample === null ? parts : parts.map(({ name, seed, items }) => ({ name, seed, items: evenly(items, sample) }));
}

function evenly<T>(list: readonly T[], most: number): readonly T[] {
  return list.length <= most ? list : Array.from({ length: most }, (_, n) => list[Math.floor((n * list.length) / most)] as T);
}
