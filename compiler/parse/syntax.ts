/** The author's SQL as a tree, before names and types. Every node knows its place in the author's file. */
import type { Span } from '../source.ts';

/** `name` is as Snowflake resolves it: upper case unless it was quoted. */
export interface Identifier {
  readonly name: string;
  readonly quoted: boolean;
  readonly span: Span;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '||' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'AND' | 'OR';

export type Expression =
  | { readonly kind: 'column'; readonly path: readonly Identifier[]; readonly span: Span }
  | { readonly kind: 'number'; readonly text: string; readonly span: Span }
  | { readonly kind: 'string'; readonly value: string; readonly span: Span }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly span: Span }
  | { readonly kind: 'null'; readonly span: Span }
  /** INTERVAL '1 day, 2 hours': parts in written order; units are the canonical names of `date-part.ts`. */
  | { readonly kind: 'interval'; readonly parts: readonly { readonly amount: number; readonly unit: string }[]; readonly span: Span }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'NOT'; readonly argument: Expression; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: 'is';
      readonly argument: Expression;
      readonly test: 'NULL' | 'TRUE' | 'FALSE';
      readonly negated: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'is-distinct'; readonly left: Expression; readonly right: Expression; readonly negated: boolean; readonly span: Span }
  | {
      readonly kind: 'between';
      readonly argument: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly negated: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: 'like';
      readonly argument: Expression;
      readonly pattern: Expression;
      readonly escape: Expression | null;
      readonly caseSensitive: boolean;
      readonly negated: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: 'in-list';
      readonly argument: Expression;
      readonly list: readonly Expression[];
      readonly negated: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'in-query'; readonly argument: Expression; readonly query: Query; readonly negated: boolean; readonly span: Span }
  /** (a, b) IN (SELECT …) */
  | {
      readonly kind: 'row-in-query';
      readonly row: readonly Expression[];
      readonly query: Query;
      readonly negated: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'exists'; readonly query: Query; readonly negated: boolean; readonly span: Span }
  | { readonly kind: 'subquery'; readonly query: Query; readonly span: Span }
  | {
      readonly kind: 'case';
      readonly operand: Expression | null;
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression | null;
      readonly span: Span;
    }
  | { readonly kind: 'cast'; readonly argument: Expression; readonly type: TypeSyntax; readonly try: boolean; readonly span: Span }
  /** t.*, an argument of COUNT. */
  | { readonly kind: 'columns-of'; readonly relation: Identifier; readonly span: Span }
  | CallExpression;

/**
 * Every function call, also those with a syntax of their own: EXTRACT(HOUR FROM x) is DATE_PART('hour', x),
 * SUBSTRING(x FROM a FOR b) is SUBSTRING(x, a, b), TRIM(x) is TRIM(x). A bare date part, as in DATEADD(day, 1, x),
 * arrives as a column expression and is understood by the checker.
 */
export interface CallExpression {
  readonly kind: 'call';
  /** Upper case. */
  readonly name: string;
  readonly nameSpan: Span;
  readonly arguments: readonly Expression[];
  /** COUNT(*) */
  readonly star: boolean;
  readonly distinct: boolean;
  /** WITHIN GROUP (ORDER BY …), or ORDER BY inside the call. */
  readonly orderBy: readonly OrderItem[];
  readonly nulls: 'ignore' | 'respect' | null;
  readonly over: WindowSpecification | null;
  readonly span: Span;
}

export interface TypeSyntax {
  /** Upper case: NUMBER, VARCHAR, TIMESTAMP_NTZ, … */
  readonly name: string;
  readonly parameters: readonly number[];
  readonly span: Span;
}

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last' | null;
}

export interface WindowSpecification {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: FrameSyntax | null;
  readonly span: Span;
}

export interface FrameSyntax {
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBoundSyntax;
  readonly end: FrameBoundSyntax;
  readonly span: Span;
}

export type FrameBoundSyntax =
  | { readonly kind: 'unbounded-preceding' }
  | { readonly kind: 'preceding'; readonly offset: Expression }
  | { readonly kind: 'current-row' }
  | { readonly kind: 'following'; readonly offset: Expression }
  | { readonly kind: 'unbounded-following' };

export interface Query {
  /** The author's, before the query or the name of its CTE. */
  readonly comments?: readonly string[];
  readonly ctes: readonly { readonly name: Identifier; readonly query: Query }[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  /** ORDER BY ALL: every output, in select order. */
  readonly orderAll: (Omit<OrderItem, 'expression'> & { readonly span: Span }) | null;
  readonly limit: Expression | null;
  readonly offset: Expression | null;
  readonly span: Span;
}

export type QueryBody =
  | Select
  | { readonly kind: 'query'; readonly query: Query; readonly span: Span }
  | {
      readonly kind: 'set';
      readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT';
      readonly all: boolean;
      readonly left: QueryBody;
      readonly right: QueryBody;
      readonly span: Span;
    };

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  /** Comma-separated; several mean CROSS JOIN. */
  readonly from: readonly TableExpression[];
  readonly where: Expression | null;
  readonly groupBy: readonly Expression[] | 'all' | null;
  /** ROLLUP, CUBE and GROUPING SETS written out: each set as places in `groupBy`. */
  readonly groupingSets: readonly (readonly number[])[] | null;
  readonly having: Expression | null;
  readonly qualify: Expression | null;
  readonly span: Span;
}

export type SelectItem =
  | { readonly kind: 'expression'; readonly expression: Expression; readonly alias: Identifier | null }
  /** `*` or `t.*` */
  | { readonly kind: 'star'; readonly relation: Identifier | null; readonly span: Span };

export type TableExpression =
  | { readonly kind: 'table'; readonly path: readonly Identifier[]; readonly alias: Identifier | null; readonly span: Span }
  | {
      readonly kind: 'derived';
      readonly query: Query;
      /** It may read the relations before it. */
      readonly lateral: boolean;
      readonly alias: Identifier | null;
      readonly span: Span;
    }
  /** LATERAL FLATTEN(INPUT => …): the elements of each row to the left of it. */
  | {
      readonly kind: 'flatten';
      readonly input: Expression;
      readonly outer: boolean;
      readonly alias: Identifier | null;
      readonly span: Span;
    }
  | {
      readonly kind: 'join';
      readonly join: 'inner' | 'left' | 'right' | 'full' | 'cross' | 'asof';
      readonly left: TableExpression;
      readonly right: TableExpression;
      readonly on: Expression | null;
      readonly using: readonly Identifier[];
      /** MATCH_CONDITION of an ASOF JOIN. */
      readonly match: Expression | null;
      readonly span: Span;
    }
  | PivotExpression
  | UnpivotExpression;

/** Rows turned into columns: what is neither aggregated nor compared groups. */
export interface PivotExpression {
  readonly kind: 'pivot';
  readonly input: TableExpression;
  /** Of one column. */
  readonly aggregate: CallExpression;
  readonly by: Identifier;
  readonly values: readonly { readonly value: Expression; readonly name: Identifier }[];
  /** DEFAULT ON NULL (…) */
  readonly otherwise: Expression | null;
  readonly alias: Identifier | null;
  /** Names for all columns, or none. */
  readonly names: readonly Identifier[];
  readonly span: Span;
}

/** Columns turned into rows: `name` says which column, `value` what was in it. */
export interface UnpivotExpression {
  readonly kind: 'unpivot';
  readonly input: TableExpression;
  readonly value: Identifier;
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly keepNulls: boolean;
  readonly alias: Identifier | null;
  readonly names: readonly Identifier[];
  readonly span: Span;
}
