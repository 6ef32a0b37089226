/** Expressions, through a white list. */
import { joinSpans, type Span } from '../source.ts';
import { field, type Json, list, text, variant } from './json.ts';
import { lowerCall } from './lower-call.ts';
import { caseExpression, cast, extract, interval, like, matches, position, rounded, substring, trim, typedString } from './lower-form.ts';
import { arrayLiteral, path } from './lower-path.ts';
import { compareRows, likeSeveral, quantified, rowInList, rowInQuery, rowParts } from './lower-row.ts';
import { lowerValue } from './lower-value.ts';
import {
  anyPlace,
  at,
  identifier,
  isWord,
  type Lowering,
  refuse,
  tokenEnd,
  tokenFrom,
  tokenStart,
  unsupported,
  withParentheses,
} from './lowering.ts';
import type { BinaryOperator, Expression } from './syntax.ts';

const binaryOperators: Readonly<Record<string, BinaryOperator>> = {
  Plus: '+',
  Minus: '-',
  Multiply: '*',
  Divide: '/',
  Modulo: '%',
  StringConcat: '||',
  Eq: '=',
  NotEq: '<>',
  Lt: '<',
  LtEq: '<=',
  Gt: '>',
  GtEq: '>=',
  And: 'AND',
  Or: 'OR',
};
const comparisons: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);
const predicates: ReadonlySet<Expression['kind']> = new Set(['is', 'is-distinct', 'between', 'like', 'in-list', 'in-query']);

const isTests: Readonly<Record<string, { readonly test: 'NULL' | 'TRUE' | 'FALSE'; readonly negated: boolean }>> = {
  IsNull: { test: 'NULL', negated: false },
  IsNotNull: { test: 'NULL', negated: true },
  IsTrue: { test: 'TRUE', negated: false },
  IsNotTrue: { test: 'TRUE', negated: true },
  IsFalse: { test: 'FALSE', negated: false },
  IsNotFalse: { test: 'FALSE', negated: true },
};

const namesOfRefused: Readonly<Record<string, string>> = {
  Subscript: 'a subscript',
  CompoundFieldAccess: 'a path into VARIANT',
  Lambda: 'a lambda',
  Dictionary: 'an object literal',
  Tuple: 'a row of values',
  AtTimeZone: 'AT TIME ZONE',
  Collate: 'COLLATE',
  SimilarTo: 'SIMILAR TO',
  Convert: 'CONVERT',
  Overlay: 'OVERLAY',
  GroupingSets: 'GROUPING SETS',
  Cube: 'CUBE',
  Rollup: 'ROLLUP',
  IsUnknown: 'IS UNKNOWN',
  IsNotUnknown: 'IS NOT UNKNOWN',
  Named: 'a named argument',
  Prior: 'PRIOR',
  Prefixed: 'a prefixed value',
  Wildcard: '*',
  QualifiedWildcard: '*',
  InUnnest: 'IN UNNEST',
  Struct: 'STRUCT',
  Map: 'MAP',
  OuterJoin: 'the (+) join',
};

