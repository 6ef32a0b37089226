/** Rows of values compared, patterns and queries under ANY and ALL: written out as the comparisons that they stand for. */
import { joinSpans, type Span } from '../source.ts';
import { field, isAbsent, type Json, list, text, variant } from './json.ts';
import { lowerValue } from './lower-value.ts';
import { anyPlace, at, type Lowering, refuse, tokenEnd, tokenFrom, unsupported, withParentheses } from './lowering.ts';
import type { Expression } from './syntax.ts';

type Lower = (json: Json) => Expression;

const not = (argument: Expression): Expression => ({ kind: 'unary', operator: 'NOT', argument, span: argument.span });

function chain(operator: 'AND' | 'OR', parts: readonly Expression[], span: Span): Expression {
  return parts.reduce((left, right) => ({ kind: 'binary', operator, left, right, span }));
}

/** What stands in a row, or undefined if it is none. */
export function rowParts(json: Json): readonly Json[] | undefined {
  const { tag, content } = variant(json);
  return tag === 'Tuple' ? list(content) : undefined;
}

/** (a, b) = (c, d) is a = c AND b = d, with its NULLs. */
export function compareRows(
  lowering: Lowering,
  operator: string,
  left: readonly Json[],
  right: readonly Json[] | undefined,
  span: Span,
  lower: Lower,
): Expression {
  if (operator !== '=' && operator !== '<>')
    return unsupported(lowering, span, `rows of values with ${operator}`, 'compare the values one by one');
  if (right === undefined || right.length !== left.length) {
    refuse(lowering, 'sql-syntax', span, 'rows that are compared have the same number of values');
    return { kind: 'null', span };
  }
  const parts = left.map((json, i): Expression => {
    const [a, b] = [lower(json), lower(right[i] as Json)];
    return { kind: 'binary', operator, left: a, right: b, span: joinSpans(a.span, b.span) };
  });
  return chain(operator === '=' ? 'AND' : 'OR', parts, span);
}

/** (a, b) IN ((c, d), …) */
export function rowInList(lowering: Lowering, json: Json, left: readonly Json[], around: Span, lower: Lower): Expression {
  const span = anyPlace(lowering, json, around);
  const rows = list(field(json, 'list')).map((item) => compareRows(lowering, '=', left, rowParts(item), span, lower));
  const any = chain('OR', rows, span);
  return field(json, 'negated') === true ? not(any) : any;
}

/** (a, b) IN (SELECT c, d …) */
export function rowInQuery(lowering: Lowering, json: Json, left: readonly Json[], around: Span, lower: Lower): Expression {
  const row = left.map(lower);
  const values = row.reduce((span, { span: next }) => joinSpans(span, next), row[0]?.span ?? around);
  const query = lowering.lower.query(lowering, field(json, 'subquery'), around);
  const span = joinSpans(withParentheses(lowering, values), withParentheses(lowering, query.span));
  return { kind: 'row-in-query', row, query, negated: field(json, 'negated') === true, span };
}

/** The patterns of LIKE ANY (…) or LIKE ALL (…); undefined for a plain LIKE. */
function severalPatterns(json: Json): { readonly word: 'ANY' | 'ALL'; readonly patterns: readonly Json[] | undefined } | undefined {
  const pattern = variant(field(json, 'pattern'));
  if (field(json, 'any') === true) {
    if (pattern.tag === 'Tuple') return { word: 'ANY', patterns: list(pattern.content) };
    return { word: 'ANY', patterns: pattern.tag === 'Nested' ? [pattern.content] : undefined };
  }
  // The parser takes ALL ('a', 'b') for a call.
  if (pattern.tag !== 'Function') return undefined;
  const name = variant(list(field(pattern.content, 'name'))[0] ?? null).content;
  if (text(field(name, 'value')).toUpperCase() !== 'ALL' || field(name, 'quote_style') !== null) return undefined;
  const args = variant(field(pattern.content, 'args'));
  const patterns = list(field(args.content, 'args')).map((item) => {
    const { content } = variant(item);
    return variant(content).content;
  });
  return { word: 'ALL', patterns: args.tag === 'List' && patterns.length > 0 ? patterns : undefined };
}

/** x LIKE ANY (p, q) is x LIKE p OR x LIKE q. */
export function likeSeveral(lowering: Lowering, json: Json, caseSensitive: boolean, lower: Lower): Expression | undefined {
  const several = severalPatterns(json);
  if (several === undefined) return undefined;
  const { word, patterns } = several;
  const argument = lower(field(json, 'expr'));
  const like = caseSensitive ? 'LIKE' : 'ILIKE';
  if (patterns === undefined || field(json, 'negated') === true) {
    const what = patterns === undefined ? `${like} ${word} of anything but constants` : `NOT ${like} ${word}`;
    return unsupported(lowering, anyPlace(lowering, json, argument.span), what, `write NOT (x ${like} ${word} ('…', '…'))`);
  }
  const escapeJson = field(json, 'escape_char');
  const tests = patterns.map((item): Expression => {
    const pattern = lower(item);
    const escape = isAbsent(escapeJson) ? null : lowerValue(lowering, escapeJson, pattern.span);
    const span = joinSpans(argument.span, pattern.span);
    return { kind: 'like', argument, pattern, escape, caseSensitive, negated: false, span };
  });
  const last = tests.at(-1)?.span ?? argument.span;
  const close = tokenEnd(lowering, tokenFrom(lowering, last.end));
  return chain(word === 'ANY' ? 'OR' : 'AND', tests, at(argument.span.start, close));
}

/** x = ANY (query) is IN, x <> ALL (query) is NOT IN. */
export function quantified(lowering: Lowering, json: Json, word: 'ANY' | 'ALL', around: Span, lower: Lower): Expression {
  const { tag, content } = variant(field(json, 'right'));
  const operator = text(field(json, 'compare_op'));
  const fits = operator === (word === 'ANY' ? 'Eq' : 'NotEq') && tag === 'Subquery' && field(json, 'is_some') !== true;
  if (!fits || rowParts(field(json, 'left')) !== undefined) {
    return unsupported(
      lowering,
      anyPlace(lowering, json, around),
      `this use of ${word}`,
      '= ANY (query) and <> ALL (query), or MIN and MAX of the query',
    );
  }
  const argument = lower(field(json, 'left'));
  const query = lowering.lower.query(lowering, content, around);
  const span = joinSpans(argument.span, withParentheses(lowering, query.span));
  return { kind: 'in-query', argument, query, negated: word === 'ALL', span };
}
