/** What is asked of those who hold the tables of features, and compute a chunk of them. */
import type { Target } from '../../../compiler/authoring/config.ts';
import type { Source } from '../../../compiler/catalog.ts';
import type { Environment } from '../../warehouse/environment.ts';
import type { Grid } from './grid.ts';
import type { Interval } from './intervals.ts';

export interface GridTables {
  /** What is in the relation of a source. UsageError if it does not have what is declared. */
  readonly raw: (source: Source) => Promise<RawRows>;
  readonly state: (grid: Grid) => Promise<GridState>;
  /** Before chunks: the clean rows of these sources, as they are now. */
  readonly prepare: (sources: readonly Source[], done: (source: Source) => void) => Promise<void>;
  /** In one transaction: the rows of these instants are replaced, the ledger says so, the feature's name shows what it should. */
  readonly compute: (grid: Grid, chunk: Chunk) => Promise<Computed>;
  /** What is under way fails, and leaves nothing. */
  readonly interrupt: () => void;
  readonly close: () => void | Promise<void>;
  readonly pace: Pace;
  readonly bill: () => Promise<Bill>;
}

/** What is guessed of the engine before anything is measured. */
export interface Pace {
  /** Rows that are joined to instants in a second. */
  readonly rowsASecond: number;
  /** Seconds that a chunk takes beside that. */
  readonly aChunk: number;
  /** Seconds that a chunk of which more is known takes at least, and what comes to it before it begins. */
  readonly leastChunk: number;
  readonly startOfChunk: number;
  /** Raw rows that are cleaned in a second, and seconds that this takes beside that. */
  readonly cleanedASecond: number;
  readonly cleaning: number;
}

export type Bill =
  | { readonly kind: 'none' }
  | { readonly kind: 'credits'; readonly anHour: number; readonly size: string }
  | { readonly kind: 'unknown'; readonly reason: string; readonly hint: string };

export interface RawRows {
  readonly rows: number;
  /** Microseconds between the first and the last by their times. */
  readonly span: bigint;
}

/** What the tables hold of a version. Instants are whole numbers of the grid's step since 1970 UTC. */
export interface GridState {
  readonly relation: string;
  /** Computed; none: the relation is not there, or nothing is. */
  readonly held: readonly Interval[];
  /** Changed by late events, and not computed since. */
  readonly dirty: readonly Interval[];
  readonly measured: Measured | null;
}

export interface Measured {
  readonly instants: bigint;
  readonly seconds: number;
  readonly rows: number;
}

export interface Chunk extends Interval {
  /**
   * first: the relation is made. on: it goes on from what is held, and what arrived since for instants before is counted as late.
   * further: behind one of those in the same run. given: instants that were asked for or were missing.
   */
  readonly kind: 'first' | 'on' | 'further' | 'given';
  /** Where history begins, if that was said: an older version need not be reached before. Microseconds. */
  readonly historyFrom: bigint | null;
}

export interface Computed {
  readonly rows: number;
  readonly seconds: number;
  readonly lateEvents: number;
  /** The version that the feature's name shows. */
  readonly shown: string;
}

export interface Opening {
  readonly name: string;
  readonly target: Target;
  /** Of the project. */
  readonly folder: string;
  readonly environment: Environment;
  /** Is told of a wait. */
  readonly say?: (text: string) => void;
  /** Otherwise for looking at it. */
  readonly writes: boolean;
}
