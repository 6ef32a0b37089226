/** How many different values a time holds. For few events they are looked at anew each time; for many, what came and what went since the last time. */
import type { EntityEvents, Watcher } from './entity-events.ts';

/** A value of each event, where it counts. */
export interface Field {
  readonly of: number;
  readonly when: number;
}

/** Undefined: one of them is too large to be told from others. */
export type Distinct = (events: EntityEvents, from: number, until: number) => number | undefined;

const few = 1024;

/** Values that may be remembered from one time to the next, by all that look at the same events. */
export interface Memory {
  left: number;
}

/** `upTo`: so many events are looked at anew. */
export function distinctOf(field: Field, width: number, memory: Memory, upTo = few): Distinct {
  const slidings = new WeakMap<EntityEvents, Sliding>();
  return (events, from, until) => {
    if (until - from <= upTo) return distinctAmong(events.numbers, width, from, until, field);
    let sliding = slidings.get(events);
    if (sliding === undefined || !events.watchers.includes(sliding)) {
      if (memory.left < 2 * (until - from)) return distinctAmong(events.numbers, width, from, until, field);
      sliding = slide(events, width, field, memory);
      slidings.set(events, sliding);
      events.watchers.push(sliding);
    }
    return sliding.between(events.base + from, events.base + until);
  };
}

interface Sliding extends Watcher {
  readonly between: (from: number, until: number) => number | undefined;
}

function slide(events: EntityEvents, width: number, { of, when }: Field, memory: Memory): Sliding {
  const times = new Map<number, number>();
  let [from, until, tooLarge] = [0, 0, 0];
  const count = (at: number, more: 1 | -1): void => {
    const { numbers } = events;
    if (when >= 0 && numbers[at + when] !== 1) return;
    const value = numbers[at + of] as number;
    if (Number.isNaN(value)) return;
    if (value === Number.POSITIVE_INFINITY) {
      tooLarge += more;
      return;
    }
    const before = times.get(value) ?? 0;
    if (before + more === 0) times.delete(value);
    else times.set(value, before + more);
    memory.left -= before === 0 || before + more === 0 ? more : 0;
  };
  const countAll = (first: number, end: number, more: 1 | -1): void => {
    for (let place = first; place < end; place++) count((place - events.base) * width, more);
  };
  return {
    between: (wantedFrom, wantedUntil) => {
      const moves = Math.abs(wantedFrom - from) + Math.abs(wantedUntil - until);
      // What left the array cannot be taken away one by one.
      if (from < events.base || moves > wantedUntil - wantedFrom) {
        memory.left += times.size;
        times.clear();
        tooLarge = 0;
        from = wantedFrom;
        until = wantedFrom;
      }
      countAll(until, wantedUntil, 1);
      countAll(wantedFrom, from, 1);
      countAll(from, wantedFrom, -1);
      countAll(wantedUntil, until, -1);
      [from, until] = [wantedFrom, wantedUntil];
      return tooLarge > 0 ? undefined : times.size;
    },
    inserted: (place, at) => {
      if (place < until) until += 1;
      if (place < from) from += 1;
      else if (place < until) count(at, 1);
    },
    removing: (place, at) => {
      if (place >= from && place < until) count(at, -1);
      if (place < from) from -= 1;
      if (place < until) until -= 1;
    },
    left: () => {
      memory.left += times.size;
      times.clear();
    },
  };
}

/** Values that were seen are noted by the round, so that nothing needs to be cleared between two. */
let [seen, rounds] = [new Float64Array(2 * few), new Uint32Array(2 * few)];
let round = 0;

function distinctAmong(numbers: Float64Array, width: number, from: number, until: number, { of, when }: Field): number | undefined {
  let capacity = seen.length;
  while (capacity < 2 * (until - from)) capacity *= 2;
  if (capacity > seen.length || round === 0xffff_ffff) {
    [seen, rounds] = [new Float64Array(capacity), new Uint32Array(capacity)];
    round = 0;
  }
  round += 1;
  const mask = seen.length - 1;
  let count = 0;
  for (let at = from * width; at < until * width; at += width) {
    if (when >= 0 && numbers[at + when] !== 1) continue;
    const value = numbers[at + of] as number;
    if (Number.isNaN(value)) continue;
    if (value === Number.POSITIVE_INFINITY) return undefined;
    let slot = slotOf(value) & mask;
    while (rounds[slot] === round && seen[slot] !== value) slot = (slot + 1) & mask;
    if (rounds[slot] === round) continue;
    rounds[slot] = round;
    seen[slot] = value;
    count += 1;
  }
  return count;
}

function slotOf(value: number): number {
  const high = Math.floor(value / 4_294_967_296);
  const mixed = Math.imul((value - high * 4_294_967_296) ^ Math.imul(high, 0x85eb_ca6b), 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}
