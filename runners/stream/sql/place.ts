/** Where in the SQL something is, by what DuckDB says of it. */
import type { SqlPlace } from '../request-error.ts';

/** Of what DuckDB's tree has, it counts bytes. */
export function placeAt(sql: string, byte: number): SqlPlace {
  return placeAfter(Buffer.from(sql).subarray(0, byte).toString());
}

/** Of what is no SQL, it counts characters. */
export function placeOfCharacter(sql: string, character: number): SqlPlace {
  return placeAfter([...sql].slice(0, character).join(''));
}

function placeAfter(before: string): SqlPlace {
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** A message ends with the line, shortened on both sides if it is long, and a caret under the place. */
export function placeIn(sql: string, message: string): SqlPlace | undefined {
  const [, number, shown = '', indent = ''] = /\n\s*LINE (\d+): (.*)\n(\s*)\^/.exec(message) ?? [];
  if (number === undefined) return undefined;
  const line = sql.split('\n')[Number(number) - 1] ?? '';
  const from = shown.slice(indent.length - `LINE ${number}: `.length).replace(/\.\.\.$/, '');
  const found = line.indexOf(from);
  // Twice in one line: which of them it is cannot be told.
  return from === '' || found < 0 || line.indexOf(from, found + 1) >= 0 ? undefined : { line: Number(number), column: found + 1 };
}
