/** ORDER BY items, wherever they stand. */
import type { Span } from '../source.ts';
import { field, type Json, record, variant } from './json.ts';
import { type Lowering, onlyKnown } from './lowering.ts';
import type { OrderItem } from './syntax.ts';

export function lowerOrder(lowering: Lowering, json: Json, around: Span): OrderItem {
  const expression = lowering.lower.expression(lowering, field(json, 'expr'), around);
  return { expression, ...orderOptions(lowering, json, expression.span) };
}

export function orderOptions(lowering: Lowering, json: Json, place: Span): Omit<OrderItem, 'expression'> {
  onlyKnown(lowering, record(json), ['expr', 'options'], place, 'ORDER BY');
  const options = field(json, 'options');
  const direction = variant(field(options, 'sort'));
  onlyKnown(lowering, record(options), ['asc', 'nulls_first', 'sort'], place, 'ORDER BY');
  const first = field(options, 'nulls_first');
  return {
    descending: field(options, 'asc') === false || direction.tag === 'Desc',
    nulls: first === true ? 'first' : first === false ? 'last' : null,
  };
}
