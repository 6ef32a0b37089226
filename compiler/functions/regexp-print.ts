/** A pattern as an engine reads it. Groups capture only where they are asked for; classes are code points. */
import { NotOnEngine } from './engine-sql.ts';
import type { CodeSet, Regex } from './regexp-pattern.ts';

export type Syntax = 're2' | 'javascript' | 'postgres';

export interface Printing {
  readonly syntax: Syntax;
  /** Whether the author's groups are numbered. */
  readonly capture: boolean;
}

/** As short as can be, over any text, with no regard to lines. */
export function anything(syntax: Syntax): string {
  return `${printSet([[0, 0x10ffff]], syntax)}*?`;
}

/** Postgres repeats no more often. */
const mostOnPostgres = 255;

export function printPattern(regex: Regex, how: Printing): string {
  switch (regex.kind) {
    case 'set':
      return printSet(regex.set, how.syntax);
    case 'edge':
      return regex.edge === '^' || regex.edge === '$' ? regex.edge : printWordEdge(regex.edge, how.syntax);
    case 'sequence':
      return regex.parts.map((part) => (part.kind === 'choice' ? `(?:${printPattern(part, how)})` : printPattern(part, how))).join('');
    case 'choice':
      return regex.branches.map((branch) => printPattern(branch, how)).join('|');
    case 'group':
      return `(${how.capture ? '' : '?:'}${printPattern(regex.body, how)})`;
    case 'repeat':
      if (how.syntax === 'postgres' && Math.max(regex.least, regex.most ?? 0) > mostOnPostgres)
        throw new NotOnEngine(`more than ${mostOnPostgres} repetitions in a regular expression`, 'postgres');
      return printPattern(regex.body, how) + printBounds(regex.least, regex.most);
  }
}

/** Where a word begins or ends: in ASCII on Postgres too, because the text has the collation "C". */
function printWordEdge(edge: 'b' | 'B', syntax: Syntax): string {
  if (syntax !== 'postgres') return `\\${edge}`;
  return edge === 'b' ? '\\y' : '\\Y';
}

function printBounds(least: number, most: number | null): string {
  if (most === null && least < 2) return least === 0 ? '*' : '+';
  if (least === 0 && most === 1) return '?';
  return least === most ? `{${least}}` : `{${least},${most ?? ''}}`;
}

function printSet(set: CodeSet, syntax: Syntax): string {
  if (syntax === 'postgres' && set[0]?.[0] === 0) return printSet(withoutNul(set), syntax);
  const [only, second] = set;
  if (only !== undefined && second === undefined && only[0] === only[1]) return printPoint(only[0], syntax);
  if (only === undefined) return `[^${printPoint(syntax === 'postgres' ? 1 : 0, syntax)}-${printPoint(0x10ffff, syntax)}]`;
  return `[${set.map(([low, high]) => printPoint(low, syntax) + (low === high ? '' : `-${printPoint(high, syntax)}`)).join('')}]`;
}

/** No text has it there, nor may a pattern. */
const withoutNul = ([first, ...others]: CodeSet): CodeSet => (first === undefined || first[1] === 0 ? others : [[1, first[1]], ...others]);

/** Letters, digits and a few others as they are. */
function printPoint(point: number, syntax: Syntax): string {
  const character = String.fromCodePoint(point);
  if (/^[A-Za-z0-9_ ,;:@'"!%&=<>#]$/.test(character)) return character;
  const digits = point.toString(16).toUpperCase();
  if (syntax === 'postgres') return `\\U${digits.padStart(8, '0')}`;
  return syntax === 're2' ? `\\x{${digits}}` : `\\u{${digits}}`;
}
