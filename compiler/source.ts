/** A text as its author sees it, and places in it. Offsets are UTF-16 code units of `text`, as in JavaScript strings. */

export interface SourceFile {
  /** Relative to the project, with forward slashes: what messages print. */
  readonly path: string;
  readonly text: string;
}

/** A half-open range of offsets in the author's file. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** 1-based, columns counted in UTF-16 code units, as editors and SARIF count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, Math.max(0, offset));
  const line = before.split('\n').length;
  return { line, column: before.length - before.lastIndexOf('\n') };
}

export function joinSpans(first: Span, last: Span): Span {
  return { file: first.file, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}
