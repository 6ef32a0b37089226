/** Where in the sources an expression of the query looks: a column, and within JSON a path. */
import type { CheckedBody, CheckedFeature, CheckedFrom, CheckedQuery, Expr } from '../../../compiler/check/checked.ts';

/** A key, an index, or any element. */
export type Step = string | number | typeof anyElement;
export const anyElement = { any: 'element' } as const;

export interface Place {
  readonly source: string;
  readonly column: string;
  /** [] for the column itself. */
  readonly path: readonly Step[];
}

export const placeText = ({ source, column, path }: Place): string => JSON.stringify([source, column, ...path]);

type Leaf = Exclude<CheckedFrom, { kind: 'join' }>;

export interface Places {
  /** Of everything in an expression. */
  readonly of: (node: unknown) => readonly Place[];
  readonly relation: (id: string) => Leaf | undefined;
}

export function placesIn(feature: CheckedFeature): Places {
  const leaves = new Map<string, Leaf>();
  const ctes = new Map<string, CheckedQuery>();
  visit(feature.query, (node) => {
    const { kind } = node;
    if ((kind === 'source' || kind === 'cte' || kind === 'derived' || kind === 'flatten') && 'alias' in node)
      leaves.set((node as unknown as Leaf).id, node as unknown as Leaf);
    if ('ctes' in node) for (const cte of (node as unknown as CheckedQuery).ctes) ctes.set(cte.id, cte.query);
  });
  const known = new Map<string, readonly Place[]>();
  const ofColumn = (relation: string, name: string): readonly Place[] => {
    const key = JSON.stringify([relation, name]);
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, []);
    const found = trace(leaves.get(relation), name);
    known.set(key, found);
    return found;
  };
  const trace = (leaf: Leaf | undefined, name: string): readonly Place[] => {
    if (leaf === undefined) return [];
    if (leaf.kind === 'source') return [{ source: leaf.source, column: name, path: [] }];
    if (leaf.kind === 'flatten') return name === 'VALUE' ? of(leaf.input).map((p) => ({ ...p, path: [...p.path, anyElement] })) : [];
    const query = leaf.kind === 'derived' ? leaf.query : ctes.get(leaf.cte);
    const at = leaf.columns.findIndex((c) => c.name === name);
    return query === undefined ? [] : expressionsAt(query.body, at).flatMap(of);
  };
  const of = (node: unknown): readonly Place[] => {
    if (typeof node !== 'object' || node === null) return [];
    if (Array.isArray(node)) return node.flatMap(of);
    const expr = node as Expr;
    if (expr.kind === 'column') return ofColumn(expr.relation, expr.name);
    if (expr.kind === 'call' && expr.fn === 'GET') {
      const [from, step] = expr.args;
      if (step?.kind === 'literal') return of(from).map((p) => ({ ...p, path: [...p.path, stepOf(step)] }));
    }
    return Object.entries(node).flatMap(([key, value]) => (key === 'span' || key === 'type' ? [] : of(value)));
  };
  return { of, relation: (id) => leaves.get(id) };
}

const stepOf = ({ text, type }: Extract<Expr, { kind: 'literal' }>): Step => (type.kind === 'number' ? Number(text) : String(text));

/** Of the nth column, one for each branch of a union. */
export function expressionsAt(body: CheckedBody, at: number): readonly Expr[] {
  if (body.kind === 'union-all') return body.branches.flatMap((b) => expressionsAt(b, at));
  const expr = body.items[at]?.expr;
  return expr === undefined ? [] : [expr];
}

export interface Node {
  readonly kind?: unknown;
}

/** Every node of a tree, those around before those within. */
export function visit(node: unknown, see: (node: Node) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) see(node);
  for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'type') visit(value, see);
}
