/** What can be counted up from an entity's own events is answered at once; the rest goes to the engine. */
import type { EventIndexes } from '../event-index/event-indexes.ts';
import type { Answer, Asking } from './asking.ts';

/** `now`: microseconds. */
export function countedAsking(asking: Asking, indexes: EventIndexes, now: () => bigint): Asking {
  return {
    ...asking,
    ask: async (lambda, asked) => {
      const begun = now();
      const rows = asked.map(({ entity, asOf }) => ({ entity, asOf: asOf ?? begun }));
      const counted = indexes.answers(lambda, rows);
      const left = asked.filter((_, i) => counted[i] === undefined);
      const found = left.length === 0 ? [] : await asking.ask(lambda, left);
      let next = 0;
      return counted.map(
        (values, i): Answer => (values === undefined ? (found[next++] as Answer) : { asOf: rows[i]?.asOf ?? begun, values }),
      );
    },
  };
}
