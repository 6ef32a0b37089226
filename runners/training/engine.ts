/** What making a training set asks of an engine. An engine is one file and one row of `trainingEngines`. */
import type { Target } from '../../compiler/authoring/config.ts';
import type { Source } from '../../compiler/catalog.ts';
import type { Plan } from '../../compiler/plan/plan.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { NamedTarget } from '../warehouse/target-file.ts';

export interface TrainingEngine {
  /** The labels as they are from now on. DataError if they do not have what the keys say, with the place. */
  readonly labels: (given: LabelsGiven, keys: readonly Key[]) => Promise<Labels>;
  /** Its clean rows from now on, those that `reads` can see of it. After `labels`. */
  readonly stage: (source: Source, reads: readonly Plan[]) => Promise<void>;
  /** One after the other: the columns that `write` puts behind those before. `columns`: what its outputs are called. */
  readonly answer: (plan: Plan, columns: readonly string[], version: string) => Promise<void>;
  /** UsageError where nothing can be written; nothing is there yet. */
  readonly requireFree: (table: string) => Promise<void>;
  readonly write: (to: Written) => Promise<void>;
  readonly close: () => void | Promise<void>;
}

/** A column of labels that says what is asked. */
export interface Key {
  readonly name: string;
  readonly type: SqlType;
  /** A feature that asks for it. */
  readonly feature: string;
}

export type LabelsGiven =
  | { readonly kind: 'file'; readonly file: string; readonly format: 'ndjson' | 'csv' | 'parquet' }
  | { readonly kind: 'relation'; readonly name: string };

export interface Labels {
  readonly rows: number;
  /** As they are written. */
  readonly columns: readonly string[];
}

export type Written =
  | { readonly kind: 'file'; readonly file: string; readonly format: 'csv' | 'parquet' }
  | { readonly kind: 'table'; readonly name: string };

/** Where raw rows are. */
export type Raw = { readonly kind: 'target'; readonly target: NamedTarget } | { readonly kind: 'events'; readonly folder: string };

export interface Opening {
  readonly raw: Raw;
  /** A folder for what memory does not hold. */
  readonly spill: string;
  /** A table is written into the target. */
  readonly writesTable: boolean;
  readonly warn: (warning: string) => void;
}

export const trainingEngines: Readonly<Record<Target['engine'], (opening: Opening) => Promise<TrainingEngine>>> = {
  duckdb: async (opening) => (await import('./duckdb.ts')).openDuckdbTraining(opening),
  snowflake: async (opening) => (await import('./snowflake.ts')).openSnowflakeTraining(opening),
};
