/** What can be counted up from an entity's own events is not asked of the engine, or only what is computed of it; the rest is. */
import type { EventIndexes } from '../event-index/event-indexes.ts';
import type { StoredLambda } from '../execute.ts';
import type { Answer, Asked, Asking } from './asking.ts';

/** `now`: microseconds. */
export function countedAsking(asking: Asking, indexes: EventIndexes, now: () => bigint): Asking {
  return {
    ...asking,
    ask: async (lambda, asked) => {
      const begun = now();
      const rows = asked.map(({ entity, asOf }) => ({ entity, asOf: asOf ?? begun }));
      const counted = indexes.answers(lambda, rows);
      const answers: Answer[] = new Array(asked.length);
      const left = new Map<StoredLambda, { readonly at: number; readonly row: Asked }[]>();
      counted.forEach((one, at) => {
        if (one !== undefined && 'values' in one) answers[at] = { asOf: rows[at]?.asOf ?? begun, values: one.values };
        else {
          const of = one?.ask ?? lambda;
          const places = left.get(of) ?? [];
          left.set(of, places);
          places.push({ at, row: one?.row ?? (asked[at] as Asked) });
        }
      });
      for (const [of, places] of left) {
        const found = await asking.ask(
          of,
          places.map(({ row }) => row),
        );
        places.forEach(({ at }, i) => {
          answers[at] = found[i] as Answer;
        });
      }
      return answers;
    },
  };
}
