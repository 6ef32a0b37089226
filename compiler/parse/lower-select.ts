/** SELECT: items, FROM, joins, grouping. */
import { joinSpans, type Span } from '../source.ts';
import { field, isAbsent, type Json, list, record, text, variant } from './json.ts';
import { lowerGroupBy } from './lower-grouping.ts';
import { lowerTable } from './lower-table.ts';
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
  unsupported,
} from './lowering.ts';
import type { Expression, Select, SelectItem } from './syntax.ts';

const known = [
  'select_token',
  'distinct',
  'projection',
  'from',
  'selection',
  'group_by',
  'having',
  'qualify',
  'window_before_qualify',
  'value_table_mode',
  'top',
  'top_before_distinct',
  'flavor',
];

export function lowerSelect(lowering: Lowering, json: Json, around: Span): Select {
  const word = tokenSpan(lowering, field(json, 'select_token')) ?? around;
  const span = selectExtent(lowering, word);
  onlyKnown(lowering, record(json), known, span, 'SELECT');
  if (text(field(json, 'flavor')) !== 'Standard') refuse(lowering, 'sql-syntax', word, 'a query begins with SELECT');
  const distinct = variant(field(json, 'distinct'));
  if (distinct.tag === 'On') unsupported(lowering, word, 'DISTINCT ON, which Snowflake does not have', 'QUALIFY ROW_NUMBER() OVER (…) = 1');
  const optional = (key: string): Expression | null =>
    isAbsent(field(json, key)) ? null : lowering.lower.expression(lowering, field(json, key), span);
  const items = list(field(json, 'projection')).map((item) => lowerItem(lowering, item, span));
  if (items.length === 0) refuse(lowering, 'sql-syntax', word, 'SELECT needs at least one expression');
  return {
    kind: 'select',
    distinct: distinct.tag === 'Distinct',
    items,
    from: list(field(json, 'from')).map((table) => lowerTable(lowering, table, span)),
    where: optional('selection'),
    ...lowerGroupBy(lowering, field(json, 'group_by'), span),
    having: optional('having'),
    qualify: optional('qualify'),
    span,
  };
}

/** The count behind TOP of a body that is a SELECT: whoever lowers that body must ask for it. */
export function topOf(lowering: Lowering, body: Json, around: Span): Expression | null {
  const top = field(field(body, 'Select'), 'top');
  if (isAbsent(top)) return null;
  onlyKnown(lowering, record(top), ['quantity'], around, 'TOP');
  const { tag, content } = variant(field(top, 'quantity'));
  if (tag === 'Constant') return { kind: 'number', text: String(content), span: around };
  return tag === 'Expr' ? lowering.lower.expression(lowering, content, around) : unsupported(lowering, around, 'TOP without a count');
}

/** To the set operator, the ORDER BY or the parenthesis that ends it. */
function selectExtent(lowering: Lowering, word: Span): Span {
  let index = tokenFrom(lowering, word.end);
  for (; index < lowering.tokens.length; index++) {
    const token = lowering.tokens[index];
    if (token?.text === '(') index = lowering.pairs.get(index) ?? index;
    else if (token?.text === ')' || token?.text === ';') break;
    else if (token?.kind === 'word' && /^(UNION|INTERSECT|EXCEPT|MINUS|LIMIT|FETCH|OFFSET)$/i.test(token.text)) break;
    else if (isWord(token, 'ORDER') && isWord(lowering.tokens[index + 1], 'BY')) break;
  }
  return at(word.start, Math.max(word.end, tokenEnd(lowering, index - 1)));
}

function lowerItem(lowering: Lowering, json: Json, around: Span): SelectItem {
  const { tag, content } = variant(json);
  switch (tag) {
    case 'UnnamedExpr':
      return { kind: 'expression', expression: lowering.lower.expression(lowering, content, around), alias: null };
    case 'ExprWithAlias': {
      const alias = field(content, 'alias');
      return {
        kind: 'expression',
        expression: lowering.lower.expression(lowering, field(content, 'expr'), around),
        alias: identifier(lowering, alias, tokenSpan(lowering, alias) ?? anyPlace(lowering, json, around)),
      };
    }
    case 'Wildcard':
      return { kind: 'star', relation: null, span: wildcard(lowering, content, around) };
    case 'QualifiedWildcard': {
      const [owner, star] = list(content);
      const { tag: form, content: path } = variant(owner ?? null);
      const [name, ...others] = list(path);
      const span = wildcard(lowering, star ?? null, around);
      if (form !== 'ObjectName' || name === undefined || others.length > 0) {
        return { kind: 'expression', expression: unsupported(lowering, span, '* of anything but a relation in FROM'), alias: null };
      }
      const relation = identifier(lowering, variant(name).content, span);
      return { kind: 'star', relation, span: joinSpans(relation.span, span) };
    }
  }
  return {
    kind: 'expression',
    expression: unsupported(lowering, anyPlace(lowering, json, around), `${tag} in a select list`),
    alias: null,
  };
}

function wildcard(lowering: Lowering, json: Json, around: Span): Span {
  const span = tokenSpan(lowering, field(json, 'wildcard_token')) ?? around;
  const place = joinSpans(span, anyPlace(lowering, json, span));
  for (const [key, content] of Object.entries(record(json))) {
    if (key === 'wildcard_token' || isAbsent(content)) continue;
    unsupported(lowering, place, `* ${key.replace(/^opt_/, '').toUpperCase()}`, 'list the columns');
  }
  return span;
}
