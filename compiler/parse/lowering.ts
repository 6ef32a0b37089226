/** What every part of the lowering shares: the tokens around a node, and what was refused. Spans are offsets of the rendered text. */
import type { DiagnosticCode } from '../codes.ts';
import { type Diagnostic, error } from '../diagnostics.ts';
import { joinSpans, type Span } from '../source.ts';
import { field, isAbsent, isList, type Json, type JsonRecord, text } from './json.ts';
import { offsetFinder } from './rendered.ts';
import { isReserved } from './reserved.ts';
import type { Token } from './scan.ts';
import type { Expression, Identifier, Query } from './syntax.ts';

export interface Lowering {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly diagnostics: Diagnostic[];
  /** Index of the matching parenthesis of a token that is one. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly offset: (line: number, column: number) => number;
  /** Handed along, so that the files of the lowering need not import one another in circles. */
  readonly lower: Lowerers;
}

export interface Lowerers {
  readonly expression: (lowering: Lowering, json: Json, around: Span) => Expression;
  readonly query: (lowering: Lowering, json: Json, around: Span) => Query;
}

export function startLowering(sql: string, tokens: readonly Token[], lower: Lowerers): Lowering {
  return { text: sql, tokens, diagnostics: [], pairs: pairParentheses(tokens), offset: offsetFinder(sql), lower };
}

function pairParentheses(tokens: readonly Token[]): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  tokens.forEach((token, index) => {
    if (token.text === '(') open.push(index);
    if (token.text !== ')') return;
    const start = open.pop();
    if (start === undefined) return;
    pairs.set(start, index);
    pairs.set(index, start);
  });
  return pairs;
}

export function at(start: number, end: number): Span {
  return { file: '', start, end };
}

export function refuse(lowering: Lowering, code: DiagnosticCode, span: Span, message: string, hint?: string): void {
  lowering.diagnostics.push(error(code, span, message, hint));
}

/** An expression in the place of one that was refused, so that the rest is still read. */
export function unsupported(lowering: Lowering, span: Span, what: string, hint?: string): Expression {
  refuse(lowering, 'sql-unsupported', span, `not supported: ${what}`, hint);
  return { kind: 'null', span };
}

/** Refuses every clause of a node that is present and not among the known ones. */
export function onlyKnown(lowering: Lowering, node: JsonRecord, known: readonly string[], place: Span, what: string): void {
  for (const key in node) {
    if (isAbsent(node[key] ?? null) || known.includes(key)) continue;
    const clause = key.replace(/^opt_/, '').replaceAll('_', ' ').toUpperCase();
    unsupported(lowering, wordSpan(lowering, clause.split(' ')[0] ?? '', place) ?? place, `${clause} in ${what}`);
  }
}

/** The first place of a word inside an extent. */
export function wordSpan(lowering: Lowering, word: string, within: Span): Span | undefined {
  for (let i = tokenFrom(lowering, within.start); ; i++) {
    const token = lowering.tokens[i];
    if (token === undefined || token.start >= within.end) return undefined;
    if (isWord(token, word)) return at(token.start, token.end);
  }
}

/** A `span` of the parser; undefined where it has none (it then writes zeros). */
export function spanOf(lowering: Lowering, json: Json): Span | undefined {
  const start = field(json, 'start');
  const end = field(json, 'end');
  const line = Number(field(start, 'line'));
  if (!(line > 0)) return undefined;
  const first = lowering.offset(line, Number(field(start, 'column')));
  const last = lowering.offset(Number(field(end, 'line')), Number(field(end, 'column')));
  return at(first, Math.max(first, last));
}

/** The extent of a token that the parser attached to a node, e.g. `select_token`. */
export function tokenSpan(lowering: Lowering, json: Json): Span | undefined {
  return spanOf(lowering, field(json, 'span'));
}

