/** What of a feature's answers may be about a person. */
import type { Catalog } from '../compiler/catalog.ts';
import type { CheckedFeature } from '../compiler/check/checked.ts';
import { type SourceColumnName, shownColumns } from '../compiler/check/lineage.ts';

/** Columns in which a value of a `pii` column may stand. */
export function personalColumns(feature: CheckedFeature, catalog: Catalog): ReadonlySet<string> {
  const isPersonal = ({ source, column }: SourceColumnName): boolean =>
    catalog.sources.some((s) => s.name === source && s.columns.some((c) => c.name === column && c.pii));
  return new Set([...shownColumns(feature)].filter(([, from]) => from.some(isPersonal)).map(([name]) => name));
}
