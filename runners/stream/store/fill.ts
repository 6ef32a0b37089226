/** History that no topic has any more, from files: put into the store as if it had come, and how far it reaches noted with it. */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import type { KeptStore } from './kept.ts';

type Rows = readonly (readonly Value[])[];

export interface Filling {
  readonly source: Source;
  readonly rows: Rows;
  /** The rows have everything that is dated from then on; microseconds. */
  readonly since: bigint;
  /** And that had arrived by then. */
  readonly until: bigint;
}

/** Rows of one commit. */
const piece = 50_000;

/** What a topic brings again is removed by its identity. `step`: rows that are in. */
export async function fill(
  store: KeptStore,
  { source, rows, since, until }: Filling,
  now: bigint,
  step: (rows: number) => void,
): Promise<void> {
  for (let from = 0; from < rows.length; from += piece) {
    const some = rows.slice(from, from + piece).map((row) => ({ offset: null, row }));
    await store.commit([{ source: source.name, at: now, rows: some, from: null }]);
    step(from + some.length);
  }
  await store.setHistory(source.name, (known) => ({ ...known, filled: { since, until } }));
}

/** When the last of them had arrived; of rows that do not say so, what the last is dated. Null: there are none. */
export function arrivedUntil(source: Source, rows: Rows): bigint | null {
  const column = source.kind === 'table' ? source.updatedAt : (source.ingestTime ?? source.eventTime);
  const place = source.columns.findIndex((c) => c.name === column);
  return rows.reduce<bigint | null>((last, row) => {
    const at = row[place];
    return typeof at === 'bigint' && (last === null || at > last) ? at : last;
  }, null);
}
