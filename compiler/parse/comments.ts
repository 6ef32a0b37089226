/** What the author says beside the SQL, so that it can be said beside the SQL that is written. */
import { type Lowering, tokenEnd, tokenFrom } from './lowering.ts';

const comment = /--([^\n]*)|\/\/([^\n]*)|\/\*([\s\S]*?)\*\//g;

/** Lines of the comments between what ends before `offset` and what begins there. */
export function commentsBefore(lowering: Lowering, offset: number): readonly string[] {
  const before = tokenFrom(lowering, offset) - 1;
  const gap = lowering.text.slice(before < 0 ? 0 : tokenEnd(lowering, before), offset);
  return [...gap.matchAll(comment)]
    .flatMap(([, dashes, slashes, block]) => (dashes ?? slashes ?? block ?? '').split(/\r\n?|\n/))
    .map((line) => line.replace(/^[\s*]+/, '').trimEnd())
    .filter((line) => line !== '');
}
