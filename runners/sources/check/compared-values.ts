/** The literals that features compare a VARCHAR column with: `status = 'paid'`, IN, CASE status WHEN. Only the bare column counts: UPPER(status) has other values. */
import type { CheckedBody, CheckedFeature, CheckedFrom, CheckedQuery, Expr } from '../../../compiler/check/checked.ts';
import { visit } from '../../check/generate/places.ts';

export interface ComparedColumn {
  readonly source: string;
  readonly column: string;
  /** Literal → features that compare the column with it. */
  readonly literals: ReadonlyMap<string, readonly CheckedFeature[]>;
}

export function comparedColumns(features: readonly CheckedFeature[]): readonly ComparedColumn[] {
  const found = new Map<string, { source: string; column: string; literals: Map<string, CheckedFeature[]> }>();
  for (const feature of features)
    for (const { source, column, literal } of comparisonsIn(feature)) {
      const key = JSON.stringify([source, column]);
      const entry = found.get(key) ?? { source, column, literals: new Map<string, CheckedFeature[]>() };
      found.set(key, entry);
      const known = entry.literals.get(literal) ?? [];
      if (!known.includes(feature)) entry.literals.set(literal, [...known, feature]);
    }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

interface Comparison {
  readonly source: string;
  readonly column: string;
  readonly literal: string;
}

type Column = Pick<Comparison, 'source' | 'column'>;

const equalities = new Set(['=', '<>', 'EQUAL_NULL']);

function comparisonsIn(feature: CheckedFeature): readonly Comparison[] {
  const columnsOf = bareColumns(feature);
  const found: Comparison[] = [];
  const compare = (sides: readonly Expr[], with_: readonly Expr[]): void => {
    for (const { source, column } of sides.flatMap(columnsOf))
      for (const literal of with_.flatMap(textOf)) found.push({ source, column, literal });
  };
  visit(feature.query, (node) => {
    const expr = node as Expr;
    if (expr.kind === 'in-list') compare([expr.argument], expr.list);
    if (expr.kind === 'call' && equalities.has(expr.fn)) compare(expr.args, expr.args);
  });
  return found;
}

const textOf = (expr: Expr): readonly string[] =>
  expr.kind === 'literal' && expr.type.kind === 'varchar' && typeof expr.text === 'string' ? [expr.text] : [];

type Leaf = Exclude<CheckedFrom, { kind: 'join' }>;

/** Columns of sources that an expression is, through queries that hand them on as they are. */
function bareColumns(feature: CheckedFeature): (expr: Expr) => readonly Column[] {
  const leaves = new Map<string, Leaf>();
  const ctes = new Map<string, CheckedQuery>();
  visit(feature.query, (node) => {
    if ('alias' in node && 'id' in node) leaves.set((node as unknown as Leaf).id, node as unknown as Leaf);
    if ('ctes' in node) for (const cte of (node as unknown as CheckedQuery).ctes) ctes.set(cte.id, cte.query);
  });
  const inQuery = ({ body }: CheckedQuery, at: number): readonly Column[] => branches(body).flatMap((select) => of(select.items[at]?.expr));
  const of = (expr: Expr | undefined): readonly Column[] => {
    if (expr?.kind !== 'column' || expr.type.kind !== 'varchar') return [];
    const leaf = leaves.get(expr.relation);
    if (leaf === undefined || leaf.kind === 'flatten') return [];
    if (leaf.kind === 'source') return leaf.mode === 'fixed' ? [] : [{ source: leaf.source, column: expr.name }];
    const query = leaf.kind === 'derived' ? leaf.query : ctes.get(leaf.cte);
    const at = leaf.columns.findIndex((c) => c.name === expr.name);
    return query === undefined || at < 0 ? [] : inQuery(query, at);
  };
  return of;
}

type Select = Extract<CheckedBody, { kind: 'select' }>;

const branches = (body: CheckedBody): readonly Select[] => (body.kind === 'select' ? [body] : body.branches.flatMap(branches));
