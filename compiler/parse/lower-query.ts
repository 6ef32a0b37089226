/** Queries, set operations, CTEs, ordering. */
import { joinSpans, type Span } from '../source.ts';
import { commentsBefore } from './comments.ts';
import { field, isAbsent, type Json, list, record, text, variant } from './json.ts';
import { lowerOrder, orderOptions } from './lower-order.ts';
import { lowerSelect, topOf } from './lower-select.ts';
import { underNames } from './lower-values.ts';
import {
  anyPlace,
  at,
  identifier,
  isWord,
  type Lowering,
  onlyKnown,
  refuse,
  tokenEnd,
  tokenFrom,
  tokenSpan,
  tokenStart,
  unsupported,
  withParentheses,
  wordSpan,
} from './lowering.ts';
import type { Query, QueryBody } from './syntax.ts';

export function lowerQuery(lowering: Lowering, json: Json, around: Span): Query {
  const span = queryExtent(lowering, json, around);
  onlyKnown(lowering, record(json), ['with', 'body', 'order_by', 'limit_clause', 'fetch'], span, 'a query');
  const start = bodyStart(lowering, field(json, 'body'));
  const places = [...new Set([queryStart(lowering, json), start])].filter((place) => place !== undefined);
  const comments = places.flatMap((place) => commentsBefore(lowering, place));
  return {
    ...(comments.length === 0 ? {} : { comments }),
    ctes: lowerWith(lowering, field(json, 'with'), span),
    body: lowerBody(lowering, field(json, 'body'), span),
    ...lowerOrderBy(lowering, field(json, 'order_by'), span),
    limit: lowerTop(lowering, json, span) ?? lowerLimit(lowering, json, span),
    offset: lowerOffset(lowering, json, span),
    span,
  };
}

/** A query ends where its parentheses do; the whole statement at its last token. */
function queryExtent(lowering: Lowering, json: Json, around: Span): Span {
  const start = queryStart(lowering, json);
  if (start === undefined) return around;
  const first = tokenFrom(lowering, start);
  let depthEnd = first;
  for (; depthEnd < lowering.tokens.length; depthEnd++) {
    const sign = lowering.tokens[depthEnd]?.text;
    if (sign === ')' || sign === ';') break;
    if (sign === '(') depthEnd = lowering.pairs.get(depthEnd) ?? depthEnd;
  }
  return at(start, tokenEnd(lowering, depthEnd - 1));
}

function queryStart(lowering: Lowering, json: Json): number | undefined {
  const withToken = tokenSpan(lowering, field(field(json, 'with'), 'with_token'));
  return withToken?.start ?? bodyStart(lowering, field(json, 'body'));
}

function bodyStart(lowering: Lowering, json: Json): number | undefined {
  const { tag, content } = variant(json);
  if (tag === 'Select') return tokenSpan(lowering, field(content, 'select_token'))?.start;
  if (tag === 'SetOperation') return bodyStart(lowering, field(content, 'left'));
  if (tag !== 'Query') return undefined;
  const inner = queryStart(lowering, content);
  return inner === undefined ? undefined : tokenStart(lowering, tokenFrom(lowering, inner) - 1);
}

function lowerWith(lowering: Lowering, json: Json, query: Span): Query['ctes'] {
  if (isAbsent(json)) return [];
  if (field(json, 'recursive') === true) unsupported(lowering, wordSpan(lowering, 'RECURSIVE', query) ?? query, 'WITH RECURSIVE');
  return list(field(json, 'cte_tables')).map((cte) => {
    const alias = field(cte, 'alias');
    const name = identifier(lowering, field(alias, 'name'), query);
    onlyKnown(lowering, record(cte), ['alias', 'query', 'closing_paren_token'], name.span, 'a CTE');
    const columns = list(field(alias, 'columns')).map((column) => identifier(lowering, field(column, 'name'), name.span));
    const inner = lowerQuery(lowering, field(cte, 'query'), query);
    const named = columns.length === 0 ? inner : underNames(lowering, inner, name, columns);
    const comments = [...commentsBefore(lowering, name.span.start), ...(inner.comments ?? [])];
    return { name, query: comments.length === 0 ? named : { ...named, comments } };
  });
}

function lowerBody(lowering: Lowering, json: Json, around: Span): QueryBody {
  const { tag, content } = variant(json);
  switch (tag) {
    case 'Select':
      return lowerSelect(lowering, content, around);
    case 'Query': {
      const query = lowerQuery(lowering, content, around);
      return { kind: 'query', query, span: withParentheses(lowering, query.span) };
    }
    case 'SetOperation':
      return lowerSet(lowering, content, around);
  }
  const place = anyPlace(lowering, json, around);
  unsupported(
    lowering,
    place,
    tag === 'Values' ? 'VALUES as a relation' : tag,
    tag === 'Values' ? 'SELECT … UNION ALL SELECT …' : undefined,
  );
  return {
    kind: 'select',
    distinct: false,
    items: [],
    from: [],
    where: null,
    groupBy: null,
    groupingSets: null,
    having: null,
    qualify: null,
    span: place,
  };
}

