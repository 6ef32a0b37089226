/** SQL as it goes to the parser, and the way back from its offsets to what somebody wrote. */
import type { Span } from '../source.ts';

/** A run of rendered text. Written text maps letter by letter; text that a helper printed maps to its mustache. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly file: string;
  readonly sourceStart: number;
  readonly sourceEnd: number;
  readonly verbatim: boolean;
}

export interface RenderedSql {
  readonly text: string;
  /** In the order of `text`, without gaps. */
  readonly segments: readonly Segment[];
}

/** SQL that stands in a file as it is. */
export function verbatim(file: string, fileText: string, start: number): RenderedSql {
  const text = fileText.slice(start);
  return {
    text,
    segments: [{ start: 0, end: text.length, file, sourceStart: start, sourceEnd: fileText.length, verbatim: true }],
  };
}

export function authorSpan(sql: RenderedSql, start: number, end: number): Span {
  const index = segmentAt(sql.segments, start);
  const first = sql.segments[index];
  if (first === undefined) return { file: sql.segments[0]?.file ?? '', start: 0, end: 0 };
  let from = inSource(first, start, first.sourceStart);
  let to = inSource(first, Math.min(Math.max(end, start), first.end), first.sourceEnd);
  for (let i = index + 1; i < sql.segments.length; i++) {
    const segment = sql.segments[i];
    if (segment === undefined || segment.start >= end) break;
    if (segment.file !== first.file) continue;
    from = Math.min(from, segment.sourceStart);
    to = Math.max(to, inSource(segment, Math.min(end, segment.end), segment.sourceEnd));
  }
  return { file: first.file, start: from, end: Math.max(from, to) };
}

function inSource(segment: Segment, offset: number, otherwise: number): number {
  return segment.verbatim ? segment.sourceStart + (offset - segment.start) : otherwise;
}

function segmentAt(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The offset of a place given as the parser gives it: lines and characters (not UTF-16 units) from 1. */
export function offsetFinder(text: string): (line: number, column: number) => number {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  const astral = /[\ud800-\udbff]/.test(text);
  return (line, column) => {
    const start = lineStarts[line - 1] ?? text.length;
    if (!astral) return Math.min(text.length, start + column - 1);
    let offset = start;
    for (let i = 1; i < column && offset < text.length; i++) offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
    return offset;
  };
}
