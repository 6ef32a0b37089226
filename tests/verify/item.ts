/** What is asked of an account, and what can become of it. */
import type { Connection } from '../../runners/engines/engine.ts';

export const partNames = ['gold', 'functions', 'features'] as const;
export type PartName = (typeof partNames)[number];

/** Each item has one of them; only `equal` says that Snowflake and we agree. */
export const outcomes = ['equal', 'different', 'failed', 'refused', 'not reached'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Found {
  readonly outcome: Exclude<Outcome, 'not reached'>;
  /** What was given and wanted, or why there is nothing to compare; null: equal. */
  readonly detail: string | null;
  /** Function rows that led to a value that was compared. */
  readonly functions: readonly string[];
  /** Of the account's own history. */
  readonly queryId: string | null;
}

export interface Item {
  readonly id: string;
  /** As an author writes it; null: the id finds it in the repository. */
  readonly sql: string | null;
  /** Whatever it throws is its failure. */
  readonly run: (connection: Connection) => Promise<Found>;
}

export interface Part {
  readonly name: PartName;
  /** Of generated events and features; null: nothing is drawn. */
  readonly seed: number | null;
  readonly items: readonly Item[];
  /** One more for what was to be compared and could not be, once all items are done; undefined: there is none. */
  readonly more?: () => Item | undefined;
}
