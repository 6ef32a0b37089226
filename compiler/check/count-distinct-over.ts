/**
 * COUNT(DISTINCT x) OVER (PARTITION BY p), which not every engine has: the ranks of a value from either end make up how many
 * values there are; a NULL is one of them, and does not count.
 */
import { error } from '../diagnostics.ts';
import type { AggregateRow } from '../functions/define.ts';
import type { CallExpression, Expression, OrderItem, WindowSpecification } from '../parse/syntax.ts';
import { accepted } from './aggregate.ts';
import { argOf, type Bound } from './bound.ts';
import { sayTainted } from './coerce.ts';
import { type ExpressionScope, fail } from './context.ts';

export function bindCountDistinctOver(call: CallExpression, over: WindowSpecification, row: AggregateRow, scope: ExpressionScope): Bound {
  const [value, second] = call.arguments;
  if (value === undefined || second !== undefined)
    fail(scope.session, error('sql-unsupported', call.span, 'not supported: COUNT(DISTINCT …) OVER of several values', 'count one'));
  if (over.orderBy.length > 0 || over.frame !== null)
    fail(scope.session, error('wrong-arguments', over.span, 'COUNT(DISTINCT x) takes PARTITION BY alone in its OVER (…)'));
  const bound = scope.bind(value, { ...scope, windows: 'forbidden', place: 'a window' });
  if (bound.facts.tainted) sayTainted('DISTINCT', call.span, scope);
  accepted(row.resolve([argOf(bound)], true), [bound], call, scope);
  const { span } = call;
  const windowed = (name: string, args: readonly Expression[], orderBy: readonly OrderItem[]): Expression => ({
    ...call,
    name,
    arguments: args,
    star: name === 'COUNT' && args.length === 0,
    distinct: false,
    over: { ...over, orderBy },
  });
  const rank = (descending: boolean): Expression => windowed('DENSE_RANK', [], [{ expression: value, descending, nulls: null }]);
  const one: Expression = { kind: 'number', text: '1', span };
  const binary = (operator: '+' | '-' | '<', left: Expression, right: Expression): Expression => ({
    kind: 'binary',
    operator,
    left,
    right,
    span,
  });
  const unknown: Expression = {
    kind: 'case',
    operand: null,
    branches: [{ when: binary('<', windowed('COUNT', [value], []), windowed('COUNT', [], [])), then: one }],
    otherwise: { kind: 'number', text: '0', span },
    span,
  };
  return scope.bind(binary('-', binary('-', binary('+', rank(false), rank(true)), one), unknown), scope);
}
