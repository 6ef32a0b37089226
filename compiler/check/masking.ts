/** The masking policy of a feature's column: what the personal columns name whose values may stand in it, where they agree. */
import type { Catalog } from '../catalog.ts';
import { type Diagnostic, warning } from '../diagnostics.ts';
import { sameType, typeName } from '../sql-type.ts';
import type { CheckedColumn, CheckedFeature } from './checked.ts';
import { type SourceColumnName, shownColumns } from './lineage.ts';

export type Masking =
  | { readonly kind: 'none' }
  | { readonly kind: 'policy'; readonly name: string }
  /** No policy can be named. */
  | { readonly kind: 'undecided'; readonly reason: string };

/** `from`: the columns whose values may stand in it. */
export function maskingOf(column: CheckedColumn, from: readonly SourceColumnName[], catalog: Catalog): Masking {
  const personal = from.flatMap(({ source, column: name }) => {
    const declared = catalog.sources.find((s) => s.name === source)?.columns.find((c) => c.name === name);
    return declared?.pii ? [{ ...declared, written: `${source}.${name}`.toLowerCase() }] : [];
  });
  const [name = null, ...others] = new Set(personal.map((c) => c.maskingPolicy));
  if (others.length > 0)
    return { kind: 'undecided', reason: listed(personal.map((c) => `${c.written} (${c.maskingPolicy ?? 'without a policy'})`)) };
  if (name === null) return { kind: 'none' };
  // A policy is made for one type.
  const other = personal.find((c) => !sameType(c.type, column.type));
  if (other === undefined) return { kind: 'policy', name };
  return { kind: 'undecided', reason: `${other.written} (${name}, for ${typeName(other.type)}) as ${typeName(column.type)}` };
}

export function maskingUndecided(feature: CheckedFeature, catalog: Catalog): readonly Diagnostic[] {
  if (!catalog.sources.some((s) => s.columns.some((c) => c.maskingPolicy !== null))) return [];
  const shown = shownColumns(feature);
  return [...feature.entity, ...feature.outputs].flatMap((column) => {
    const masking = maskingOf(column, shown.get(column.name) ?? [], catalog);
    if (masking.kind !== 'undecided') return [];
    const written = column.name.toLowerCase();
    return warning(
      'masking-undecided',
      placeOf(column.name, feature),
      `\`${written}\` gets no masking policy: in it may stand values of ${masking.reason}`,
      'make it of columns with one policy and its type, or see to its masking yourself and waive `masking-undecided`',
    );
  });
}

function placeOf(column: string, { query, span }: CheckedFeature): Diagnostic['span'] {
  const at = query.columns.findIndex((c) => c.name === column);
  return (query.body.kind === 'select' ? query.body.items[at]?.expr.span : undefined) ?? span;
}

const listed = (texts: readonly string[]): string => texts.join(', ').replace(/, ([^,]*)$/, ' and $1');
