/**
 * The plan: a feature as named steps, each a relation that carries its instant T in the column AS_OF.
 * It knows no dialect and survives JSON. The batch form and the lambda are printed from the same plan.
 */
import type { Expr, Literal, OutputColumn } from '../check/checked.ts';
import type { SqlType } from '../sql-type.ts';

/** The column that carries T through every step. */
export const asOfColumn = 'AS_OF';

/** The relation that the plan takes as given: the distinct instants of what is asked. */
export const instantsStep = '$instants';

/** An `Expr` in which T is a column and no query remains: kinds as-of, in-query, exists, subquery do not occur. */
export type PlanExpr = Expr;

export interface PlanColumn {
  readonly name: string;
  readonly type: SqlType;
}

export interface Plan {
  readonly feature: string;
  readonly entity: readonly PlanColumn[];
  readonly outputs: readonly OutputColumn[];
  /** In order: a step refers to earlier ones only. */
  readonly steps: readonly Step[];
  readonly answer: Answer;
}

export interface Step {
  /** Unique; the author's name where there is one. */
  readonly name: string;
  readonly columns: readonly PlanColumn[];
  readonly body: StepBody;
  /** The author's, about the query that the step stands for. */
  readonly comments?: readonly string[];
}

export type StepBody = Scan | Running | PlanSelect | PlanUnion | DistinctKeys;

/** DISTINCT (AS_OF, entity columns) of the spine; without entity columns: the instants. */
export interface DistinctKeys {
  readonly kind: 'keys';
  readonly entity: readonly string[];
}

/** A source as visible at each T of `driver`: one row per (row of the source, row of the driver). */
export interface Scan {
  readonly kind: 'scan';
  readonly source: string;
  readonly mode: 'stream' | 'table' | 'history' | 'fixed';
  /** A step of kind keys. */
  readonly driver: string;
  /** What columns of the driver and of the source refer to. */
  readonly driverRelation: string;
  readonly relation: string;
  /** The author's name for the source. */
  readonly alias: string;
  /** Only rows where `value`, over the source's columns, equals the driver's `column`. */
  readonly match: readonly { readonly column: PlanColumn; readonly value: PlanExpr }[];
  /** What is visible at T, and the author's own conditions on this source alone. */
  readonly conditions: readonly PlanExpr[];
  readonly items: readonly { readonly name: string; readonly expr: PlanExpr }[];
  /** The event time of a stream. */
  readonly time: PlanExpr | null;
  /** Microseconds before T from which on `conditions` let events through; null: all of history. */
  readonly lookback: string | null;
  readonly buckets: TimeBuckets | null;
}

/**
 * Running aggregates over events and questions in one order (relation `$merged`: the match columns, MOMENT, IS_EVENT, and
 * `arguments` of events): one row per event and per question.
 */
export interface Running {
  readonly kind: 'running';
  readonly source: string;
  readonly alias: string;
  readonly relation: string;
  readonly driver: string;
  readonly match: Scan['match'];
  /** Over the source's columns. */
  readonly conditions: readonly PlanExpr[];
  readonly time: PlanExpr;
  readonly arguments: readonly { readonly name: string; readonly expr: PlanExpr }[];
  readonly items: readonly { readonly name: string; readonly expr: PlanExpr }[];
}

/**
 * Driver rows are repeated for the two buckets of `size` microseconds that [T - size, T] touches, so that the join has
 * an equality on time. Changes no value: the exact bounds stay.
 */
export interface TimeBuckets {
  readonly size: string;
}

export interface PlanSelect {
  readonly kind: 'select';
  readonly from: PlanFrom;
  readonly where: readonly PlanExpr[];
  readonly groupBy: readonly PlanExpr[] | null;
  readonly having: PlanExpr | null;
  readonly qualify: PlanExpr | null;
  readonly items: readonly { readonly name: string; readonly expr: PlanExpr }[];
  readonly distinct: boolean;
}

export interface PlanUnion {
  readonly kind: 'union-all';
  /** Names of steps with the same columns. */
  readonly branches: readonly string[];
}

export type PlanFrom =
  /** `relation`: what columns refer to; `alias`: the author's name for it. */
  | { readonly kind: 'step'; readonly step: string; readonly relation: string; readonly alias: string }
  /** See CheckedFlatten. */
  | {
      readonly kind: 'flatten';
      readonly left: PlanFrom;
      readonly relation: string;
      readonly alias: string;
      readonly input: PlanExpr;
      readonly outer: boolean;
    }
  | {
      readonly kind: 'join';
      readonly join: 'inner' | 'left' | 'full';
      readonly left: PlanFrom;
      readonly right: PlanFrom;
      readonly on: readonly PlanExpr[];
    }
  | {
      readonly kind: 'join';
      /** Each left row with the nearest right row; see CheckedFrom. */
      readonly join: 'asof';
      readonly left: PlanFrom;
      readonly right: PlanFrom;
      readonly on: readonly PlanExpr[];
      readonly match: PlanExpr;
    };

/** Each row of the spine with its outputs: the spine left-joined to `step` on (entity, T). */
export interface Answer {
  readonly step: string;
  /** Columns of `step` that equal the entity, in the entity's order. */
  readonly entityColumns: readonly string[];
  /** Over relation $spine (entity columns, AS_OF) and relation $answer (columns of `step`). */
  readonly outputs: readonly { readonly name: string; readonly expr: PlanExpr; readonly whenAbsent: Literal | null }[];
  /** Outputs of an absent row are `whenAbsent` (or NULL), whatever `expr` says. */
  readonly absentIsDefault: boolean;
}

export const spineRelation = '$spine';
export const answerRelation = '$answer';
