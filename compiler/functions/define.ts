/**
 * What a function is: one row with its types, its null rule, its SQL for each engine, its meaning for the
 * reference evaluator, and examples whose results a real Snowflake printed or its documentation states.
 */
import type { DiagnosticCode } from '../codes.ts';
import type { Sql, SqlSortKey } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';

/** `strict`: the value is above it. */
export interface LowerBound {
  readonly value: number;
  readonly strict: boolean;
}

/** What is known of an argument when a call is checked and printed. */
export interface Arg {
  readonly type: SqlType;
  readonly nullable: boolean;
  /** The canonical text of a literal (see `Literal`); undefined if it is no literal. */
  readonly literal?: string | boolean | null;
  /** Proven: never zero (NUMBER, FLOAT). */
  readonly nonZero?: boolean;
  /** Proven: the value, if there is one, is not below this. */
  readonly lower?: LowerBound;
  /** Proven: |value| < 10^digits, of the value itself, not of its unscaled integer. Undefined: as wide as its type. */
  readonly digits?: number;
}

export interface Signature {
  readonly type: SqlType;
  readonly nullable: boolean;
  /** Where given, argument i is cast to params[i] (implicitly, in the checker) before the call. */
  readonly params?: readonly SqlType[];
  /** Proven bound of the result, as in Arg.digits. */
  readonly digits?: number;
  /** Why the call may raise for some value of these arguments, and how to guard it: the check refuses such a call. */
  readonly mayRaise?: { readonly reason: string; readonly hint: string };
}

export interface Refusal {
  readonly refused: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
  /** Index of the argument to point at; undefined: the call. */
  readonly arg?: number;
}

/**
 * SQL for an engine. DuckDB and Snowflake take `standard` unless they have their own. Postgres and ClickHouse take it only
 * where a test has shown that it means the same there, and says so; without an entry the row is refused (see engine-sql.ts).
 */
export interface PerEngine<Build> {
  readonly standard: Build;
  readonly duckdb?: Build;
  readonly snowflake?: Build;
  readonly postgres?: Build | 'standard';
  readonly clickhouse?: Build | 'standard';
}

export interface CallTypes {
  readonly args: readonly Arg[];
  readonly type: SqlType;
}

export interface Example {
  /** A Snowflake expression or query without tables. */
  readonly sql: string;
  /** Snowflake's printed result; null for NULL. */
  readonly result: string | null;
  /** `gold:<id>`, `docs:<page>` */
  readonly source: string;
}

export interface ScalarRow {
  readonly kind: 'scalar';
  /** Upper case; operators by their sign. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** propagate: NULL if any argument is NULL, and `evaluate` is not called then. */
  readonly nulls: 'propagate' | 'handles';
  readonly resolve: (args: readonly Arg[]) => Signature | Refusal;
  readonly sql: PerEngine<(args: readonly Sql[], types: CallTypes) => Sql>;
  /** Under `propagate` no argument is null. Values are in the representation of `value.ts`, at the scale of their type. */
  readonly evaluate: (args: readonly Value[], types: CallTypes) => Value;
  readonly examples: readonly Example[];
}

export interface AggregateCall extends CallTypes {
  readonly distinct: boolean;
}

export interface AggregateSqlCall extends AggregateCall {
  readonly orderBy: readonly SqlSortKey[];
}

export interface AggregateRow {
  readonly kind: 'aggregate';
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly resolve: (args: readonly Arg[], distinct: boolean) => Signature | Refusal;
  /** The value over no rows. */
  readonly empty: null | '0' | '' | '[]';
  /** needed: the value depends on the order of rows (LISTAGG, MIN_BY). The checker makes that order total. */
  readonly order: 'free' | 'needed';
  /** For order 'needed' without WITHIN GROUP: the sort keys that the call itself implies (MAX_BY: argument 1, descending, nulls last). */
  readonly impliedOrder?: { readonly arg: number; readonly descending: boolean };
  readonly distinctAllowed: boolean;
  readonly sql: PerEngine<(args: readonly Sql[], call: AggregateSqlCall) => Sql>;
  /** `rows`: argument values per row, in `orderBy` order; duplicates already removed under DISTINCT. Rows are not yet filtered for NULL. */
  readonly evaluate: (rows: readonly (readonly Value[])[], call: AggregateCall) => Value;
  /** As a window function with the given frame; absent: not usable with OVER. */
  readonly window?: {
    /** Snowflake takes PARTITION BY alone. */
    readonly partitionOnly?: boolean;
    readonly resolve: (args: readonly Arg[]) => Signature | Refusal;
    /** `over` puts OVER (…) with the whole window behind an aggregate call. */
    readonly sql: PerEngine<(args: readonly Sql[], call: AggregateSqlCall, over: (aggregate: Sql) => Sql) => Sql>;
    readonly evaluate: (rows: readonly (readonly Value[])[], call: AggregateCall) => Value;
  };
  readonly examples: readonly Example[];
}

/** Ranking, offset and frame functions: ROW_NUMBER, RANK, LAG, RATIO_TO_REPORT, FIRST_VALUE. */
export type WindowRow = PartitionRow | FrameRow;

interface WindowBase {
  readonly kind: 'window';
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** required: needs ORDER BY; forbidden: takes none. */
  readonly ordering: 'required' | 'forbidden';
  /** true: peers get different values, so the ordering must be total (ROW_NUMBER, LAG); false for RANK. */
  readonly tiesMatter: boolean;
  readonly resolve: (args: readonly Arg[]) => Signature | Refusal;
  readonly sql: PerEngine<(args: readonly Sql[], types: CallTypes, over: (fn: Sql) => Sql) => Sql>;
  readonly examples: readonly Example[];
}

export interface PartitionRow extends WindowBase {
  /**
   * The value for each row of one partition, in window order. `rows[i]` has the arguments of row i; `peers[i]` is the
   * index of the first row that ties with row i.
   */
  readonly evaluate: (rows: readonly (readonly Value[])[], peers: readonly number[], types: CallTypes) => readonly Value[];
}

/** Takes a frame; by default it is the whole partition. */
export interface FrameRow extends WindowBase {
  /** The value over the rows of a frame, in window order. */
  readonly frame: (rows: readonly (readonly Value[])[], types: CallTypes) => Value;
}

export type FunctionRow = ScalarRow | AggregateRow | WindowRow;
