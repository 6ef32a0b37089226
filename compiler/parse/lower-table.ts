/** Relations in FROM and their joins. */
import { joinSpans, type Span } from '../source.ts';
import { field, isAbsent, type Json, list, record, variant } from './json.ts';
import { lowerFlatten } from './lower-flatten.ts';
import { lowerPivot, lowerUnpivot } from './lower-pivot.ts';
import { lowerValues, underNames } from './lower-values.ts';
import { anyPlace, at, identifier, type Lowering, onlyKnown, tokenEnd, tokenFrom, unsupported, withParentheses } from './lowering.ts';
import type { Expression, Identifier, TableExpression } from './syntax.ts';

type Join = Extract<TableExpression, { kind: 'join' }>;

/** A relation and the joins that follow it up to the comma. */
export function lowerTable(lowering: Lowering, json: Json, around: Span): TableExpression {
  let table = lowerRelation(lowering, field(json, 'relation'), around);
  for (const join of list(field(json, 'joins'))) {
    const right = lowerRelation(lowering, field(join, 'relation'), around);
    onlyKnown(lowering, record(join), ['relation', 'join_operator'], right.span, 'a join');
    table = lowerJoin(lowering, field(join, 'join_operator'), table, right);
  }
  return table;
}

const namesOfRefused: Readonly<Record<string, string>> = {
  TableFunction: 'TABLE(…) in FROM',
  Function: 'a function in FROM',
  UNNEST: 'UNNEST',
  MatchRecognize: 'MATCH_RECOGNIZE',
  JsonTable: 'JSON_TABLE',
  SemanticView: 'SEMANTIC_VIEW',
};

function lowerRelation(lowering: Lowering, json: Json, around: Span): TableExpression {
  const { tag, content } = variant(json);
  if (tag === 'Table') return namedTable(lowering, content, around);
  if (tag === 'Derived') {
    return lowerDerived(lowering, content, around);
  }
  if (tag === 'Pivot') return lowerPivot(lowering, content, lowerRelation(lowering, field(content, 'table'), around), around);
  if (tag === 'Unpivot') return lowerUnpivot(lowering, content, lowerRelation(lowering, field(content, 'table'), around), around);
  if (tag === 'NestedJoin') {
    const inner = lowerTable(lowering, field(content, 'table_with_joins'), around);
    const alias = field(content, 'alias');
    if (!isAbsent(alias)) unsupported(lowering, inner.span, 'a name for a join in parentheses');
    return { ...inner, span: withParentheses(lowering, inner.span) };
  }
  const flattened = lowerFlatten(lowering, tag, content, around);
  if (flattened !== undefined) return flattened;
  const place = anyPlace(lowering, json, around);
  unsupported(lowering, place, namesOfRefused[tag] ?? tag);
  return { kind: 'table', path: [], alias: null, span: place };
}

function lowerDerived(lowering: Lowering, json: Json, around: Span): TableExpression {
  const subquery = field(json, 'subquery');
  const names = list(field(field(json, 'alias'), 'columns')).map((column) => identifier(lowering, field(column, 'name'), around));
  const body = variant(field(subquery, 'body'));
  const values = body.tag === 'Values';
  const query = values ? lowerValues(lowering, body.content, names, around) : lowering.lower.query(lowering, subquery, around);
  const whole = withParentheses(lowering, query.span);
  if (values) onlyKnown(lowering, record(subquery), ['body'], whole, 'VALUES');
  const lateral = field(json, 'lateral') === true;
  onlyKnown(lowering, record(json), ['lateral', 'subquery', 'alias'], whole, 'a derived table');
  const alias = lowerAlias(lowering, field(json, 'alias'), whole, true);
  const named = alias === null || values || names.length === 0 ? query : underNames(lowering, query, alias, names);
  return { kind: 'derived', query: named, lateral, alias, span: alias === null ? whole : joinSpans(whole, alias.span) };
}

function namedTable(lowering: Lowering, json: Json, around: Span): TableExpression {
  const parts = list(field(json, 'name')).map((part) => variant(part));
  const place = anyPlace(lowering, field(json, 'name'), around);
  if (parts.some((part) => part.tag !== 'Identifier')) unsupported(lowering, place, 'IDENTIFIER(…)');
  const path = parts.filter((part) => part.tag === 'Identifier').map((part) => identifier(lowering, part.content, place));
  const whole = anyPlace(lowering, json, place);
  if (field(json, 'args') !== null) unsupported(lowering, whole, 'a function in FROM');
  if (!isAbsent(field(json, 'version'))) unsupported(lowering, whole, 'AT and BEFORE', 'every source is already read as of as_of()');
  if (!isAbsent(field(json, 'sample'))) unsupported(lowering, whole, 'SAMPLE');
  onlyKnown(lowering, record(json), ['name', 'alias', 'args', 'version', 'sample'], whole, 'FROM');
  const alias = lowerAlias(lowering, field(json, 'alias'), place);
  return { kind: 'table', path, alias, span: alias === null ? place : joinSpans(place, alias.span) };
}

function lowerAlias(lowering: Lowering, json: Json, around: Span, columns = false): Identifier | null {
  if (isAbsent(json)) return null;
  const name = identifier(lowering, field(json, 'name'), around);
  if (!columns && !isAbsent(field(json, 'columns')))
    unsupported(lowering, anyPlace(lowering, json, name.span), 'column names after a relation', 'name the columns in its SELECT');
  onlyKnown(lowering, record(json), ['explicit', 'name', 'columns'], name.span, 'an alias');
  return name;
}

const joins: Readonly<Record<string, Join['join']>> = {
  Join: 'inner',
  Inner: 'inner',
  Left: 'left',
  LeftOuter: 'left',
  Right: 'right',
  RightOuter: 'right',
  FullOuter: 'full',
  CrossJoin: 'cross',
  AsOf: 'asof',
};

function lowerJoin(lowering: Lowering, json: Json, left: TableExpression, right: TableExpression): TableExpression {
  const { tag, content } = variant(json);
  const join = joins[tag];
  const constraint = variant(join === 'asof' ? field(content, 'constraint') : content);
  const match = join === 'asof' ? lowering.lower.expression(lowering, field(content, 'match_condition'), right.span) : null;
  let on: Expression | null = null;
  let using: Identifier[] = [];
  let span = joinSpans(left.span, right.span);
  if (join === undefined) unsupported(lowering, right.span, `${tag} join`);
  else if (constraint.tag === 'Natural') unsupported(lowering, right.span, 'NATURAL JOIN', 'name the columns: USING (…)');
  else if (constraint.tag === 'On') {
    on = lowering.lower.expression(lowering, constraint.content, right.span);
    span = joinSpans(span, on.span);
  } else if (constraint.tag === 'Using') {
    using = list(constraint.content).map((name) => identifier(lowering, variant(list(name)[0] ?? null).content, right.span));
    const last = using.at(-1)?.span ?? right.span;
    span = joinSpans(span, at(last.start, tokenEnd(lowering, tokenFrom(lowering, last.end))));
  } else if (join !== 'cross' && join !== 'inner' && join !== 'asof' && right.kind !== 'flatten')
    unsupported(lowering, right.span, 'an outer join without a condition', 'ON …, or USING (…)');
  if (join === 'cross' && (on !== null || using.length > 0))
    unsupported(lowering, right.span, 'CROSS JOIN with a condition', 'JOIN … ON …');
  return { kind: 'join', join: join ?? 'inner', left, right, on, using, match, span };
}