/** `around`: a place for what has none of its own. */
export function lowerExpression(lowering: Lowering, json: Json, around: Span): Expression {
  const { tag, content } = variant(json);
  const sub = (child: Json): Expression => lowerExpression(lowering, child, around);
  const isTest = isTests[tag];
  if (isTest !== undefined) {
    const argument = sub(content);
    unchained(lowering, argument, content);
    return { kind: 'is', argument, ...isTest, span: at(argument.span.start, endOfIs(lowering, argument.span.end)) };
  }
  switch (tag) {
    case 'Identifier': {
      const name = identifier(lowering, content, around);
      return { kind: 'column', path: [name], span: name.span };
    }
    case 'CompoundIdentifier': {
      const path = list(content).map((part) => identifier(lowering, part, around));
      const [first, last] = [path[0]?.span ?? around, path.at(-1)?.span ?? around];
      return { kind: 'column', path, span: joinSpans(first, last) };
    }
    case 'Value':
      return lowerValue(lowering, content, around);
    case 'Nested': {
      const inner = sub(content);
      return { ...inner, span: withParentheses(lowering, inner.span) };
    }
    case 'BinaryOp':
      return binary(lowering, content, around);
    case 'UnaryOp': {
      const argument = sub(field(content, 'expr'));
      const operator = ({ Minus: '-', Plus: '+', Not: 'NOT' } as const)[text(field(content, 'op')) as 'Minus'];
      const span = at(tokenStart(lowering, tokenFrom(lowering, argument.span.start) - 1), argument.span.end);
      if (operator === undefined)
        return unsupported(lowering, span, `the operator ${lowering.text.slice(span.start, argument.span.start).trim()}`);
      return { kind: 'unary', operator, argument, span };
    }
    case 'IsDistinctFrom':
    case 'IsNotDistinctFrom': {
      const [left, right] = list(content).map(sub);
      if (left === undefined || right === undefined) break;
      list(content).forEach((operand, i) => {
        unchained(lowering, i === 0 ? left : right, operand);
      });
      ungreedy(lowering, right, list(content)[1] ?? null);
      return { kind: 'is-distinct', left, right, negated: tag === 'IsNotDistinctFrom', span: joinSpans(left.span, right.span) };
    }
    case 'Between': {
      const [argument, low, high] = [sub(field(content, 'expr')), sub(field(content, 'low')), sub(field(content, 'high'))];
      unchained(lowering, argument, field(content, 'expr'));
      return {
        kind: 'between',
        argument,
        low,
        high,
        negated: field(content, 'negated') === true,
        span: joinSpans(argument.span, high.span),
      };
    }
    case 'Like':
    case 'ILike': {
      const test = likeSeveral(lowering, content, tag === 'Like', sub) ?? like(lowering, content, tag === 'Like', sub);
      if (test.kind === 'like') unchained(lowering, test.argument, field(content, 'expr'));
      return test;
    }
    case 'RLike':
      return matches(lowering, content, sub);
    case 'AnyOp':
    case 'AllOp':
      return quantified(lowering, content, tag === 'AnyOp' ? 'ANY' : 'ALL', around, sub);
    case 'InList': {
      const row = rowParts(field(content, 'expr'));
      if (row !== undefined) return rowInList(lowering, content, row, around, sub);
      const argument = sub(field(content, 'expr'));
      unchained(lowering, argument, field(content, 'expr'));
      const items = list(field(content, 'list')).map(sub);
      const end = tokenEnd(lowering, tokenFrom(lowering, items.at(-1)?.span.end ?? argument.span.end));
      const span = at(argument.span.start, end);
      if (items.length === 0) refuse(lowering, 'sql-syntax', span, 'IN needs at least one value');
      return { kind: 'in-list', argument, list: items, negated: field(content, 'negated') === true, span };
    }
    case 'InSubquery': {
      const row = rowParts(field(content, 'expr'));
      if (row !== undefined) return rowInQuery(lowering, content, row, around, sub);
      const argument = sub(field(content, 'expr'));
      unchained(lowering, argument, field(content, 'expr'));
      const query = lowering.lower.query(lowering, field(content, 'subquery'), around);
      const span = joinSpans(argument.span, withParentheses(lowering, query.span));
      return { kind: 'in-query', argument, query, negated: field(content, 'negated') === true, span };
    }
    case 'Exists': {
      const query = lowering.lower.query(lowering, field(content, 'subquery'), around);
      const whole = withParentheses(lowering, query.span);
      const negated = field(content, 'negated') === true;
      const start = tokenStart(lowering, tokenFrom(lowering, whole.start) - (negated ? 2 : 1));
      return { kind: 'exists', query, negated, span: at(start, whole.end) };
    }
    case 'Subquery': {
      const query = lowering.lower.query(lowering, content, around);
      return { kind: 'subquery', query, span: withParentheses(lowering, query.span) };
    }
    case 'Case':
      return caseExpression(lowering, content, around, sub);
    case 'Cast':
      return cast(lowering, content, sub);
    case 'Extract':
      return extract(lowering, content, sub);
    case 'Substring':
      return substring(lowering, content, sub);
    case 'Trim':
      return trim(lowering, content, sub);
    case 'Position':
      return position(lowering, content, sub);
    case 'Ceil':
    case 'Floor':
      return rounded(lowering, content, tag.toUpperCase(), sub);
    case 'TypedString':
      return typedString(lowering, content, around);
    case 'JsonAccess':
      return path(lowering, content, sub);
    case 'Array':
      return arrayLiteral(lowering, content, around, sub);
    case 'Interval':
      return interval(lowering, content, around);
    case 'Function':
      return lowerCall(lowering, content, around);
  }
  return unsupported(lowering, anyPlace(lowering, json, around), namesOfRefused[tag] ?? (tag === '' ? 'this expression' : tag));
}

