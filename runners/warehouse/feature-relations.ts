/** Where a target has the tables of features and the ledger of their runs. An engine is one file and one row of the list. */
import type { Target } from '../../compiler/authoring/config.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { TypedColumn } from '../engines/engine.ts';
import type { NamedTarget } from './target-file.ts';

export interface FoundColumn {
  /** As the feature's is called, if it is one of its columns. */
  readonly isCalled: (name: string) => boolean;
  readonly type: string;
  /** Whether its values are read as those of the type. */
  readonly holds: (type: SqlType) => boolean;
}

export interface FeatureRelations {
  /** Database and schema of the target. */
  readonly place: readonly [database: string, schema: string];
  /** Null: the relation is not there. */
  readonly columns: (relation: readonly string[]) => Promise<readonly FoundColumn[] | null>;
  /** Those of the columns, in the order of instants and entities. `within`: microseconds, both ends included. */
  readonly rows: (asked: RowsAsked) => Promise<readonly (readonly Value[])[]>;
  /** Start, end, when it was complete, the greatest ingest time it had of a source, and that source: microseconds and a name, in the order of completion. */
  readonly runs: (asked: RunsAsked) => Promise<readonly (readonly Value[])[]>;
  readonly close: () => void | Promise<void>;
}

export interface RowsAsked {
  readonly relation: readonly string[];
  /** The entity, the instant, the outputs, the version. */
  readonly columns: readonly TypedColumn[];
  /** Of these columns. */
  readonly order: readonly string[];
  readonly within: readonly [from: bigint, to: bigint] | null;
}

export interface RunsAsked {
  readonly feature: string;
  readonly version: string;
  /** Relations. */
  readonly runs: readonly string[];
  readonly seen: readonly string[];
}

type Open = (target: NamedTarget) => Promise<FeatureRelations>;

const engines: Readonly<Record<Target['engine'], Open>> = {
  duckdb: async (target) => (await import('./duckdb-features.ts')).openDuckdbFeatures(target),
  snowflake: async (target) => (await import('./snowflake-features.ts')).openSnowflakeFeatures(target),
};

export const openFeatureRelations: Open = (target) => engines[target.declared.engine](target);
