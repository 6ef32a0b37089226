/** History that no topic has any more: put into the store as if it had come, and how far it reaches noted with it. */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import { ingestPlace, timePlace } from '../../data/row-time.ts';
import type { KeptStore } from './kept.ts';

export type Rows = readonly (readonly Value[])[];

/** One commit each. */
export type Pieces = Iterable<Rows> | AsyncIterable<Rows>;

export interface Filling {
  readonly source: Source;
  readonly pieces: Pieces;
  /** The rows have everything that is dated from then on; microseconds. */
  readonly since: bigint;
  /** And that had arrived by then; null: by the latest arrival among them. */
  readonly until: bigint | null;
}

/** Rows of one commit. */
export const pieceRows = 50_000;

export function* inPieces(rows: Rows): Generator<Rows> {
  for (let from = 0; from < rows.length; from += pieceRows) yield rows.slice(from, from + pieceRows);
}

/**
 * What a topic brings again is removed by its identity. `step`: rows that are in. Nothing is complete before the last of them
 * is: who is stopped begins again. Gives the arrival up to which the source is complete.
 */
export async function fill(
  store: KeptStore,
  { source, pieces, since, until }: Filling,
  now: bigint,
  step: (rows: number) => void,
): Promise<bigint> {
  let [done, latest] = [0, null as bigint | null];
  for await (const rows of pieces) {
    await store.commit([{ source: source.name, at: now, rows: rows.map((row) => ({ offset: null, row })), from: null }]);
    const arrived = arrivedUntil(source, rows);
    if (latest === null || (arrived !== null && arrived > latest)) latest = arrived;
    done += rows.length;
    step(done);
  }
  const end = until ?? latest ?? since;
  await store.setHistory(source.name, (known) => ({ ...known, filled: { since, until: end } }));
  return end;
}

/** When the last of them had arrived; of rows that do not say so, what the last is dated. Null: there are none. */
export function arrivedUntil(source: Source, rows: Rows): bigint | null {
  const ingest = ingestPlace(source);
  const place = ingest === -1 ? timePlace(source) : ingest;
  return rows.reduce<bigint | null>((last, row) => {
    const at = row[place];
    return typeof at === 'bigint' && (last === null || at > last) ? at : last;
  }, null);
}
