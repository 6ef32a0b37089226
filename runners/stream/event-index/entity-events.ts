/**
 * Events of one entity in order of time, each a run of numbers: when it happened (microseconds), the sequence that the store gave it, what
 * is counted, and running totals of that. One array for each entity: what lies between two instants is found by halving, and its total
 * is a difference.
 */

/** How an event's numbers lie. */
export interface Layout {
  /** Numbers of an event. */
  readonly width: number;
  readonly totals: readonly Total[];
}

/** A number that runs from event to event. */
export interface Total {
  /** Where in an event. */
  readonly at: number;
  /** What is added up; −1: one for each event. */
  readonly of: number;
  /** Counts the values that are not NULL in place of adding them. */
  readonly counts: boolean;
  /** Where there is a 1 for an event that counts; −1: all do. */
  readonly when: number;
}

/** NaN: NULL. Infinity: a value that a number is not exact for. */
export interface EntityEvents {
  numbers: Float64Array;
  /** Events before are forgotten. */
  first: number;
  end: number;
  /** How many events were in front of the array once. */
  base: number;
  /** Totals are: no value and no total is too large. */
  isExact: boolean;
  /** Told of each event that comes or goes between others. `place`: counted from the first event that the entity ever had. */
  readonly watchers: Watcher[];
}

export interface Watcher {
  readonly inserted: (place: number, at: number) => void;
  /** Before it goes. */
  readonly removing: (place: number, at: number) => void;
  /** It is told no more. */
  readonly left: () => void;
}

export const timeAt = 0;
const sequenceAt = 1;
/** Of the first value. */
export const valuesAt = 2;

export const noEvents = (): EntityEvents => ({
  numbers: new Float64Array(0),
  first: 0,
  end: 0,
  base: 0,
  isExact: true,
  watchers: [],
});

/** The first event that is not dated before; `end` if there is none. */
export function since({ numbers, first, end }: EntityEvents, width: number, time: number): number {
  let [low, high] = [first, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle * width + timeAt] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What an event adds to a total. */
function shareOf({ of, counts, when }: Total, numbers: Float64Array, at: number): number {
  if (when >= 0 && numbers[at + when] !== 1) return 0;
  if (of < 0) return 1;
  const value = numbers[at + of] as number;
  if (Number.isNaN(value)) return 0;
  return counts ? 1 : value;
}

/** The total of the events from one to before another. */
export function totalOf(total: Total, { numbers }: EntityEvents, width: number, from: number, until: number): number {
  if (from >= until) return 0;
  const before = (numbers[from * width + total.at] as number) - shareOf(total, numbers, from * width);
  return (numbers[(until - 1) * width + total.at] as number) - before;
}

/** The event's numbers without its totals. By far the most are later than all. */
export function insert(events: EntityEvents, layout: Layout, event: Float64Array): void {
  const { width } = layout;
  makeRoom(events, width);
  const { numbers, first, end } = events;
  const time = event[timeAt] as number;
  const isLast = end === first || (numbers[(end - 1) * width + timeAt] as number) <= time;
  const place = isLast ? end : since(events, width, time);
  if (!isLast) numbers.copyWithin((place + 1) * width, place * width, end * width);
  numbers.set(event, place * width);
  events.end = end + 1;
  for (const total of layout.totals) {
    const own = shareOf(total, numbers, place * width);
    const before = totalBefore(total, events, width, place);
    numbers[place * width + total.at] = before + own;
    for (let i = place + 1; i <= end; i++) (numbers[i * width + total.at] as number) += own;
    if (!staysExact(total, events, width, place)) events.isExact = false;
  }
  if (!isLast) for (const watcher of events.watchers) watcher.inserted(events.base + place, place * width);
}

/** Of a moved event, which is behind by what the new one has added, unless it is the last. */
function totalBefore(total: Total, { numbers, first, end }: EntityEvents, width: number, place: number): number {
  if (place > first) return numbers[(place - 1) * width + total.at] as number;
  if (place + 1 >= end) return 0;
  return (numbers[(place + 1) * width + total.at] as number) - shareOf(total, numbers, (place + 1) * width);
}

function staysExact({ at }: Total, { numbers, end }: EntityEvents, width: number, from: number): boolean {
  for (let i = from; i < end; i++) if (!(Math.abs(numbers[i * width + at] as number) <= Number.MAX_SAFE_INTEGER)) return false;
  return true;
}

function makeRoom(events: EntityEvents, width: number): void {
  const { numbers, first, end } = events;
  if ((end + 1) * width <= numbers.length) return;
  const kept = end - first;
  events.numbers = new Float64Array(Math.max(Math.ceil(kept * 1.25), 4) * width + width);
  events.numbers.set(numbers.subarray(first * width, end * width));
  events.base += first;
  events.first = 0;
  events.end = kept;
}

/** That of this time and sequence, if it is there. */
export function remove(events: EntityEvents, { width, totals }: Layout, event: Float64Array): void {
  const { numbers, end } = events;
  const time = event[timeAt] as number;
  for (let i = since(events, width, time); i < end && numbers[i * width + timeAt] === time; i++) {
    if (numbers[i * width + sequenceAt] !== event[sequenceAt]) continue;
    for (const watcher of events.watchers) watcher.removing(events.base + i, i * width);
    const shares = totals.map((total) => shareOf(total, numbers, i * width));
    numbers.copyWithin(i * width, (i + 1) * width, end * width);
    events.end = end - 1;
    totals.forEach((total, t) => {
      for (let later = i; later < end - 1; later++) (numbers[later * width + total.at] as number) -= shares[t] as number;
      if (!staysExact(total, events, width, i)) events.isExact = false;
    });
    return;
  }
}

/** What is dated before. */
export function forget(events: EntityEvents, width: number, time: number): void {
  events.first = since(events, width, time);
}
