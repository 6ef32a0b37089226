/** Instants at which an entity has something to say: soon after events of its own. Most windows are shorter than most silences. */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { rowTime } from '../../data/row-time.ts';
import { keyText } from '../../reference/order.ts';
import { after, edgesOf } from './edges.ts';
import { chance } from './population.ts';
import { entityOfRows } from './touched.ts';

/**
 * Up to `most` for an entity, the same for the same seed: a tick after an event, or a part of the shortest distance of the
 * query later. None where rows do not name their entity.
 */
export function ownInstants(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  [from, to]: readonly [from: bigint, to: bigint],
  most: number,
  seed: string,
): (entity: readonly Value[]) => readonly bigint[] {
  const owner = entityOfRows(feature, catalog);
  const times = new Map<string, bigint[]>();
  for (const source of catalog.sources) {
    const entityOf = owner.get(source.name);
    const time = rowTime(source);
    if (entityOf === undefined) continue;
    for (const row of events.get(source.name)?.rows ?? []) {
      const [entity, at] = [entityOf(row), time(row)];
      if (entity === undefined || at === undefined || at < from || at >= to) continue;
      const key = keyText(entity);
      const known = times.get(key);
      if (known === undefined) times.set(key, [at]);
      else known.push(at);
    }
  }
  const lengths = edgesOf(feature)
    .distances.map((distance) => after(0n, distance))
    .filter((length) => length > 0n);
  const shortest = lengths.length === 0 ? 3_600_000_000n : lengths.reduce((a, b) => (a < b ? a : b));
  return (entity) => {
    const key = keyText(entity);
    const own = times.get(key) ?? [];
    const chosen = Array.from({ length: own.length === 0 ? 0 : most }, (_, i) => {
      const at = own[Math.floor(chance(seed, key, i) * own.length)] as bigint;
      return i % 2 === 0 ? at + 1n : at + 1n + (shortest * BigInt(Math.floor(chance(seed, key, i, 'later') * 2 ** 20))) / 2n ** 20n;
    });
    return [...new Set(chosen)];
  };
}
