/**
 * A feature whose names, types and rules are settled. Everything Snowflake leaves implicit is explicit here:
 * casts, sort order of NULLs, tie-breaks, frames. The reference evaluator reads this tree and nothing later.
 */
import type { FeatureHeader } from '../definition.ts';
import type { DatePart } from '../functions/date-part.ts';
import type { Span } from '../source.ts';
import type { SqlType } from '../sql-type.ts';

export interface CheckedFeature {
  readonly name: string;
  readonly file: string;
  readonly description: string | null;
  readonly owner: string | null;
  /** How far it is relied on. Decides no value. */
  readonly status: FeatureHeader['status'];
  /** From this day on, UTC, nobody may rely on it; an ISO date. Decides no value, either. */
  readonly deprecationDate: string | null;
  /** Who reads it, as the header lists them. */
  readonly consumers: readonly string[];
  /** Grid of batch snapshots, microseconds. */
  readonly every: string | null;
  /** Of the lambda for one entity, at p99, microseconds. Decides no value, so no version either. */
  readonly latencyBudget: string | null;
  /** What is built on it waits for the nightly verdict. Decides no value, either. */
  readonly blocking: boolean;
  /** Events dated exactly at T are seen. */
  readonly includeAsOf: boolean;
  /** Names of columns of `query`, in the order the header lists them. */
  readonly entity: readonly CheckedColumn[];
  /** The other columns, in select order. */
  readonly outputs: readonly OutputColumn[];
  /** The final SELECT groups by exactly the entity columns: an absent entity is a group of no rows. */
  readonly groupsByEntity: boolean;
  /** Proven: at most one row per (entity, T). */
  readonly query: CheckedQuery;
  /** Source names, sorted. */
  readonly sources: readonly string[];
  /** The source whose entities its tables hold; null: those with a row in the query. No answer for a spine depends on it. */
  readonly universe: string | null;
  readonly span: Span;
}

export interface CheckedColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
}

export interface OutputColumn extends CheckedColumn {
  readonly default: Literal | null;
  /** tolerance: some FLOAT in it depends on the order of additions or on a math library. */
  readonly exactness: 'exact' | 'tolerance';
}

/** A query on its own: no entity, no spine; all its rows at one instant, perhaps in an order. */
export interface CheckedStatement {
  readonly query: CheckedQuery;
  /** In select order; those from `shown` on are there only to sort by. */
  readonly outputs: readonly OutputColumn[];
  readonly shown: number;
  readonly order: readonly OutputOrder[];
  readonly limit: number | null;
  readonly offset: number;
  /** Names of sources and fixed relations, sorted. */
  readonly sources: readonly string[];
}

