/** Queries inside expressions: IN, EXISTS, and a query for one value. They may read columns of the query around them. */
import { error } from '../diagnostics.ts';
import type { Query } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { boolean, commonType, typeName } from '../sql-type.ts';
import { type Bound, isNullable, noFacts } from './bound.ts';
import type { CheckedColumn, CheckedQuery } from './checked.ts';
import { castImplicitly, sayTainted } from './coerce.ts';
import { type BoundQuery, type ExpressionScope, fail } from './context.ts';

function inner(query: Query, scope: ExpressionScope): BoundQuery {
  return scope.bindQuery(query, scope, [scope.input, ...scope.outer]);
}

function onlyColumn(query: CheckedQuery, span: Span, scope: ExpressionScope): CheckedColumn {
  const [column, second] = query.columns;
  if (column === undefined || second !== undefined) {
    fail(
      scope.session,
      error('wrong-arguments', span, `a query in an expression returns one column, and this one returns ${query.columns.length}`),
    );
  }
  return column;
}

export function bindInQuery(argument: Bound, syntax: Query, negated: boolean, span: Span, scope: ExpressionScope): Bound {
  const bound = inner(syntax, scope);
  const column = onlyColumn(bound.query, syntax.span, scope);
  const type = commonType(argument.expr.type, column.type);
  if (type === undefined)
    fail(
      scope.session,
      error('type-mismatch', span, `${typeName(argument.expr.type)} is looked for among ${typeName(column.type)}`, 'cast one of the two'),
    );
  if (argument.facts.tainted || bound.facts.get(column.name)?.tainted) sayTainted('IN', span, scope);
  return {
    expr: {
      kind: 'in-query',
      argument: castImplicitly(argument, type, scope).expr,
      query: bound.query,
      negated,
      type: boolean,
      nullable: isNullable(argument.expr) || column.nullable,
      span,
    },
    facts: noFacts,
  };
}

export function bindExists(syntax: Query, negated: boolean, span: Span, scope: ExpressionScope): Bound {
  const { query } = inner(syntax, scope);
  return { expr: { kind: 'exists', query, negated, type: boolean, nullable: false, span }, facts: noFacts };
}

export function bindScalarQuery(syntax: Query, span: Span, scope: ExpressionScope): Bound {
  const bound = inner(syntax, scope);
  const column = onlyColumn(bound.query, syntax.span, scope);
  if (!bound.uniqueKeys.some((key) => key.length === 0)) {
    fail(
      scope.session,
      error('not-unique', span, 'a query for one value must be proven to return at most one row', 'aggregate it without GROUP BY'),
    );
  }
  const facts = bound.facts.get(column.name) ?? noFacts;
  return { expr: { kind: 'subquery', query: bound.query, type: column.type, nullable: true, span }, facts };
}
