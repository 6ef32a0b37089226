/**
 * LATERAL (SELECT …) that reads the relations before it in its WHERE alone: an ordinary derived table, joined by what that
 * WHERE says of both. What it groups or counts by them would need a join of its own for every row.
 */
import { error } from '../diagnostics.ts';
import type { TableExpression } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { boolean } from '../sql-type.ts';
import { conjuncts, contains, isNullable } from './bound.ts';
import type { CheckedColumn, CheckedSelect, Expr } from './checked.ts';
import { type BoundQuery, type Environment, fail } from './context.ts';
import { outerColumns } from './correlation.ts';
import { exprKey } from './expr-key.ts';
import { type Input, outOfReach } from './relation.ts';

export interface Lateral {
  readonly bound: BoundQuery;
  /** What joins it to the relations before it, when it is known as a relation; null if it reads none of them. */
  readonly on: (relation: string) => Expr | null;
}

export function bindLateral(
  table: Extract<TableExpression, { kind: 'derived' }>,
  left: Input,
  environment: Environment,
  outer: readonly Input[],
): Lateral {
  const bound = environment.bindQuery(table.query, environment, [left, ...outOfReach(outer)]);
  const read = outerColumns(bound.query);
  const [first] = read;
  if (first === undefined) return { bound, on: () => null };
  const refused = (span: Span, what: string): never =>
    fail(
      environment.session,
      error(
        'sql-unsupported',
        span,
        `not supported: LATERAL that ${what}`,
        'read them in its WHERE alone; a value for each row is a subquery in the SELECT list',
      ),
    );
  const { body } = bound.query;
  if (body.kind !== 'select') return refused(first.span, 'reads the relations before it inside a union');
  if (
    body.groupBy !== null ||
    body.distinct ||
    body.qualify !== null ||
    body.items.some((i) => contains(i.expr, (e) => e.kind === 'window'))
  )
    return refused(first.span, 'aggregates, numbers or merges rows, and reads the relations before it');
  const around = new Set(read.map((c) => c.relation));
  const parts = conjuncts(body.where);
  const linking = parts.filter((part) => reads(part, around));
  const elsewhere = [...body.items.map((i) => i.expr), body.from].find((node) => reads(node, around));
  if (elsewhere !== undefined) return refused(first.span, 'reads the relations before it outside of its WHERE');
  for (const part of linking)
    if (contains(part, (e) => e.kind === 'subquery' || e.kind === 'exists' || e.kind === 'in-query'))
      return refused(part.span, 'compares the relations before it with a query');
  const own = linking.flatMap((part) => columnsIn(part).filter((c) => !around.has(c.relation)));
  const names = new Map(own.map((column) => [exprKey(column), selected(column, body)]));
  const rest = parts.filter((part) => !linking.includes(part));
  const select: CheckedSelect = { ...body, where: rest.length === 0 ? null : all(rest) };
  return {
    bound: {
      ...bound,
      query: { ...bound.query, body: select },
      // What the WHERE fixed for one row before it is no longer fixed.
      uniqueKeys: bound.uniqueKeys.map((key) => [...new Set([...key, ...names.values()])]),
    },
    on: (relation) => all(linking.map((part) => moved(part, names, relation) as Expr)),
  };
}

function all(parts: readonly Expr[]): Expr {
  return parts.reduce((a, b) => ({
    kind: 'call',
    fn: 'AND',
    args: [a, b],
    type: boolean,
    nullable: isNullable(a) || isNullable(b),
    span: a.span,
  }));
}

/** The column's name among the select's items; added under a hidden one if it is not there. */
function selected(column: Expr & { readonly kind: 'column' }, body: CheckedSelect): string {
  const found = body.items.find((item) => exprKey(item.expr) === exprKey(column));
  if (found !== undefined) return found.name;
  const items = body.items as CheckedSelect['items'][number][];
  const name = `__ROW_KEY_${items.filter((item) => item.name.startsWith('__ROW_KEY_')).length + 1}`;
  items.push({ name, expr: column });
  (body.columns as CheckedColumn[]).push({ name, type: column.type, nullable: column.nullable });
  return name;
}

function columnsIn(node: unknown): readonly (Expr & { readonly kind: 'column' })[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('kind' in node && node.kind === 'column' && 'relation' in node) return [node as Expr & { readonly kind: 'column' }];
  return Object.values(node).flatMap(columnsIn);
}

function reads(node: unknown, relations: ReadonlySet<string>): boolean {
  return columnsIn(node).some((c) => relations.has(c.relation));
}

function moved(node: unknown, names: ReadonlyMap<string, string>, relation: string): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((child) => moved(child, names, relation));
  if ('kind' in node && node.kind === 'column' && 'relation' in node) {
    const name = names.get(exprKey(node as Expr));
    return name === undefined ? node : { ...node, relation, name };
  }
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, moved(child, names, relation)]));
}
