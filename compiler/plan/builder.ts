/** What the lift collects while it walks a feature. */
import type { Catalog } from '../catalog.ts';
import type { CheckedQuery, CheckedSelect } from '../check/checked.ts';
import type { PlanColumn, Step, StepBody } from './plan.ts';

/** Groups that exist also of no rows: those of `columns` in `step`, which the select's own group keys begin with. */
export interface Groups {
  readonly step: string;
  readonly columns: readonly string[];
}

/** Collects steps; names stay the author's where they can. */
export interface Builder {
  readonly add: (wanted: string, columns: readonly PlanColumn[], body: StepBody) => string;
  readonly steps: Step[];
  readonly cteSteps: Map<string, string>;
  readonly includeAsOf: boolean;
  readonly catalog: Catalog;
  readonly knowledge: 'event' | 'arrived';
  /** The step that holds the query's rows at every T. */
  readonly liftQuery: (query: CheckedQuery, name: string) => string;
  readonly liftSelect: (select: CheckedSelect, name: string, always: Groups | null) => string;
  nextRelation: number;
}