export function identifier(lowering: Lowering, json: Json, around: Span): Identifier {
  const value = text(field(json, 'value'));
  const quote = field(json, 'quote_style');
  const span = spanOf(lowering, field(json, 'span')) ?? around;
  if (quote === null) {
    if (isReserved(value)) {
      refuse(
        lowering,
        'sql-syntax',
        span,
        `\`${value}\` is a reserved word and cannot stand for a name here`,
        `for a column or relation of that name write "${value.toUpperCase()}"`,
      );
    } else if (!/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(value)) {
      unsupported(lowering, span, `the name \`${value}\``);
    }
    return { name: value.toUpperCase(), quoted: false, span };
  }
  if (/[\u0000-\u001f]/.test(value)) unsupported(lowering, span, 'a name with a control character');
  if (quote !== '"') unsupported(lowering, span, `a name in ${String(quote)} quotes`, 'quote names with "');
  return { name: value, quoted: true, span };
}

/** Index of the first token that starts at or after `offset`. */
export function tokenFrom(lowering: Lowering, offset: number): number {
  let low = 0;
  let high = lowering.tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lowering.tokens[middle]?.start ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.upper === word;
}

export function tokenEnd(lowering: Lowering, index: number): number {
  return lowering.tokens[index]?.end ?? lowering.text.length;
}

export function tokenStart(lowering: Lowering, index: number): number {
  return lowering.tokens[index]?.start ?? 0;
}

/** With the parentheses directly around it; the same extent if there are none. */
export function withParentheses(lowering: Lowering, inner: Span): Span {
  const before = tokenFrom(lowering, inner.start) - 1;
  const after = tokenFrom(lowering, inner.end);
  return lowering.pairs.get(before) === after ? at(tokenStart(lowering, before), tokenEnd(lowering, after)) : inner;
}

/** Index of the innermost parenthesis open at `offset`, or -1. */
function enclosing(lowering: Lowering, offset: number): number {
  for (let i = tokenFrom(lowering, offset) - 1; i >= 0; i--) {
    const text = lowering.tokens[i]?.text;
    if (text === '(') return i;
    if (text === ')') i = lowering.pairs.get(i) ?? i;
  }
  return -1;
}

/** A call with a syntax of its own, found from its first argument: the name, and the whole. */
export function specialCall(lowering: Lowering, argument: Span): { readonly nameSpan: Span; readonly span: Span } {
  const open = enclosing(lowering, argument.start);
  const close = lowering.pairs.get(open);
  const name = lowering.tokens[open - 1];
  if (close === undefined || name?.kind !== 'word') return { nameSpan: argument, span: argument };
  return { nameSpan: at(name.start, name.end), span: at(name.start, tokenEnd(lowering, close)) };
}

function cover(spans: readonly Span[], otherwise: Span): Span {
  const [first, ...others] = spans;
  return first === undefined ? otherwise : others.reduce(joinSpans, first);
}

/** Some place inside a node that is refused as a whole: what its parts cover. */
export function anyPlace(lowering: Lowering, json: Json, otherwise: Span): Span {
  const found: Span[] = [];
  const visit = (node: Json): void => {
    if (node === null || typeof node !== 'object') return;
    if (isList(node)) return node.forEach(visit);
    const own = spanOf(lowering, field(node, 'span'));
    if (own !== undefined) found.push(own);
    for (const key in node) visit(node[key] ?? null);
  };
  visit(json);
  return closed(lowering, cover(found, otherwise));
}

/** To the parenthesis that closes the last one opened inside: the parser's places leave it out. */
function closed(lowering: Lowering, span: Span): Span {
  let end = span.end;
  for (let i = tokenFrom(lowering, span.start); i < lowering.tokens.length && tokenStart(lowering, i) < end; i++) {
    const pair = lowering.tokens[i]?.text === '(' ? lowering.pairs.get(i) : undefined;
    if (pair !== undefined) end = Math.max(end, tokenEnd(lowering, pair));
  }
  return at(span.start, end);
}
