/** A pattern as an engine reads it. Groups capture only where they are asked for; classes are code points. */
import type { CodeSet, Regex } from './regexp-pattern.ts';

export type Syntax = 're2' | 'javascript';

export interface Printing {
  readonly syntax: Syntax;
  /** Whether the author's groups are numbered. */
  readonly capture: boolean;
}

/** As short as can be, over any text, with no regard to lines. */
export function anything(syntax: Syntax): string {
  return `${printSet([[0, 0x10ffff]], syntax)}*?`;
}

export function printPattern(regex: Regex, how: Printing): string {
  switch (regex.kind) {
    case 'set':
      return printSet(regex.set, how.syntax);
    case 'edge':
      return regex.edge === '^' || regex.edge === '$' ? regex.edge : `\\${regex.edge}`;
    case 'sequence':
      return regex.parts.map((part) => (part.kind === 'choice' ? `(?:${printPattern(part, how)})` : printPattern(part, how))).join('');
    case 'choice':
      return regex.branches.map((branch) => printPattern(branch, how)).join('|');
    case 'group':
      return `(${how.capture ? '' : '?:'}${printPattern(regex.body, how)})`;
    case 'repeat':
      return printPattern(regex.body, how) + printBounds(regex.least, regex.most);
  }
}

function printBounds(least: number, most: number | null): string {
  if (most === null && least < 2) return least === 0 ? '*' : '+';
  if (least === 0 && most === 1) return '?';
  return least === most ? `{${least}}` : `{${least},${most ?? ''}}`;
}

function printSet(set: CodeSet, syntax: Syntax): string {
  const [only, second] = set;
  if (only !== undefined && second === undefined && only[0] === only[1]) return printPoint(only[0], syntax);
  if (set.length === 0) return syntax === 're2' ? '[^\\x{0}-\\x{10FFFF}]' : '[^\\u{0}-\\u{10FFFF}]';
  return `[${set.map(([low, high]) => printPoint(low, syntax) + (low === high ? '' : `-${printPoint(high, syntax)}`)).join('')}]`;
}

/** Letters, digits and a few others as they are. */
function printPoint(point: number, syntax: Syntax): string {
  const character = String.fromCodePoint(point);
  if (/^[A-Za-z0-9_ ,;:@'"!%&=<>#]$/.test(character)) return character;
  const digits = point.toString(16).toUpperCase();
  return syntax === 're2' ? `\\x{${digits}}` : `\\u{${digits}}`;
}
