/** What is asked of a warehouse to load history from it. */
import type { Source } from '../../compiler/catalog.ts';
import type { Pieces } from '../stream/store/fill.ts';

export interface Warehouse {
  /** UsageError if the relation does not have what is declared; no row is read before it is asked for. */
  readonly past: (source: Source, since: bigint) => Promise<Past>;
  readonly close: () => void | Promise<void>;
}

/** Rows of a source: of a stream those dated from an instant on, of a table all its versions. */
export interface Past {
  readonly source: Source;
  readonly total: number;
  readonly pieces: () => Pieces;
}
