/** Function calls: arguments, DISTINCT, ordering, null treatment, OVER. */
import type { Span } from '../source.ts';
import { field, isAbsent, type Json, list, record, text, variant } from './json.ts';
import { lowerOrder } from './lower-order.ts';
import {
  at,
  identifier,
  isWord,
  type Lowering,
  onlyKnown,
  refuse,
  spanOf,
  tokenEnd,
  tokenFrom,
  unsupported,
  wordSpan,
} from './lowering.ts';
import { isReserved } from './reserved.ts';
import type { CallExpression, Expression, FrameBoundSyntax, FrameSyntax, OrderItem, WindowSpecification } from './syntax.ts';

const known = ['name', 'args', 'null_treatment', 'over', 'within_group', 'filter', 'parameters', 'uses_odbc_syntax'];

const callable: ReadonlySet<string> = new Set([
  'LEFT',
  'RIGHT',
  'INSERT',
  'LIKE',
  'ILIKE',
  'RLIKE',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'LOCALTIME',
  'LOCALTIMESTAMP',
]);

export function lowerCall(lowering: Lowering, json: Json, around: Span): Expression {
  const names = list(field(json, 'name')).map((part) => variant(part));
  const nameJson = names[0]?.content ?? null;
  const nameSpan = spanOf(lowering, field(nameJson, 'span')) ?? around;
  const span = extent(lowering, nameSpan);
  if (names.length !== 1 || names[0]?.tag !== 'Identifier') return unsupported(lowering, span, 'a function name with dots');
  if (field(nameJson, 'quote_style') !== null) return unsupported(lowering, nameSpan, 'a quoted function name');
  onlyKnown(lowering, record(json), known, span, 'a function call');
  if (!isAbsent(field(json, 'filter'))) {
    unsupported(
      lowering,
      wordSpan(lowering, 'FILTER', span) ?? span,
      'FILTER (WHERE …), which Snowflake does not have',
      'COUNT_IF(condition), or CASE WHEN condition THEN x END inside the aggregate',
    );
  }
  const name = text(field(nameJson, 'value')).toUpperCase();
  if (isReserved(name) && !callable.has(name)) refuse(lowering, 'sql-syntax', nameSpan, `${name} cannot be called like a function`);
  const { tag, content } = variant(field(json, 'args'));
  if (tag !== 'List' && tag !== 'None') return unsupported(lowering, span, `${name} of a subquery`);
  const parts = callParts(lowering, content, span, parameterNames[name] ?? []);
  const within = list(field(json, 'within_group')).map((item) => lowerOrder(lowering, item, span));
  if (within.length > 0 && parts.orderBy.length > 0)
    refuse(lowering, 'sql-syntax', span, 'ORDER BY stands both inside the call and in WITHIN GROUP');
  const call: CallExpression = {
    kind: 'call',
    name,
    nameSpan,
    ...parts,
    orderBy: within.length > 0 ? within : parts.orderBy,
    nulls: nullTreatment(field(json, 'null_treatment')) ?? parts.nulls,
    over: lowerOver(lowering, field(json, 'over'), span),
    span,
  };
  return call;
}

type CallParts = Pick<CallExpression, 'arguments' | 'star' | 'distinct' | 'orderBy' | 'nulls'>;

function columnsOf(lowering: Lowering, json: Json, call: Span): Expression {
  const [name, second] = list(json);
  if (name === undefined || second !== undefined) return unsupported(lowering, call, '* of anything but a relation in FROM');
  const relation = identifier(lowering, variant(name).content, call);
  return { kind: 'columns-of', relation, span: at(relation.span.start, tokenEnd(lowering, tokenFrom(lowering, relation.span.end) + 1)) };
}

/** Functions whose arguments have names in Snowflake, in the order of their places. */
const parameterNames: Readonly<Record<string, readonly string[]>> = { ROUND: ['EXPR', 'SCALE', 'ROUNDING_MODE'] };

/** `names`: what the arguments may be called, if each stands at its own place. */
function callParts(lowering: Lowering, json: Json, span: Span, names: readonly string[]): CallParts {
  let star = false;
  const args: Expression[] = [];
  for (const item of list(field(json, 'args'))) {
    const { tag, content } = variant(item);
    const named = tag === 'Named' && names[args.length] === text(field(field(content, 'name'), 'value')).toUpperCase();
    const { tag: form, content: expression } = variant(named ? field(content, 'arg') : content);
    if (tag !== 'Unnamed' && !named)
      unsupported(lowering, spanOf(lowering, field(field(content, 'name'), 'span')) ?? span, 'a named argument');
    else if (form === 'Wildcard') star = true;
    else if (form === 'Expr') args.push(lowering.lower.expression(lowering, expression, span));
    else if (form === 'QualifiedWildcard') args.push(columnsOf(lowering, expression, span));
    else unsupported(lowering, span, form);
  }
  let orderBy: OrderItem[] = [];
  let nulls: CallExpression['nulls'] = null;
  for (const clause of list(field(json, 'clauses'))) {
    const { tag, content } = variant(clause);
    if (tag === 'OrderBy') orderBy = list(content).map((item) => lowerOrder(lowering, item, span));
    else if (tag === 'IgnoreOrRespectNulls') nulls = nullTreatment(content);
    else unsupported(lowering, span, `${tag.toUpperCase()} inside a call`);
  }
  const treatment = text(field(json, 'duplicate_treatment'));
  if (star && args.length > 0) refuse(lowering, 'sql-syntax', span, '* stands beside other arguments');
  if (star && treatment !== '') unsupported(lowering, span, `${treatment.toUpperCase()} *`, 'name the columns');
  if (treatment === 'All') unsupported(lowering, span, 'ALL inside a call');
  return { arguments: args, star, distinct: treatment === 'Distinct', orderBy, nulls };
}

