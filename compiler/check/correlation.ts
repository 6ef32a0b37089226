/** Which columns of the queries around it a query reads. */
import type { CheckedQuery, Expr } from './checked.ts';

export type ColumnExpr = Expr & { readonly kind: 'column' };

/** Each once, in order of appearance. */
export function outerColumns(query: CheckedQuery): readonly ColumnExpr[] {
  const own = new Set<string>();
  const read: ColumnExpr[] = [];
  visit(query, own, read);
  const found = new Map<string, ColumnExpr>();
  for (const column of read) if (!own.has(column.relation)) found.set(JSON.stringify([column.relation, column.name]), column);
  return [...found.values()];
}

/** Relations have ids that are unique in the feature, so nesting need not be followed. */
function visit(node: unknown, own: Set<string>, read: ColumnExpr[]): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) visit(item, own, read);
    return;
  }
  if ('kind' in node) {
    if (node.kind === 'column') {
      read.push(node as ColumnExpr);
      return;
    }
    if ((node.kind === 'source' || node.kind === 'cte' || node.kind === 'derived' || node.kind === 'flatten') && 'id' in node)
      own.add(String(node.id));
  }
  for (const key in node) if (key !== 'span' && key !== 'type') visit((node as Record<string, unknown>)[key], own, read);
}
