/** When something happened that a feature may see. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { SourceRows } from '../../data/events.ts';
import { rowTime } from '../../data/row-time.ts';

/** Microseconds; sorted, distinct. */
export function eventTimes(
  compiled: Pick<CompiledFeature, 'feature'>,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
): readonly bigint[] {
  const times = catalog.sources
    .filter((s) => compiled.feature.sources.includes(s.name))
    .flatMap((s) => {
      const time = rowTime(s);
      return (events.get(s.name)?.rows ?? []).flatMap((row) => time(row) ?? []);
    });
  return [...new Set(times)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
