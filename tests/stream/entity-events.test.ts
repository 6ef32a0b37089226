/** Events of one entity in memory, against a plain list that is filtered anew for each question. Every number below is whole, so that sums are exact. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distinctOf, type Memory } from '../../runners/stream/event-index/distinct.ts';
import {
  type EntityEvents,
  forget,
  insert,
  type Layout,
  noEvents,
  remove,
  since,
  type Total,
  totalOf,
} from '../../runners/stream/event-index/entity-events.ts';

import { keepEvents } from '../../runners/stream/event-index/kept-events.ts';

/** time, sequence, value, a 1 or NULL, then totals. */
const [value, chosen] = [2, 3];
const totals: readonly Total[] = [
  { at: 4, of: value, counts: false, when: -1 },
  { at: 5, of: value, counts: true, when: -1 },
  { at: 6, of: value, counts: false, when: chosen },
  { at: 7, of: -1, counts: true, when: chosen },
];
const layout: Layout = { width: 8, totals };

interface Event {
  readonly time: number;
  readonly sequence: number;
  /** NaN: NULL. */
  readonly value: number;
  readonly chosen: boolean;
}
const numbers = ({ time, sequence, value: v, chosen: c }: Event): Float64Array => Float64Array.of(time, sequence, v, c ? 1 : Number.NaN);

const known = (events: readonly Event[]): readonly number[] => events.map((e) => e.value).filter((v) => !Number.isNaN(v));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const wanted = (events: readonly Event[]): readonly number[] => {
  const some = events.filter((e) => e.chosen);
  return [sum(known(events)), known(events).length, sum(known(some)), some.length];
};

type Step =
  | { readonly add: Omit<Event, 'sequence'> }
  | { readonly remove: number }
  | { readonly forget: number }
  | { readonly ask: readonly [number, number] };
const time = fc.integer({ min: 0, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      add: fc.record({
        time,
        value: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -30, max: 30 }) }, fc.constant(Number.NaN)),
        chosen: fc.boolean(),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat({ max: 100 }) }) },
  { weight: 1, arbitrary: fc.record({ forget: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 20 })) }) },
  { weight: 1, arbitrary: fc.record({ ask: fc.tuple(time, time) }) },
  // Nearly the same time again and again: what came and went since is looked at.
  { weight: 4, arbitrary: fc.record({ ask: fc.tuple(fc.integer({ min: 10, max: 14 }), fc.integer({ min: 36, max: 41 })) }) },
);

const room = (): Memory => ({ left: 1_000_000 });

describe('one entity', () => {
  test('totals and different values of any interval, whatever came, went and was forgotten', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250, size: 'max' }), (steps) => {
        const events = noEvents();
        const memory = room();
        // Of one event on what came and went is kept; beyond many it is not.
        const distinct = [
          distinctOf({ of: value, when: -1 }, layout.width, memory, 0),
          distinctOf({ of: value, when: chosen }, layout.width, memory, 1_000),
        ];
        let list: Event[] = [];
        let sequence = 0;
        for (const one of steps) {
          if ('add' in one) {
            sequence += 1;
            list.push({ ...one.add, sequence });
            insert(events, layout, numbers({ ...one.add, sequence }));
          } else if ('remove' in one) {
            const gone = list[one.remove % Math.max(list.length, 1)];
            if (gone === undefined) continue;
            list = list.filter((e) => e !== gone);
            remove(events, layout, numbers(gone));
          } else if ('forget' in one) {
            list = list.filter((e) => e.time >= one.forget);
            forget(events, layout.width, one.forget);
          } else {
            const [from, until] = one.ask;
            const within = list.filter((e) => e.time >= from && e.time < until);
            const [first, end] = [
              since(events, layout.width, from),
              Math.max(since(events, layout.width, from), since(events, layout.width, until)),
            ];
            expect(end - first).toBe(within.length);
            expect(totals.map((t) => totalOf(t, events, layout.width, first, end))).toEqual(wanted(within));
            expect(distinct.map((d) => d(events, first, end))).toEqual([
              new Set(known(within)).size,
              new Set(known(within.filter((e) => e.chosen))).size,
            ]);
          }
        }
        expect(events.isExact).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  const added = (...values: readonly number[]): EntityEvents => {
    const events = noEvents();
    values.forEach((v, i) => {
      insert(events, layout, numbers({ time: i, sequence: i, value: v, chosen: true }));
    });
    return events;
  };
  const most = Number.MAX_SAFE_INTEGER;

  test.each<readonly [string, readonly number[], boolean]>([
    ['the largest total', [most - 1, 1], true],
    ['one more', [most, 1], false],
    ['one less than the least', [-most, -1], false],
    ['too large for a moment', [most, 1, -most], false],
    ['a value that is not exact', [1, Number.POSITIVE_INFINITY], false],
  ])('%s', (_, values, isExact) => {
    expect(added(...values).isExact).toBe(isExact);
  });

  test('totals that grow too large behind an event that came late', () => {
    const events = noEvents();
    for (const [at, v] of [
      [1, 5],
      [2, most - 5],
      [0, 1],
    ] as const)
      insert(events, layout, numbers({ time: at, sequence: at, value: v, chosen: true }));
    expect(events.isExact).toBe(false);
  });

  test('totals that grow too large because one goes', () => {
    const events = added(-5, most, 5);
    expect(events.isExact).toBe(true);
    remove(events, layout, numbers({ time: 0, sequence: 0, value: -5, chosen: true }));
    expect(events.isExact).toBe(false);
  });

  test('what different values are remembered is bounded, given back, and the answer the same', () => {
    const memory: Memory = { left: 50 };
    const distinct = distinctOf({ of: value, when: -1 }, layout.width, memory, 0);
    const events = added(...Array.from({ length: 30 }, (_, i) => i % 20));
    expect(distinct(events, 0, 30)).toBe(20);
    expect(memory.left).toBe(50);
    expect(distinct(events, 0, 10)).toBe(10);
    expect(memory.left).toBe(40);
    for (const watcher of events.watchers.splice(0)) watcher.left();
    expect(memory.left).toBe(50);
  });

  test.each(['all are closed', 'the entity has no event any more'])('what is remembered is given back: %s', async (how) => {
    const memory: Memory = { left: 100 };
    const distinct = distinctOf({ of: value, when: -1 }, layout.width, memory, 0);
    const kept = keepEvents(layout);
    const events = [0, 1, 2].map((i) => numbers({ time: i, sequence: i, value: i, chosen: true }));
    for (const event of events) kept.add('ann', event);
    expect(distinct(kept.of('ann'), 0, 3)).toBe(3);
    expect(memory.left).toBe(97);
    if (how === 'all are closed') kept.close();
    else for (const event of events) kept.remove('ann', event);
    expect(memory.left).toBe(100);
  });
});
