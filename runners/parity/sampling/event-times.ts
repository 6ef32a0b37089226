/** When something happened that a feature may see. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { SourceRows } from '../../data/events.ts';

/** Microseconds; sorted, distinct. */
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