export interface OutputOrder {
  /** Index in `outputs`. */
  readonly output: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface CheckedQuery {
  /** The author's, line by line. */
  readonly comments?: readonly string[];
  readonly ctes: readonly CheckedCte[];
  readonly body: CheckedBody;
  readonly columns: readonly CheckedColumn[];
}

export interface CheckedCte {
  /** Unique in the feature. */
  readonly id: string;
  /** As the author called it. */
  readonly name: string;
  readonly query: CheckedQuery;
}

export type CheckedBody = CheckedSelect | CheckedUnion;

/** UNION ALL; columns of the branches go together by position and have equal types. */
export interface CheckedUnion {
  readonly kind: 'union-all';
  readonly branches: readonly CheckedBody[];
  readonly columns: readonly CheckedColumn[];
}

/**
 * FROM, WHERE, GROUP BY, HAVING, windows, QUALIFY, select list, DISTINCT: in that order.
 * Aliases are already replaced by what they stand for.
 */
export interface CheckedSelect {
  readonly kind: 'select';
  /** null: one row without columns. */
  readonly from: CheckedFrom | null;
  readonly where: Expr | null;
  /** null: not aggregated. []: one group, also of no rows. */
  readonly groupBy: readonly Expr[] | null;
  readonly having: Expr | null;
  readonly qualify: Expr | null;
  readonly items: readonly { readonly name: string; readonly expr: Expr }[];
  readonly distinct: boolean;
  readonly columns: readonly CheckedColumn[];
}

/** `id` is unique in the feature; columns are addressed by (id, name). */
export type CheckedFrom =
  | {
      readonly kind: 'source';
      readonly id: string;
      readonly source: string;
      /**
       * stream: its events. table: the version in force at T, per key. history: every version visible at T, with VALID_FROM, VALID_TO.
       * fixed: the same rows at every T.
       */
      readonly mode: 'stream' | 'table' | 'history' | 'fixed';
      readonly alias: string;
      readonly columns: readonly CheckedColumn[];
    }
  | { readonly kind: 'cte'; readonly id: string; readonly cte: string; readonly alias: string; readonly columns: readonly CheckedColumn[] }
  | {
      readonly kind: 'derived';
      readonly id: string;
      readonly query: CheckedQuery;
      readonly alias: string;
      readonly columns: readonly CheckedColumn[];
    }
  | CheckedFlatten
  | {
      readonly kind: 'join';
      readonly join: 'inner' | 'left' | 'full' | 'cross';
      readonly left: CheckedFrom;
      readonly right: CheckedFrom;
      readonly on: Expr | null;
    }
  | {
      readonly kind: 'join';
      /** Each left row with the one right row that meets `on` and is nearest by `match`; proven: no two are equally near. */
      readonly join: 'asof';
      readonly left: CheckedFrom;
      readonly right: CheckedFrom;
      /** Equalities of the two sides. */
      readonly on: Expr | null;
      /** A comparison `<`, `<=`, `>` or `>=` of the left side's value with the right side's. */
      readonly match: Expr & { readonly kind: 'call' };
    };

/** Each row of `left` with the elements of its `input`, an array of known type or a VARIANT, one by one. */
export interface CheckedFlatten {
  readonly kind: 'flatten';
  readonly id: string;
  readonly alias: string;
  readonly left: CheckedFrom;
  /** Over the columns of `left`; no query in it. */
  readonly input: Expr;
  /** A row without elements stays, with NULLs. */
  readonly outer: boolean;
  /** KEY (of an object), INDEX (of an array, from 0), VALUE. */
  readonly columns: readonly CheckedColumn[];
}

/** `text` is canonical: digits for NUMBER with its scale, ISO for times. */
export interface Literal {
  readonly kind: 'literal';
  readonly text: string | boolean | null;
  readonly type: SqlType;
  readonly span: Span;
}

interface Typed {
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly span: Span;
}

export type Expr =
  | Literal
  /** The instant T, a TIMESTAMP_NTZ. */
  | { readonly kind: 'as-of'; readonly type: SqlType; readonly span: Span }
  | ({ readonly kind: 'column'; readonly relation: string; readonly name: string } & Typed)
  /** `fn` names a scalar row of the function list; operators are rows too. */
  | ({ readonly kind: 'call'; readonly fn: string; readonly args: readonly Expr[] } & Typed)
  /** Branches are tried in order; only the chosen THEN is evaluated. All THENs and ELSE have the type of the whole. */
  | ({
      readonly kind: 'case';
      readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise: Expr | null;
    } & Typed)
  | ({ readonly kind: 'cast'; readonly argument: Expr; readonly try: boolean } & Typed)
  /** Over the rows of the group. `fn` names an aggregate row. `orderBy` is total where order matters. */
  | ({
      readonly kind: 'aggregate';
      readonly fn: string;
      readonly args: readonly Expr[];
      readonly distinct: boolean;
      readonly orderBy: readonly SortKey[];
    } & Typed)
  | ({
      readonly kind: 'window';
      /** A window row, or an aggregate row used as a window. */
      readonly fn: string;
      readonly args: readonly Expr[];
      readonly partitionBy: readonly Expr[];
      readonly orderBy: readonly SortKey[];
      /** Always present for aggregates; null for ranking functions, LAG and LEAD. */
      readonly frame: Frame | null;
    } & Typed)
  /** Three-valued; list items have the argument's type. */
  | ({ readonly kind: 'in-list'; readonly argument: Expr; readonly list: readonly Expr[]; readonly negated: boolean } & Typed)
  /** Three-valued; the query has one column, of the argument's type. Queries here may read columns of the select they stand in. */
  | ({ readonly kind: 'in-query'; readonly argument: Expr; readonly query: CheckedQuery; readonly negated: boolean } & Typed)
  | ({ readonly kind: 'exists'; readonly query: CheckedQuery; readonly negated: boolean } & Typed)
  /** One column and proven at most one row; NULL if none. */
  | ({ readonly kind: 'subquery'; readonly query: CheckedQuery } & Typed);

export interface SortKey {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** Appended by the checker: the key of the stream's rows. */
  readonly implied: boolean;
}

export interface Frame {
  readonly unit: 'rows' | 'range';
  readonly start: FrameBound;
  readonly end: FrameBound;
}

export type FrameBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  /** `unit` null: a number of rows, or of the ordering value. Otherwise an interval. */
  | { readonly kind: 'preceding' | 'following'; readonly amount: string; readonly unit: DatePart | null };