function binary(lowering: Lowering, json: Json, around: Span): Expression {
  const [leftJson, rightJson] = [field(json, 'left'), field(json, 'right')];
  const row = rowParts(leftJson);
  if (row !== undefined) {
    const operator = binaryOperators[variant(field(json, 'op')).tag] ?? '';
    const place = anyPlace(lowering, json, around);
    return compareRows(lowering, operator, row, rowParts(rightJson), place, (child) => lowerExpression(lowering, child, around));
  }
  const left = lowerExpression(lowering, leftJson, around);
  const right = lowerExpression(lowering, rightJson, around);
  const span = joinSpans(left.span, right.span);
  const name = variant(field(json, 'op')).tag;
  const operator = binaryOperators[name];
  if (operator === undefined) {
    const sign = lowering.tokens[tokenFrom(lowering, left.span.end)];
    const place = sign === undefined ? span : at(sign.start, sign.end);
    return unsupported(lowering, place, `the operator ${sign?.text ?? name}`);
  }
  if (comparisons.has(operator)) {
    unchained(lowering, left, leftJson);
    unchained(lowering, right, rightJson);
  }
  const sums = ['+', '-'];
  for (const [operand, operandJson] of [
    [left, leftJson],
    [right, rightJson],
  ] as const) {
    if (operand.kind !== 'binary' || variant(operandJson).tag === 'Nested') continue;
    if ((operator === '||' && sums.includes(operand.operator)) || (sums.includes(operator) && operand.operator === '||')) {
      refuse(
        lowering,
        'sql-unsupported',
        span,
        `not supported: \`${operator}\` and \`${operand.operator}\` side by side, which engines group differently`,
        'add parentheses',
      );
    }
  }
  return { kind: 'binary', operator, left, right, span };
}

/** `a < b < c` and its like: engines group them differently, and hardly anyone means any of it. */
function unchained(lowering: Lowering, operand: Expression, json: Json): void {
  if (variant(json).tag === 'Nested') return;
  const compares = (operand.kind === 'binary' && comparisons.has(operand.operator)) || predicates.has(operand.kind);
  if (compares)
    refuse(
      lowering,
      'sql-unsupported',
      operand.span,
      'not supported: a comparison of a comparison without parentheses',
      'add parentheses, or AND',
    );
}

/** `a IS DISTINCT FROM b AND c`: the parser takes `b AND c` for what a is compared with. */
function ungreedy(lowering: Lowering, right: Expression, json: Json): void {
  if (variant(json).tag === 'Nested' || right.kind !== 'binary' || (right.operator !== 'AND' && right.operator !== 'OR')) return;
  refuse(
    lowering,
    'sql-unsupported',
    right.span,
    `not supported: ${right.operator} after IS DISTINCT FROM without parentheses`,
    `(a IS DISTINCT FROM b) ${right.operator} …`,
  );
}

function endOfIs(lowering: Lowering, from: number): number {
  let index = tokenFrom(lowering, from);
  while (lowering.tokens[index]?.text === ')') index++;
  if (!isWord(lowering.tokens[index], 'IS')) return tokenEnd(lowering, index);
  return tokenEnd(lowering, isWord(lowering.tokens[index + 1], 'NOT') ? index + 2 : index + 1);
}
