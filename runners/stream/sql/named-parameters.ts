/**
 * `:name` in SQL as DuckDB binds it, `$name`, which is as long: places in the one are places in the other. What looks like a
 * parameter in a string, a quoted identifier or a comment is none, nor is a cast (`::type`).
 */
export interface NamedParameters {
  readonly sql: string;
  /** Lower case, as DuckDB does not tell them apart by case; each once, in the order of the first place. */
  readonly names: readonly string[];
}

/** One piece of SQL each, tried in this order. */
const pieces: readonly (readonly [RegExp, 'other' | 'parameter'])[] = [
  [/--[^\n\r]*/y, 'other'],
  // An escape string goes on after a line break, with its escapes.
  [/[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'\s*[\n\r]\s*'(?:[^'\\]|\\[\s\S]|'')*)*(?:'|$)/y, 'other'],
  [/'(?:[^']|'')*(?:'|$)/y, 'other'],
  [/"(?:[^"]|"")*(?:"|$)/y, 'other'],
  [/\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\1\$|$(?![\s\S]))/y, 'other'],
  // A word takes its dollars with it, so none of them opens a string.
  [/[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y, 'other'],
  [/:[:=]/y, 'other'],
  // Right behind a value it is a slice (`a[1:n]`) or a field (`{'a':b}`).
  [/(?<![\w$\])}'"\u0080-\uffff]):[A-Za-z_]\w*(?![\w$\u0080-\uffff])/y, 'parameter'],
];

export function namedParameters(text: string): NamedParameters {
  const names = new Set<string>();
  let sql = '';
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('/*', at)) {
      const end = endOfComment(text, at);
      sql += text.slice(at, end);
      at = end;
      continue;
    }
    const [piece, kind] = pieceAt(text, at);
    if (kind === 'parameter') names.add(piece.slice(1).toLowerCase());
    sql += kind === 'parameter' ? `$${piece.slice(1)}` : piece;
    at += piece.length;
  }
  return { sql, names: [...names] };
}

function pieceAt(text: string, at: number): readonly [string, 'other' | 'parameter'] {
  for (const [pattern, kind] of pieces) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined && found !== '') return [found, kind];
  }
  return [text.charAt(at), 'other'];
}

/** Comments stand in comments. */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 2) {
    if (text.startsWith('/*', at)) depth += 1;
    else if (text.startsWith('*/', at)) depth -= 1;
    else at -= 1;
    if (depth === 0) return at + 2;
  }
  return text.length;
}
