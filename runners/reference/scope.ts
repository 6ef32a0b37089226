/** Where columns are found, and what stands for what, while an expression is compiled. */

import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFrom, CheckedQuery, Expr } from '../../compiler/check/checked.ts';
import { InternalError } from './internal-error.ts';
import type { Meanings } from './meanings.ts';
import type { Eval, Rows, Run } from './run.ts';

export type Leaf = Exclude<CheckedFrom, { kind: 'join' }>;

export interface Program {
  readonly catalog: Catalog;
  readonly meanings: Meanings;
  /** CTEs of the whole feature, by id. */
  readonly ctes: ReadonlyMap<string, CheckedQuery>;
  readonly rowsOf: (query: CheckedQuery) => (run: Run) => Rows;
  /** Of a query that reads rows of the selects around it. */
  readonly rowsWithin: (query: CheckedQuery, around: readonly Scope[]) => (run: Run) => Rows;
  /** Selects around the query, the nearest first; their rows are in `Run.around`. */
  readonly around: readonly Scope[];
}

export type Compile = (expr: Expr, scope: Scope) => Eval;

export interface Scope {
  readonly program: Program;
  /** Relations in FROM; their position is the position in a `Row`. */
  readonly relations: readonly { readonly id: string; readonly columns: readonly string[] }[];
  /** Grouped: these expressions are read off the group's keys. */
  readonly groupBy: readonly Expr[] | null;
  /** Window functions met so far; filled while compiling. */
  readonly windows: (Expr & { kind: 'window' })[];
}

export function leaves(from: CheckedFrom | null): readonly Leaf[] {
  if (from === null) return [];
  if (from.kind === 'flatten') return [...leaves(from.left), from];
  return from.kind === 'join' ? [...leaves(from.left), ...leaves(from.right)] : [from];
}

export function leafColumns(leaf: Leaf, { catalog, ctes }: Program): readonly string[] {
  switch (leaf.kind) {
    case 'source': {
      const declared = leaf.mode === 'fixed' ? (catalog.fixed ?? []) : catalog.sources;
      const source = declared.find(({ name }) => name === leaf.source);
      if (source === undefined) throw new InternalError(`no source ${leaf.source} in the catalog`);
      const names = source.columns.map(({ name }) => name);
      return leaf.mode === 'history' ? [...names, 'VALID_FROM', 'VALID_TO'] : names;
    }
    case 'cte':
      return samePositions(leaf, ctes.get(leaf.cte));
    case 'flatten':
      return leaf.columns.map(({ name }) => name);
    case 'derived':
      return samePositions(leaf, leaf.query);
  }
}

/** Columns of a query may be renamed by its alias, not left out. */
function samePositions(leaf: Leaf, query: CheckedQuery | undefined): readonly string[] {
  if (query === undefined) throw new InternalError(`no CTE for ${leaf.alias}`);
  if (query.columns.length !== leaf.columns.length)
    throw new InternalError(`${leaf.alias} has ${leaf.columns.length} columns, its query ${query.columns.length}`);
  return leaf.columns.map(({ name }) => name);
}

/** Whether a column in it belongs to a relation that is not in it. */
export function readsAround(query: CheckedQuery): boolean {
  const relations = new Set<unknown>();
  const columns = new Set<unknown>();
  JSON.stringify(query, (_, node: unknown) => {
    if (typeof node === 'object' && node !== null && 'kind' in node) {
      if (node.kind === 'column' && 'relation' in node) columns.add(node.relation);
      else if ('alias' in node && 'id' in node) relations.add(node.id);
    }
    return node;
  });
  return [...columns].some((id) => !relations.has(id));
}

/** Two expressions that mean the same by their form; where they stand in the file does not count. */
export function sameExpr(a: Expr, b: Expr): boolean {
  return formOf(a) === formOf(b);
}

const forms = new WeakMap<Expr, string>();

function formOf(expr: Expr): string {
  const known = forms.get(expr);
  if (known !== undefined) return known;
  const form = JSON.stringify(expr, (key, value: unknown) => (key === 'span' || key === 'nullable' ? undefined : value));
  forms.set(expr, form);
  return form;
}
