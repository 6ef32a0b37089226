/** Masks of a log back to values, by whoever has the key and the events: each known value is masked once more, and looked up. */
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import { formatValue, type Printed } from '../data/format-value.ts';
import { isMasked, type Mask } from '../data/masked.ts';
import type { Unmask } from '../data/served-log.ts';
import { distinctEntities, knownEntities, stranger } from './sampling/population.ts';

type Events = ReadonlyMap<string, SourceRows>;

export function unmaskOf(mask: Mask, feature: CheckedFeature, catalog: Catalog, given: readonly Events[]): Unmask {
  const known = distinctEntities(given.flatMap((events) => knownEntities(feature, catalog, events, [])));
  const types = feature.entity.map((e) => e.type);
  const personal = personalValues(mask, feature, catalog, given);
  const entities = types.map(
    (type, i) =>
      new Map([...personal, ...known.map((entity) => [mask.of(entity[i] ?? null, type), formatValue(entity[i] ?? null, type)] as const)]),
  );
  const nobody = stranger(types, known);
  return {
    fingerprint: mask.fingerprint,
    entity: (tokens) => {
      const found = tokens.map((token, i) => (token === undefined ? undefined : entities[i]?.get(token)));
      if (tokens.every((token, i) => token === undefined || found[i] !== undefined)) return found;
      // Who has no row on either side is asked for as one who has none.
      return nobody === undefined
        ? null
        : tokens.map((token, i) => (token === undefined ? undefined : formatValue(nobody[i] ?? null, types[i] ?? { kind: 'null' })));
    },
  };
}

/** All that stand in columns marked with pii: where the rows of a source do not name their entity, it is found among these. */
function personalValues(
  mask: Mask,
  feature: CheckedFeature,
  catalog: Catalog,
  given: readonly Events[],
): ReadonlyMap<string | null, Printed> {
  const found = new Map<string | null, Printed>();
  for (const source of catalog.sources.filter((s) => feature.sources.includes(s.name)))
    for (const [i, { pii, type }] of source.columns.entries()) {
      if (!pii) continue;
      const values = new Set(given.flatMap((events) => (events.get(source.name)?.rows ?? []).map((row) => row[i] ?? null)));
      for (const value of values) found.set(mask.of(value, type), formatValue(value, type));
    }
  return found;
}

/**
 * Masks among answers as the values that they stand for, as far as one of the sides has them: `sides` say what each has for the same rows,
 * and are asked only while something is masked. What no side has stands for itself, and differs from all.
 */
export async function unmaskedAnswers(
  answers: readonly (readonly Value[])[],
  types: readonly SqlType[],
  mask: Mask,
  sides: readonly (() => Promise<readonly (readonly Value[])[]>)[],
): Promise<readonly (readonly Value[])[]> {
  let left = answers;
  for (const ask of sides) {
    if (!left.some((row) => row.some(isMasked))) return left;
    const theirs = await ask();
    left = left.map((row, i) =>
      row.map((value, o) => {
        const candidate = theirs[i]?.[o] ?? null;
        return isMasked(value) && mask.of(candidate, types[o] ?? { kind: 'null' }) === value ? candidate : value;
      }),
    );
  }
  return left;
}
