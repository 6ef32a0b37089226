/**
 * (a, b) IN (SELECT c, d …): some row is equal, or no row is, or it cannot be told. Written as EXISTS over the query's rows,
 * because a row with a NULL may still be known to differ in another column.
 */
import { counted } from '../counted.ts';
import { error } from '../diagnostics.ts';
import type { Query } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { boolean, number } from '../sql-type.ts';
import { type Bound, contains, isNullable, noFacts } from './bound.ts';
import type { CheckedFrom, CheckedQuery, CheckedSelect, Expr } from './checked.ts';
import { type ExpressionScope, fail, freshRelation } from './context.ts';
import { outOfReach } from './relation.ts';
import { applyScalar } from './scalar.ts';

export function bindRowInQuery(row: readonly Bound[], syntax: Query, negated: boolean, span: Span, scope: ExpressionScope): Bound {
  requirePlain(row, scope);
  const found = rowsThat('equal', row, syntax, span, scope);
  const certain = !row.some((b) => isNullable(b.expr)) && !found.columns.some((c) => c.nullable);
  const expr = certain ? { ...found.exists, negated } : threeValued(found.exists, unknown(row, syntax, span, scope), negated, span);
  return { expr, facts: noFacts };
}

type Exists = Expr & { readonly kind: 'exists' };

function threeValued(found: Exists, unknown: Exists, negated: boolean, span: Span): Expr {
  const truth = (text: boolean | null): Expr => ({ kind: 'literal', text, type: boolean, span });
  return {
    kind: 'case',
    branches: [
      { when: found, then: truth(!negated) },
      { when: unknown, then: truth(null) },
    ],
    otherwise: truth(negated),
    type: boolean,
    nullable: true,
    span,
  };
}

/** The query is bound again, under other ids; what is wrong with it has been said. */
function unknown(row: readonly Bound[], syntax: Query, span: Span, scope: ExpressionScope): Exists {
  const { diagnostics } = scope.session;
  const said = diagnostics.length;
  const { exists } = rowsThat('may be equal', row, syntax, span, scope);
  diagnostics.length = said;
  return exists;
}

function rowsThat(
  which: 'equal' | 'may be equal',
  row: readonly Bound[],
  syntax: Query,
  span: Span,
  scope: ExpressionScope,
): { readonly exists: Exists; readonly columns: CheckedQuery['columns'] } {
  const bound = scope.bindQuery(syntax, scope, outOfReach([scope.input, ...scope.outer]));
  const columns = [...bound.query.columns];
  if (columns.length !== row.length) {
    const widths = `${counted(row.length, 'value')} ${row.length === 1 ? 'is' : 'are'} looked for among rows of ${columns.length}`;
    fail(scope.session, error('wrong-arguments', syntax.span, widths));
  }
  const id = freshRelation(scope.session);
  const from: CheckedFrom = { kind: 'derived', id, query: bound.query, alias: 'LISTED', columns: bound.query.columns };
  const equal = columns
    .map((column, i): Bound => {
      const sought = row[i] as Bound;
      const expr: Expr = { kind: 'column', relation: id, ...column, span: sought.expr.span };
      return applyScalar('=', [sought, { expr, facts: bound.facts.get(column.name) ?? noFacts }], sought.expr.span, scope);
    })
    .reduce((a, b) => applyScalar('AND', [a, b], span, scope));
  const where = (which === 'equal' ? equal : applyScalar('IS NULL', [equal], span, scope)).expr;
  const one: Expr = { kind: 'literal', text: '1', type: number(1), span };
  const body: CheckedSelect = {
    kind: 'select',
    from,
    where,
    groupBy: null,
    having: null,
    qualify: null,
    items: [{ name: 'FOUND', expr: one }],
    distinct: false,
    columns: [{ name: 'FOUND', type: one.type, nullable: false }],
  };
  const query: CheckedQuery = { ctes: [], body, columns: body.columns };
  return { exists: { kind: 'exists', query, negated: false, type: boolean, nullable: false, span }, columns };
}

/** What the row is compared with is read inside a query of its own: there only columns can be carried. */
function requirePlain(row: readonly Bound[], scope: ExpressionScope): void {
  const beyond = new Set(['aggregate', 'window', 'subquery', 'exists', 'in-query']);
  const wrong =
    scope.aggregates === 'inside'
      ? row.find((b) => contains(b.expr, (e) => e.kind === 'column'))
      : row.find((b) => contains(b.expr, (e) => beyond.has(e.kind)));
  if (wrong === undefined) return;
  const where = scope.aggregates === 'inside' ? 'inside an aggregate' : 'of an aggregate, a window or a query';
  const message = `not supported: a row of values ${where}, looked for in a query`;
  fail(scope.session, error('sql-unsupported', wrong.expr.span, message, 'compute it in a CTE first'));
}
