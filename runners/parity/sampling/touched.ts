/** Which entity a row of a source belongs to: the columns that are the entity's, where the plan proves that no other rows matter. */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import { lift } from '../../../compiler/plan/lift.ts';
import { specialise } from '../../../compiler/plan/specialise.ts';
import type { Value } from '../../../compiler/value.ts';

/** By source, for the sources whose rows name their entity: where some scan of them, or every one, is of one entity's rows only. */
export function entityOfRows(
  feature: CheckedFeature,
  catalog: Catalog,
  scans: 'some' | 'every' = 'some',
): ReadonlyMap<string, (row: readonly Value[]) => readonly Value[] | undefined> {
  const plan = specialise(lift(feature, catalog), ['move-conditions', 'push-entity']);
  const found = new Map<string, (row: readonly Value[]) => readonly Value[] | undefined>();
  const whole = new Set<string>();
  for (const { body } of plan.steps) {
    if (body.kind !== 'scan') continue;
    const source = catalog.sources.find((s) => s.name === body.source);
    const places = feature.entity.map((e) => {
      const value = body.match.find((m) => m.column.name === e.name)?.value;
      return value?.kind === 'column' ? (source?.columns.findIndex((c) => c.name === value.name) ?? -1) : -1;
    });
    if (places.includes(-1)) {
      whole.add(body.source);
      continue;
    }
    found.set(body.source, (row) => {
      const key = places.map((place) => row[place] ?? null);
      return key.includes(null) ? undefined : key;
    });
  }
  if (scans === 'every') for (const source of whole) found.delete(source);
  return found;
}
