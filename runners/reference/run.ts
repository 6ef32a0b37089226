/** One evaluation at one instant: what closures may look at besides their row. */
import type { CheckedQuery } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import type { Sight, VisibleSource } from './sources.ts';

/** A row of a join: the columns of each relation in FROM; null for the missing side of an outer join. */
export type Row = readonly (readonly Value[] | null)[];

/** What an expression is evaluated on: a row, or a group of rows. */
export interface Unit {
  /** Undefined in a group. */
  readonly row: Row | undefined;
  readonly group: Group | undefined;
  /** Values of the select's window functions for this unit. */
  readonly windows: readonly Value[];
}

export interface Group {
  readonly keys: readonly Value[];
  readonly rows: readonly Unit[];
}

/** Values of a relation's rows. */
export type Rows = readonly (readonly Value[])[];

export type Eval = (unit: Unit, run: Run) => Value;

export interface Run {
  readonly sight: Sight;
  readonly sources: ReadonlyMap<string, VisibleSource>;
  /** Results of this instant, so that a CTE or subquery is computed once. */
  readonly results: Map<CheckedQuery, Rows>;
  /** The rows that subqueries are evaluated for, the nearest first. */
  readonly around: readonly Unit[];
}

export const rowUnit = (row: Row): Unit => ({ row, group: undefined, windows: [] });
