/** The replacement of REGEXP_REPLACE: text, and groups of the match. */
import { refuse } from './arguments.ts';
import type { Refusal } from './define.ts';
import type { RegexpCall } from './regexp-call.ts';
import { around } from './regexp-pattern.ts';

/** A number is a group, 0 the whole match. */
export type Replacement = readonly (string | number)[];

const argument = 2;

export function readReplacement(written: string | boolean | null | undefined, { regex, groups }: RegexpCall): Replacement | Refusal {
  if (typeof written !== 'string')
    return refuse('wrong-arguments', 'REGEXP_REPLACE needs a constant replacement: \\1 in it would mean a group', undefined, argument);
  const parts: (string | number)[] = [];
  for (const piece of written.match(/\\[^]|\\$|[^\\]+/gu) ?? []) {
    if (!piece.startsWith('\\')) parts.push(piece);
    else if (piece === '\\\\') parts.push('\\');
    else if (/^\\[1-9]$/.test(piece)) {
      const group = Number(piece[1]);
      if (group > groups)
        return refuse('wrong-arguments', `the pattern has ${groups} groups, and the replacement means group ${group}`, undefined, argument);
      if (around(regex, group) === undefined)
        return refuse(
          'sql-unsupported',
          'not supported: a group in the replacement that may be missing from a match, or repeat',
          undefined,
          argument,
        );
      parts.push(group);
    } else return refuse('wrong-arguments', `${piece} in a replacement has no documented meaning`, 'write \\\\ for a backslash', argument);
  }
  return parts;
}

/** As RE2 and Postgres read it. `shift`: how many groups stand before the author's. */
export function escapedReplacement(replacement: Replacement, shift: number): string {
  return replacement.map((part) => (typeof part === 'string' ? part.replaceAll('\\', '\\\\') : `\\${part + shift}`)).join('');
}
