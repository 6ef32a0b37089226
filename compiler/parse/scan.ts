/** Tokens of Snowflake SQL with their offsets: what spans, guards and literals are read from. */

export type TokenKind = 'word' | 'quoted' | 'string' | 'dollar' | 'number' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** A word in upper case, as keywords are compared; anything else as it is. */
  readonly upper: string;
  readonly start: number;
  readonly end: number;
}

export interface Scan {
  readonly tokens: readonly Token[];
  /** Where a string, quoted name or comment is left open. */
  readonly open: { readonly what: string; readonly start: number } | null;
}

const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const symbol = /::|<>|!=|<=>|<=|>=|\|\||=>|->>|->|==|&&|\$\d+|\$[A-Za-z_]\w*|[^\s]/uy;
const space = /[\s\u00a0\ufeff]+/y;
const lineComment = /(?:--|\/\/)[^\n]*/y;

export function scan(text: string): Scan {
  const tokens: Token[] = [];
  let at = 0;
  /** Where what the pattern finds here ends; `at` if it finds nothing. */
  const endOf = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  };
  const push = (kind: TokenKind, end: number): void => {
    const own = text.slice(at, end);
    tokens.push({ kind, text: own, upper: kind === 'word' ? own.toUpperCase() : own, start: at, end });
    at = end;
  };
  while (at < text.length) {
    const behindSpace = endOf(space);
    const character = text[at];
    const next = behindSpace > at || (character !== '-' && character !== '/') ? behindSpace : endOf(lineComment);
    if (next > at) {
      at = next;
      continue;
    }
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) return { tokens, open: { what: 'comment', start: at } };
      at = end + 2;
      continue;
    }
    if (text.startsWith('$$', at)) {
      const end = text.indexOf('$$', at + 2);
      if (end < 0) return { tokens, open: { what: 'string', start: at } };
      push('dollar', end + 2);
      continue;
    }
    if (character === "'" || character === '"') {
      const end = endOfQuoted(text, at, character);
      if (end < 0) return { tokens, open: { what: character === "'" ? 'string' : 'quoted name', start: at } };
      push(character === "'" ? 'string' : 'quoted', end);
      continue;
    }
    const wordEnd = endOf(word);
    if (wordEnd > at) {
      push('word', wordEnd);
      continue;
    }
    const numberEnd = endOf(number);
    if (numberEnd > at) {
      push('number', numberEnd);
      continue;
    }
    push('symbol', Math.max(at + 1, endOf(symbol)));
  }
  return { tokens, open: null };
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === "'") at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return -1;
}
