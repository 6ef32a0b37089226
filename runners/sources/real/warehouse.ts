/** What importing and checking sources ask of a warehouse. An engine is one file and one row of `realWarehouses`. */
import type { Source, SourceColumn } from '../../../compiler/catalog.ts';
import type { NamedTarget } from '../../warehouse/target-file.ts';
import type { RealColumn, RealRelation, WarehouseEngine } from './relation.ts';

export interface RealWarehouse {
  /** All tables and views but the engine's own. */
  readonly relations: () => Promise<readonly RealRelation[]>;
  /** Of the relation of a source; null: it is not there. UsageError if the target does not say where that is. */
  readonly columns: (source: Source) => Promise<readonly RealColumn[] | null>;
  /** Reads its rows, and writes nothing. */
  readonly measure: (source: Source, asked: Asked) => Promise<Measured>;
  readonly close: () => void | Promise<void>;
}

/** Columns that are asked about are there, and of a type that is read as the declared one. */
export interface Asked {
  /** Microseconds: rows dated from then on are neither recent nor of the past. */
  readonly now: bigint;
  readonly found: readonly RealColumn[];
  /** Those whose least and greatest value tell whether all are as declared. */
  readonly bounded: readonly SourceColumn[];
  /** Those whose values are asked for. */
  readonly valuesOf: readonly string[];
  /** Of a column; where there are more, it is no category. */
  readonly mostValues: number;
  /** How far it is, from 0 to 1. */
  readonly step: (done: number) => void;
}

/** Clean rows are those that no breach of contract keeps out. Times are microseconds. */
export interface Measured {
  readonly rows: number;
  readonly clean: number;
  /** Rows that are quarantined, by reason; one may have several. */
  readonly breaches: readonly { readonly reason: string; readonly rows: number }[];
  /** Clean rows beyond the first of their identity. */
  readonly copies: number;
  /** Identities of clean rows beyond the first of their key; of a stream only. */
  readonly otherTimes: number;
  /** The greatest ingest time, or where none is declared time of a row, up to now; null: there is none. */
  readonly newest: bigint | null;
  /** Rows where that is later than now. */
  readonly ahead: number;
  /** Columns of `bounded` with a value that the declared type, or its `max`, does not hold, and what is wrong with it. */
  readonly unfit: readonly { readonly column: string; readonly problem: string }[];
  /** Clean rows dated up to now, by the day of their time, counted from 1970 UTC; days without rows are missing. */
  readonly days: ReadonlyMap<number, number>;
  /** By column; null: there are more than were asked for. */
  readonly values: ReadonlyMap<string, readonly FoundValue[] | null>;
}

/** Of clean rows dated up to now. */
export interface FoundValue {
  readonly value: string;
  readonly rows: number;
  /** The least time of a row that has it. */
  readonly first: bigint;
}

type Open = (target: NamedTarget) => Promise<RealWarehouse>;

export const realWarehouses: Readonly<Record<WarehouseEngine, Open>> = {
  duckdb: async (target) => (await import('./duckdb.ts')).openDuckdbReal(target),
  snowflake: async (target) => (await import('./snowflake.ts')).openSnowflakeReal(target),
};
