/** Paths into VARIANT and array literals, as the calls that they stand for. */
import type { Span } from '../source.ts';
import { field, type Json, list, text, variant } from './json.ts';
import { at, type Lowering, spanOf, tokenEnd, tokenFrom, tokenStart, unsupported } from './lowering.ts';
import type { CallExpression, Expression } from './syntax.ts';

type Lower = (json: Json) => Expression;

export function plainCall(name: string, nameSpan: Span, span: Span, args: readonly Expression[]): CallExpression {
  return { kind: 'call', name, nameSpan, arguments: args, star: false, distinct: false, orderBy: [], nulls: null, over: null, span };
}

/** v:a.b[0] and v['a'] are GET(GET(GET(v, 'a'), 'b'), 0): keys keep their case, as Snowflake's do. */
export function path(lowering: Lowering, json: Json, lower: Lower): Expression {
  const start = lower(field(json, 'value'));
  return list(field(field(json, 'path'), 'path')).reduce<Expression>((inner, step) => {
    const { tag, content } = variant(step);
    const first = tokenFrom(lowering, inner.span.end);
    if (tag === 'Dot') {
      const name = lowering.tokens[first + 1];
      const span = at(inner.span.start, tokenEnd(lowering, first + 1));
      const place = at(name?.start ?? span.start, name?.end ?? span.end);
      const key: Expression = { kind: 'string', value: text(field(content, 'key')), span: place };
      return plainCall('GET', place, span, [inner, key]);
    }
    const key = lower(field(content, 'key'));
    const place = at(tokenStart(lowering, first), tokenEnd(lowering, tokenFrom(lowering, key.span.end)));
    return plainCall('GET', place, at(inner.span.start, place.end), [inner, key]);
  }, start);
}

/** [a, b] */
export function arrayLiteral(lowering: Lowering, json: Json, around: Span, lower: Lower): Expression {
  const elements = list(field(json, 'elem')).map(lower);
  const [first, last] = [elements[0], elements.at(-1)];
  if (first === undefined || last === undefined)
    return unsupported(
      lowering,
      spanOf(lowering, field(json, 'span')) ?? around,
      'an array without elements, which has no type of elements',
    );
  const span = at(tokenStart(lowering, tokenFrom(lowering, first.span.start) - 1), tokenEnd(lowering, tokenFrom(lowering, last.span.end)));
  return plainCall('ARRAY_CONSTRUCT', span, span, elements);
}
