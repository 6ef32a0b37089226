/** From when on the store has everything of a source: topics forget, files end, and what is old is deleted. All in microseconds. */
import type { Source } from '../../../compiler/catalog.ts';
import { beginning } from './beginning.ts';

export interface History {
  /** What came to the topic since then is in the store; null: no topic was read. */
  readonly topicSince: bigint | null;
  /** Loaded from elsewhere: all that is dated from `since` on and had arrived by `until`. */
  readonly filled: { readonly since: bigint; readonly until: bigint } | null;
  /** Everything dated before was deleted. */
  readonly forgotten: bigint | null;
}

/** The last instant that a TIMESTAMP has: nothing arrives later. */
export const forever = 253_402_300_799_999_999n;

/** The date from which on nothing is missing; null: it is not known. */
export function completeSince(source: Source, { topicSince, filled, forgotten }: History): bigint | null {
  const byTopic = topicSince === null ? null : datedSince(source, topicSince);
  const meets = filled !== null && filled.until >= (topicSince ?? forever);
  const since = meets && (byTopic === null || filled.since < byTopic) ? filled.since : byTopic;
  return since === null || forgotten === null || forgotten < since ? since : forgotten;
}

/** An event is sent after it happened, but for clocks that are ahead. */
function datedSince(source: Source, arrived: bigint): bigint {
  if (arrived <= beginning) return beginning;
  return source.kind === 'stream' ? arrived + source.maxSkew : arrived;
}

/** What came to the topic before is lost. Another of its partitions may have lost more, and what was loaded before does not fill it. */
export function afterLoss(known: History, since: bigint): History {
  const { topicSince } = known;
  return { ...known, topicSince: topicSince !== null && topicSince > since ? topicSince : since, filled: null };
}
