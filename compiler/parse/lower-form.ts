/** Expressions with a syntax of their own: CASE, CAST, EXTRACT, SUBSTRING … */
import { datePart } from '../functions/date-part.ts';
import { joinSpans, type Span } from '../source.ts';
import { field, isAbsent, type Json, list, record, text, variant } from './json.ts';
import { plainCall } from './lower-path.ts';
import { lowerType } from './lower-type.ts';
import { lowerValue } from './lower-value.ts';
import { at, isWord, type Lowering, onlyKnown, refuse, specialCall, tokenEnd, tokenFrom, tokenSpan, unsupported } from './lowering.ts';
import type { Expression } from './syntax.ts';

type Lower = (json: Json) => Expression;

export function like(lowering: Lowering, json: Json, caseSensitive: boolean, lower: Lower): Expression {
  const argument = lower(field(json, 'expr'));
  const pattern = lower(field(json, 'pattern'));
  const escapeJson = field(json, 'escape_char');
  const escape = isAbsent(escapeJson) ? null : lowerValue(lowering, escapeJson, pattern.span);
  const span = joinSpans(argument.span, (escape ?? pattern).span);
  return { kind: 'like', argument, pattern, escape, caseSensitive, negated: field(json, 'negated') === true, span };
}

/** x RLIKE p */
export function matches(lowering: Lowering, json: Json, lower: Lower): Expression {
  const [argument, pattern] = [lower(field(json, 'expr')), lower(field(json, 'pattern'))];
  const span = joinSpans(argument.span, pattern.span);
  const negated = field(json, 'negated') === true;
  const word = lowering.tokens[tokenFrom(lowering, argument.span.end) + (negated ? 1 : 0)];
  const call = plainCall('REGEXP_LIKE', word === undefined ? span : at(word.start, word.end), span, [argument, pattern]);
  return negated ? { kind: 'unary', operator: 'NOT', argument: call, span } : call;
}

export function caseExpression(lowering: Lowering, json: Json, around: Span, lower: Lower): Expression {
  const first = tokenSpan(lowering, field(json, 'case_token')) ?? around;
  const last = tokenSpan(lowering, field(json, 'end_token')) ?? first;
  const operandJson = field(json, 'operand');
  const otherwise = field(json, 'else_result');
  const branches = list(field(json, 'conditions')).map((branch) => ({
    when: lower(field(branch, 'condition')),
    then: lower(field(branch, 'result')),
  }));
  const span = joinSpans(first, last);
  if (branches.length === 0) refuse(lowering, 'sql-syntax', span, 'CASE needs at least one WHEN');
  return {
    kind: 'case',
    operand: isAbsent(operandJson) ? null : lower(operandJson),
    branches,
    otherwise: isAbsent(otherwise) ? null : lower(otherwise),
    span,
  };
}

export function cast(lowering: Lowering, json: Json, lower: Lower): Expression {
  const argument = lower(field(json, 'expr'));
  const kind = text(field(json, 'kind'));
  onlyKnown(lowering, record(json), ['kind', 'expr', 'data_type'], argument.span, 'a cast');
  if (kind === 'DoubleColon') {
    const sign = tokenFrom(lowering, argument.span.end);
    const type = lowerType(lowering, sign + 1);
    return { kind: 'cast', argument, type, try: false, span: joinSpans(argument.span, type.span) };
  }
  const { span } = specialCall(lowering, argument.span);
  if (kind !== 'Cast' && kind !== 'TryCast') return unsupported(lowering, span, kind);
  const as = tokenFrom(lowering, argument.span.end);
  if (!isWord(lowering.tokens[as], 'AS')) return unsupported(lowering, span, 'this cast');
  return { kind: 'cast', argument, type: lowerType(lowering, as + 1), try: kind === 'TryCast', span };
}

export function extract(lowering: Lowering, json: Json, lower: Lower): Expression {
  const argument = lower(field(json, 'expr'));
  const { nameSpan, span } = specialCall(lowering, argument.span);
  const word = lowering.tokens[tokenFrom(lowering, nameSpan.end) + 1];
  if (word === undefined) return unsupported(lowering, span, 'this EXTRACT');
  const part = word.kind === 'string' ? word.text.slice(1, -1) : word.text;
  return plainCall('DATE_PART', nameSpan, span, [{ kind: 'string', value: part.toLowerCase(), span: at(word.start, word.end) }, argument]);
}

