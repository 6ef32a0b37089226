/** What of a feature's answers may be about a person. */

import { outputName } from '../compiler/artifacts/lambda.ts';
import type { Catalog } from '../compiler/catalog.ts';
import type { CheckedFeature } from '../compiler/check/checked.ts';
import { type SourceColumnName, shownColumns } from '../compiler/check/lineage.ts';

/** Columns in which a value of a `pii` column may stand. */
export function personalColumns(feature: CheckedFeature, catalog: Catalog): ReadonlySet<string> {
  const isPersonal = ({ source, column }: SourceColumnName): boolean =>
    catalog.sources.some((s) => s.name === source && s.columns.some((c) => c.name === column && c.pii));
  return new Set([...shownColumns(feature)].filter(([, from]) => from.some(isPersonal)).map(([name]) => name));
}

/**
 * By feature, of those whose answers can be masked and still compared: the personal columns, as artifacts name them. A mask that nobody
 * can read stands for itself, and only a text can.
 */
export function maskable(features: readonly CheckedFeature[], catalog: Catalog): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    features.flatMap((feature) => {
      const personal = personalColumns(feature, catalog);
      const isText = feature.outputs.every(({ name, type }) => !personal.has(name) || type.kind === 'varchar');
      return personal.size > 0 && isText ? [[feature.name, new Set([...personal].map(outputName))] as const] : [];
    }),
  );
}
