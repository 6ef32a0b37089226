/** Function rows that led to a value. */
import { functionRows } from '../../compiler/functions/index.ts';
import { functionsShown } from '../differential/coverage.ts';

const names: ReadonlySet<string> = new Set(functionRows.map((row) => row.name));

/** Sorted. Other kinds of expressions have names in brackets, and are left out. */
export function rowsShown(...shown: Parameters<typeof functionsShown>): readonly string[] {
  return [...functionsShown(...shown)].filter((name) => names.has(name)).sort();
}
