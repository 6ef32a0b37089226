/** Which points to compare when nobody says: entities that have rows, at instants spread over the events and on their edges. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';

export interface PointLimits {
  readonly instants: number;
  readonly entities: number;
}

/** `interval`: microseconds, half open; without it, from the first event to one microsecond after the last. */
export function choosePoints(
  compiled: CompiledFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  interval: readonly [bigint, bigint] | undefined,
  entities: readonly (readonly Value[])[],
  limits: PointLimits,
): readonly SpineRow[] {
  const times = eventTimes(compiled, catalog, events);
  const first = interval?.[0] ?? times[0];
  const last = interval?.[1] ?? (times.at(-1) ?? 0n) + 1n;
  if (first === undefined || last <= first) return [];
  const spread = Array.from({ length: limits.instants }, (_, i) => first + ((last - first) * BigInt(i + 1)) / BigInt(limits.instants));
  const inside = times.filter((t) => t >= first && t < last);
  const edges = Array.from(
    { length: Math.min(4, inside.length) },
    (_, i) => inside[Math.floor(((i + 0.5) * inside.length) / 4)] as bigint,
  ).flatMap((t) => [t, t + 1n]);
  const instants = [...new Set([...spread, ...edges])];
  const chosen = evenly(entities, limits.entities);
  return instants.flatMap((asOf) => chosen.map((entity) => ({ entity, asOf })));
}

export function eventTimes(compiled: CompiledFeature, catalog: Catalog, events: ReadonlyMap<string, SourceRows>): readonly bigint[] {
  const times = catalog.sources
    .filter((s) => compiled.feature.sources.includes(s.name))
    .flatMap((s) => {
      const rows = events.get(s.name)?.rows ?? [];
      const column = s.columns.findIndex((c) => c.name === (s.kind === 'stream' ? s.eventTime : s.updatedAt));
      return rows.flatMap((row) => (typeof row[column] === 'bigint' ? [row[column] as bigint] : []));
    });
  return [...new Set(times)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function evenly<T>(items: readonly T[], most: number): readonly T[] {
  return items.length <= most ? items : Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)] as T);
}
