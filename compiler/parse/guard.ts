/** What is refused before the parser sees it: what it would not survive, and what it would let pass. */
import { type Diagnostic, error } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { at } from './lowering.ts';
import type { Token } from './scan.ts';

/** The parser's instance does not survive much longer chains. */
const operatorLimit = 400;
const operators = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '=',
  '<>',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '::',
  ':',
  'AND',
  'OR',
  'NOT',
  'IS',
  'LIKE',
  'ILIKE',
  'BETWEEN',
]);
const clauses = new Set([
  'FROM',
  'WHERE',
  'GROUP',
  'HAVING',
  'QUALIFY',
  'ORDER',
  'LIMIT',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'MINUS',
  ')',
  ';',
]);

export function refusedBeforeParsing(tokens: readonly Token[]): Diagnostic | null {
  let count = 0;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    const next = tokens[index + 1];
    if (token.text === ',' && next?.kind !== 'quoted' && (next === undefined || clauses.has(next.upper))) {
      return error('sql-syntax', at(token.start, token.end), 'nothing follows this comma');
    }
    if (token.kind === 'number' && next?.start === token.end && (next.kind === 'word' || next.kind === 'number')) {
      return error('sql-syntax', at(token.start, next.end), `\`${token.text}${next.text}\` is neither a number nor a name`);
    }
    if (token.text === '==') return error('sql-syntax', at(token.start, token.end), '`==` is not an operator', 'write =');
    if (token.text.includes('\0')) return error('sql-syntax', at(token.start, token.end), 'the character NUL stands here');
    if (token.kind === 'string' || token.kind === 'quoted' || !operators.has(token.upper)) continue;
    count++;
    if (count > operatorLimit) {
      return error(
        'sql-too-complex',
        at(token.start, token.end),
        `more than ${operatorLimit} operators in one statement`,
        'use IN lists, or aggregate in CTEs',
      );
    }
  }
  return null;
}

export interface Depth {
  readonly levels: number;
  readonly span: Span;
}

/** How deep the statement nests, and where: the parser's refusal of too much says neither. */
export function deepest(tokens: readonly Token[]): Depth {
  let open = 0;
  let prefixes = 0;
  let levels = 0;
  let found = tokens[0];
  for (const token of tokens) {
    const word = token.upper;
    if (word === '(' || word === 'CASE') open++;
    if (word === ')' || word === 'END') open--;
    prefixes = word === 'NOT' || word === '-' || word === '+' ? prefixes + 1 : 0;
    if (open + prefixes <= levels) continue;
    levels = open + prefixes;
    found = token;
  }
  return { levels, span: at(found?.start ?? 0, found?.end ?? 0) };
}

/**
 * Where these fail, and POSITION also where it does not, the parser goes back and reads their inside in another way:
 * the time doubles with every level, or worse.
 */
const reread: Readonly<Record<string, number>> = {
  CASE: 1,
  CAST: 1,
  TRY_CAST: 1,
  SAFE_CAST: 1,
  CONVERT: 1,
  TRY_CONVERT: 1,
  CEIL: 1,
  FLOOR: 1,
  SUBSTRING: 1,
  SUBSTR: 1,
  EXTRACT: 1,
  TRIM: 1,
  OVERLAY: 1,
  CURRENT_DATE: 1,
  CURRENT_TIME: 1,
  CURRENT_TIMESTAMP: 1,
  LOCALTIME: 1,
  LOCALTIMESTAMP: 1,
  FROM: 1,
  JOIN: 1,
  ',': 1,
  '->': 1,
  POSITION: 2,
  INTERVAL: 3,
};
/** About a third of a second. */
const effortLimit = 600_000;

/** The first token at which reading the statement may take too long. */
export function tooLaborious(tokens: readonly Token[]): Token | undefined {
  const open: number[] = [];
  let level = 0;
  let effort = 0;
  let before = '';
  for (const token of tokens) {
    const word = token.upper;
    if (word === '(' || word === 'CASE') {
      const weight = reread[word === 'CASE' ? word : before] ?? 0;
      open.push(weight);
      level += weight;
    } else if (word === ')' || word === 'END') level -= open.pop() ?? 0;
    effort += 2 ** level;
    if (effort > effortLimit) return token;
    before = word;
  }
  return undefined;
}
