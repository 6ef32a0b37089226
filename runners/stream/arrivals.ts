/** Answers as they would have been served: each request meets a store that holds what had arrived by then. */
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import { arrivalTime, ingestPlace } from '../data/row-time.ts';
import type { SpineRow } from '../data/spine.ts';
import { groupBy } from '../reference/order.ts';
import { executeLambda, type StoredLambda } from './execute.ts';
import type { EventStore } from './store/store.ts';

type Row = readonly Value[];

interface Arrival {
  readonly at: bigint;
  readonly row: Row;
}

/** `store` must be empty. Of a source without `ingest_time`, unless it was noted when its rows came, everything is there from the beginning. */
export async function executeAsArrived(
  store: EventStore,
  lambda: StoredLambda,
  sources: readonly Source[],
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
  atOnce: number,
): Promise<readonly Row[]> {
  const pending: { readonly source: string; readonly arrivals: readonly Arrival[]; next: number }[] = [];
  for (const source of sources) {
    const { rows = [], arrivals } = events.get(source.name) ?? {};
    if (arrivals !== undefined || ingestPlace(source) >= 0)
      pending.push({ source: source.name, arrivals: inOrder(rows, arrivalTime(source, arrivals)), next: 0 });
    else await store.ingest(source.name, rows);
  }
  const answers: Row[] = [];
  for (const [now, indexes] of byArrival(spine)) {
    const asked = indexes.map((i) => spine[i] as SpineRow);
    for (const queue of pending) {
      const from = queue.next;
      while ((queue.arrivals[queue.next]?.at ?? now + 1n) <= now) queue.next += 1;
      if (queue.next > from)
        await store.ingest(
          queue.source,
          queue.arrivals.slice(from, queue.next).map((a) => a.row),
        );
    }
    const found = await executeLambda(store.connection, lambda, asked, atOnce);
    indexes.forEach((index, i) => {
      answers[index] = found[i] as Row;
    });
  }
  return answers;
}

/** What never arrived, because nobody noted when, is not known at any instant. */
function inOrder(rows: readonly Row[], arrivedAt: (row: Row) => bigint | undefined): readonly Arrival[] {
  return rows
    .flatMap((row): readonly Arrival[] => {
      const at = arrivedAt(row);
      return at === undefined ? [] : [{ at, row }];
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Places in the spine, those that know of the same arrivals together, the fewest first. */
function byArrival(spine: readonly SpineRow[]): readonly (readonly [arrivedBy: bigint, places: readonly number[]])[] {
  const places = groupBy(spine.keys(), (i) => spine[i]?.arrivedBy ?? spine[i]?.asOf ?? 0n);
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1));
}