export function substring(lowering: Lowering, json: Json, lower: Lower): Expression {
  const argument = lower(field(json, 'expr'));
  const { nameSpan, span } = specialCall(lowering, argument.span);
  const rest = [field(json, 'substring_from'), field(json, 'substring_for')];
  const one: Expression = { kind: 'number', text: '1', span: argument.span };
  const [from, length] = rest.map((part) => (isAbsent(part) ? null : lower(part)));
  if (!from && !length) refuse(lowering, 'wrong-arguments', span, 'SUBSTRING needs a position', 'SUBSTRING(text, start [, length])');
  return plainCall('SUBSTRING', nameSpan, span, [argument, from ?? one, ...(length ? [length] : [])]);
}

export function trim(lowering: Lowering, json: Json, lower: Lower): Expression {
  const argument = lower(field(json, 'expr'));
  const { nameSpan, span } = specialCall(lowering, argument.span);
  const what = field(json, 'trim_what');
  const where = text(field(json, 'trim_where'));
  const characters = [...(isAbsent(what) ? [] : [what]), ...list(field(json, 'trim_characters'))].map(lower);
  if (where !== '' || !isAbsent(what)) {
    return unsupported(lowering, span, 'TRIM with FROM, which Snowflake does not have', 'TRIM(text, characters), LTRIM, RTRIM');
  }
  return plainCall('TRIM', nameSpan, span, [argument, ...characters]);
}

export function position(lowering: Lowering, json: Json, lower: Lower): Expression {
  const sought = lower(field(json, 'expr'));
  const { nameSpan, span } = specialCall(lowering, sought.span);
  return plainCall('POSITION', nameSpan, span, [sought, lower(field(json, 'in'))]);
}

export function rounded(lowering: Lowering, json: Json, name: string, lower: Lower): Expression {
  const argument = lower(field(json, 'expr'));
  const { nameSpan, span } = specialCall(lowering, argument.span);
  const { tag, content } = variant(field(json, 'field'));
  if (tag === 'DateTimeField' && variant(content).tag === 'NoDateTime') return plainCall(name, nameSpan, span, [argument]);
  if (tag === 'Scale') return plainCall(name, nameSpan, span, [argument, lowerValue(lowering, content, span)]);
  return unsupported(lowering, span, `${name} … TO`);
}

/** DATE '2020-01-01' */
export function typedString(lowering: Lowering, json: Json, around: Span): Expression {
  const argument = lowerValue(lowering, field(json, 'value'), around);
  let first = tokenFrom(lowering, argument.span.start) - 1;
  if (lowering.tokens[first]?.text === ')') first = (lowering.pairs.get(first) ?? first) - 1;
  const type = lowerType(lowering, first);
  if (type.span.end > argument.span.start || !/^(DATE|TIME|TIMESTAMP(_?NTZ)?|DATETIME)$/.test(type.name)) {
    return unsupported(lowering, joinSpans(type.span, argument.span), `a literal of type ${type.name}`, "write '…'::TYPE");
  }
  return { kind: 'cast', argument, type, try: false, span: joinSpans(type.span, argument.span) };
}

export function interval(lowering: Lowering, json: Json, around: Span): Expression {
  const { tag, content } = variant(field(json, 'value'));
  const value = tag === 'Value' ? lowerValue(lowering, content, around) : null;
  const unitJson = field(json, 'leading_field');
  const valueSpan = value?.span ?? around;
  const first = tokenFrom(lowering, valueSpan.start) - 1;
  const unitToken = tokenFrom(lowering, valueSpan.end);
  const start = lowering.tokens[first]?.start ?? valueSpan.start;
  const span = at(start, isAbsent(unitJson) ? valueSpan.end : tokenEnd(lowering, unitToken));
  const hint = "INTERVAL '20 minutes', INTERVAL '1 day, 2 hours'";
  onlyKnown(lowering, record(json), ['value', 'leading_field'], span, 'an interval');
  if (value === null || (value.kind !== 'string' && value.kind !== 'number'))
    return unsupported(lowering, span, 'an interval of anything but a literal', hint);
  const written = value.kind === 'string' ? value.value : value.text;
  const unit = isAbsent(unitJson) ? null : (lowering.tokens[unitToken]?.text ?? '');
  if (unit === null && value.kind === 'number') return unsupported(lowering, span, 'an interval without a unit', hint);
  const parts = (unit === null ? written : `${written} ${unit}`).split(',').map((part) => {
    const found = /^\s*(\d{1,9})\s*([A-Za-z]+)?\s*$/.exec(part);
    const name = found === null ? undefined : found[2] === undefined ? 'second' : datePart(found[2]);
    return name === undefined ? null : { amount: Number(found?.[1]), unit: name };
  });
  const known = parts.filter((part) => part !== null);
  if (known.length !== parts.length) {
    refuse(
      lowering,
      'sql-syntax',
      span,
      `'${written}' is not an interval: parts are a whole number and a unit, with commas between them`,
      hint,
    );
  }
  return { kind: 'interval', parts: known, span };
}