function nullTreatment(json: Json): CallExpression['nulls'] {
  return json === 'IgnoreNulls' ? 'ignore' : json === 'RespectNulls' ? 'respect' : null;
}

/** From the name through the argument list and whatever follows it: WITHIN GROUP, IGNORE NULLS, OVER. */
function extent(lowering: Lowering, nameSpan: Span): Span {
  let index = tokenFrom(lowering, nameSpan.end);
  let end = nameSpan.end;
  const skipParentheses = (open: number): boolean => {
    const close = lowering.pairs.get(open);
    if (lowering.tokens[open]?.text !== '(' || close === undefined) return false;
    end = tokenEnd(lowering, close);
    index = close + 1;
    return true;
  };
  if (!skipParentheses(index)) return nameSpan;
  for (;;) {
    const token = lowering.tokens[index];
    if (isWord(token, 'WITHIN') && isWord(lowering.tokens[index + 1], 'GROUP') && skipParentheses(index + 2)) continue;
    if ((isWord(token, 'FILTER') || isWord(token, 'OVER')) && skipParentheses(index + 1)) continue;
    if ((isWord(token, 'IGNORE') || isWord(token, 'RESPECT')) && isWord(lowering.tokens[index + 1], 'NULLS')) {
      end = tokenEnd(lowering, index + 1);
      index += 2;
      continue;
    }
    if (isWord(token, 'OVER') && lowering.tokens[index + 1]?.kind === 'word') return at(nameSpan.start, tokenEnd(lowering, index + 1));
    return at(nameSpan.start, end);
  }
}

function lowerOver(lowering: Lowering, json: Json, call: Span): WindowSpecification | null {
  if (isAbsent(json)) return null;
  const { tag, content } = variant(json);
  if (tag !== 'WindowSpec') {
    if (isReserved(text(field(content, 'value')))) identifier(lowering, content, call);
    else
      unsupported(
        lowering,
        spanOf(lowering, field(content, 'span')) ?? call,
        'a named window, which Snowflake does not have',
        'write the window out after OVER',
      );
    return null;
  }
  const over = wordSpanLast(lowering, 'OVER', call);
  const span = over === undefined ? call : at(over.end, call.end);
  const open = tokenFrom(lowering, span.start);
  const whole = at(lowering.tokens[open]?.start ?? span.start, call.end);
  onlyKnown(lowering, record(content), ['partition_by', 'order_by', 'window_frame'], whole, 'OVER');
  return {
    partitionBy: list(field(content, 'partition_by')).map((item) => lowering.lower.expression(lowering, item, whole)),
    orderBy: list(field(content, 'order_by')).map((item) => lowerOrder(lowering, item, whole)),
    frame: lowerFrame(lowering, field(content, 'window_frame'), whole),
    span: whole,
  };
}

function wordSpanLast(lowering: Lowering, word: string, within: Span): Span | undefined {
  for (let i = tokenFrom(lowering, within.end) - 1; i >= 0; i--) {
    const token = lowering.tokens[i];
    if (token === undefined || token.start < within.start) return undefined;
    if (token.text === ')') i = lowering.pairs.get(i) ?? i;
    else if (isWord(token, word)) return at(token.start, token.end);
  }
  return undefined;
}

function lowerFrame(lowering: Lowering, json: Json, window: Span): FrameSyntax | null {
  if (isAbsent(json)) return null;
  const units = text(field(json, 'units'));
  const start = wordSpan(lowering, units.toUpperCase(), window) ?? window;
  const span = at(start.start, window.end - 1);
  onlyKnown(lowering, record(json), ['units', 'start_bound', 'end_bound'], span, 'a frame');
  if (units !== 'Rows' && units !== 'Range') {
    unsupported(lowering, span, `frames of ${units.toUpperCase()}`, 'ROWS or RANGE');
    return null;
  }
  const endJson = field(json, 'end_bound');
  return {
    unit: units === 'Rows' ? 'ROWS' : 'RANGE',
    start: lowerBound(lowering, field(json, 'start_bound'), span),
    end: isAbsent(endJson) ? { kind: 'current-row' } : lowerBound(lowering, endJson, span),
    span,
  };
}

function lowerBound(lowering: Lowering, json: Json, frame: Span): FrameBoundSyntax {
  const { tag, content } = variant(json);
  if (tag === 'CurrentRow') return { kind: 'current-row' };
  const preceding = tag === 'Preceding';
  if (content === null) return { kind: preceding ? 'unbounded-preceding' : 'unbounded-following' };
  return { kind: preceding ? 'preceding' : 'following', offset: lowering.lower.expression(lowering, content, frame) };
}
