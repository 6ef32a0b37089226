/** Sets of instants of a grid, as intervals of whole numbers: `first`, and `past` behind the last. */

export interface Interval {
  readonly first: bigint;
  readonly past: bigint;
}

export const lengthOf = (intervals: readonly Interval[]): bigint => intervals.reduce((n, { first, past }) => n + past - first, 0n);

/** In their order, none empty, none touching the next. */
export function united(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = intervals.filter(({ first, past }) => first < past).sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const found: Interval[] = [];
  for (const next of sorted) {
    const last = found.at(-1);
    if (last === undefined || next.first > last.past) found.push(next);
    else if (next.past > last.past) found[found.length - 1] = { first: last.first, past: next.past };
  }
  return found;
}

/** What of the intervals is inside. */
export function within(intervals: readonly Interval[], { first, past }: Interval): readonly Interval[] {
  return united(intervals.map((i) => ({ first: i.first > first ? i.first : first, past: i.past < past ? i.past : past })));
}

/** What of the interval none of the others holds. */
export function without({ first, past }: Interval, others: readonly Interval[]): readonly Interval[] {
  const found: Interval[] = [];
  let at = first;
  for (const other of within(others, { first, past })) {
    if (other.first > at) found.push({ first: at, past: other.first });
    at = other.past;
  }
  return at < past ? [...found, { first: at, past }] : found;
}

/** In pieces of so many instants; `least`: the first piece has as many as that, if there are. */
export function inChunks({ first, past }: Interval, size: bigint, least = 0n): readonly Interval[] {
  const chunks: Interval[] = [];
  let length = least > size ? least : size;
  for (let at = first; at < past; ) {
    const end = at + length < past ? at + length : past;
    chunks.push({ first: at, past: end });
    at = end;
    length = size;
  }
  return chunks;
}
