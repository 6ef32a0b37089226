/** Which features a source or one of its columns concerns. */
import { tableReads, tableSources } from '../../../compiler/artifacts/universe.ts';
import type { Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { AffectedFeature } from './finding.ts';

export interface Affected {
  readonly bySource: (source: Source) => readonly AffectedFeature[];
  /** Those whose query or universe names the column; of a column that decides which rows count, and when, all. */
  readonly byColumn: (source: Source, column: string) => readonly AffectedFeature[];
}

export function affectedOf(features: readonly CheckedFeature[]): Affected {
  const sorted = [...features].sort((a, b) => (a.name < b.name ? -1 : 1));
  const reads = new Map(sorted.map((f) => [f.name, new Set(tableReads(f).map((c) => JSON.stringify([c.source, c.column])))]));
  const named = (found: readonly CheckedFeature[]): readonly AffectedFeature[] => found.map(({ name, owner }) => ({ name, owner }));
  const bySource = (source: Source): readonly AffectedFeature[] => named(sorted.filter((f) => tableSources(f).includes(source.name)));
  return {
    bySource,
    byColumn: (source, column) =>
      decidingColumns(source).includes(column)
        ? bySource(source)
        : named(sorted.filter((f) => reads.get(f.name)?.has(JSON.stringify([source.name, column])))),
  };
}

/** Without them no clean row is found. */
export function decidingColumns(source: Source): readonly string[] {
  const more = source.kind === 'stream' ? [source.eventTime, source.ingestTime] : [source.updatedAt, source.versionBy, source.deleted];
  return [...new Set([...source.key, ...more.filter((column) => column !== null)])];
}