const operators = { Union: 'UNION', Intersect: 'INTERSECT', Except: 'EXCEPT', Minus: 'EXCEPT' } as const;

function lowerSet(lowering: Lowering, json: Json, around: Span): QueryBody {
  const left = lowerBody(lowering, field(json, 'left'), around);
  const right = lowerBody(lowering, field(json, 'right'), around);
  const span = joinSpans(left.span, right.span);
  for (const key of ['left', 'right'])
    if (topOf(lowering, field(json, key), span) !== null)
      unsupported(lowering, span, 'TOP in a branch of a set operation', 'put it into parentheses');
  const operator = operators[text(field(json, 'op')) as keyof typeof operators];
  const quantifier = text(field(json, 'set_quantifier'));
  if (operator === undefined) unsupported(lowering, span, text(field(json, 'op')));
  if (!['None', '', 'All', 'Distinct'].includes(quantifier))
    unsupported(lowering, span, 'UNION BY NAME', 'list the columns in the same order');
  const all = quantifier === 'All';
  if (all && operator !== 'UNION') unsupported(lowering, span, `${operator} ALL, which Snowflake does not have`);
  for (const side of [left, right]) {
    if (side.kind === 'set' && (side.operator === 'INTERSECT') !== (operator === 'INTERSECT')) {
      refuse(
        lowering,
        'sql-unsupported',
        side.span,
        `not supported: ${operator} and ${side.operator} side by side, which engines group differently`,
        'add parentheses',
      );
    }
  }
  return { kind: 'set', operator: operator ?? 'UNION', all, left, right, span };
}

function lowerOrderBy(lowering: Lowering, json: Json, query: Span): Pick<Query, 'orderBy' | 'orderAll'> {
  if (isAbsent(json)) return { orderBy: [], orderAll: null };
  const { tag, content } = variant(field(json, 'kind'));
  onlyKnown(lowering, record(json), ['kind'], query, 'ORDER BY');
  if (tag !== 'Expressions') unsupported(lowering, query, `ORDER BY ${tag.toUpperCase()}`);
  const items = list(content);
  const [only] = items;
  const word = variant(field(only ?? null, 'expr'));
  const all = items.length === 1 && word.tag === 'Identifier' && isUnquoted(word.content, 'ALL');
  if (!all) return { orderBy: items.map((item) => lowerOrder(lowering, item, query)), orderAll: null };
  const span = tokenSpan(lowering, word.content) ?? query;
  return { orderBy: [], orderAll: { ...orderOptions(lowering, only ?? null, span), span } };
}

function isUnquoted(json: Json, word: string): boolean {
  return text(field(json, 'value')).toUpperCase() === word && field(json, 'quote_style') === null;
}

/** TOP n is LIMIT n. */
function lowerTop(lowering: Lowering, json: Json, query: Span): Query['limit'] {
  const top = topOf(lowering, field(json, 'body'), query);
  if (top !== null && !(isAbsent(field(json, 'limit_clause')) && isAbsent(field(json, 'fetch'))))
    unsupported(lowering, query, 'TOP beside LIMIT');
  return top;
}

function lowerOffset(lowering: Lowering, json: Json, query: Span): Query['offset'] {
  const offset = field(field(field(json, 'limit_clause'), 'LimitOffset'), 'offset');
  return isAbsent(offset) ? null : lowering.lower.expression(lowering, field(offset, 'value'), query);
}

function lowerLimit(lowering: Lowering, json: Json, query: Span): Query['limit'] {
  const { tag, content } = variant(field(json, 'limit_clause'));
  const fetch = field(json, 'fetch');
  if (!isAbsent(fetch)) {
    onlyKnown(lowering, record(fetch), ['quantity'], query, 'FETCH');
    return isAbsent(field(fetch, 'quantity'))
      ? unsupported(lowering, query, 'FETCH without a count')
      : lowering.lower.expression(lowering, field(fetch, 'quantity'), query);
  }
  if (tag === '') {
    const last = lowering.tokens[tokenFrom(lowering, query.end) - 1];
    if (isWord(last, 'LIMIT')) refuse(lowering, 'sql-syntax', at(last?.start ?? 0, last?.end ?? 0), 'LIMIT needs a number');
    return null;
  }
  if (tag !== 'LimitOffset') return unsupported(lowering, query, tag);
  onlyKnown(lowering, record(content), ['limit', 'offset'], query, 'LIMIT');
  const limit = field(content, 'limit');
  return isAbsent(limit) ? null : lowering.lower.expression(lowering, limit, query);
}
