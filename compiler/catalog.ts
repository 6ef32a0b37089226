/** What `transforms/sources.yml` declares, validated. Names are Snowflake's: upper case unless quoted in YAML. */
import type { Span } from './source.ts';
import type { SqlType } from './sql-type.ts';

export interface SourceColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly pii: boolean;
  /** Of Snowflake, for values of this column and its type; only where it is personal. */
  readonly maskingPolicy: string | null;
  /** Where the wire has it, if not under the column's own name. */
  readonly topicPath: string | null;
  /** How the wire writes a time. */
  readonly unit: 's' | 'ms' | 'us' | 'iso' | null;
  /** Declared bound of |value|, in the column's unit: lets the printer choose cheaper exact arithmetic. */
  readonly max: bigint | null;
}

interface SourceBase {
  /** As declared, e.g. `chats`; SQL finds it without regard to case. */
  readonly name: string;
  readonly description: string | null;
  readonly warehouse: string;
  readonly topic: string | null;
  readonly envelope: 'plain' | 'segment' | 'debezium';
  readonly key: readonly string[];
  readonly columns: readonly SourceColumn[];
  readonly span: Span;
}

export interface Stream extends SourceBase {
  readonly kind: 'stream';
  readonly eventTime: string;
  readonly ingestTime: string | null;
  /** Microseconds. */
  readonly lateness: bigint;
  /** Microseconds an event may be dated ahead of its ingest. */
  readonly maxSkew: bigint;
}

export interface Table extends SourceBase {
  readonly kind: 'table';
  readonly updatedAt: string;
  readonly versionBy: string | null;
  readonly deleted: string | null;
  /** Microseconds by which a version may reach the warehouse after its time. */
  readonly lateness: bigint;
}

export type Source = Stream | Table;

/** A relation whose rows never change: what statements are tried on. Features have none. */
export interface Fixed {
  readonly name: string;
  readonly columns: readonly Pick<SourceColumn, 'name' | 'type'>[];
  /** Sets of columns that no two rows share. */
  readonly keys: readonly (readonly string[])[];
}

export interface Catalog {
  readonly sources: readonly Source[];
  readonly fixed?: readonly Fixed[];
}

/** As SQL finds it. */
export function sourceNamed(name: string, { sources }: Catalog): Source | undefined {
  return sources.find((s) => s.name.toUpperCase() === name.toUpperCase());
}
