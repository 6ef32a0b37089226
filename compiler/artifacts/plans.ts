/** The plan of a feature for each form. What several forms begin with is made once. */
import type { Catalog } from '../catalog.ts';
import type { CheckedFeature } from '../check/checked.ts';
import { lift } from '../plan/lift.ts';
import type { Plan } from '../plan/plan.ts';
import { specialise } from '../plan/specialise.ts';

interface Beginnings {
  readonly catalog: Catalog;
  readonly lifted: Plan;
  readonly moved: Plan;
  /** Scans restricted to the entities that are asked for. */
  readonly pushed: Plan;
}

const known = new WeakMap<CheckedFeature, Beginnings>();

function beginningsOf(feature: CheckedFeature, catalog: Catalog): Beginnings {
  const before = known.get(feature);
  if (before?.catalog === catalog) return before;
  const lifted = lift(feature, catalog);
  const moved = specialise(lifted, ['move-conditions']);
  const beginnings = { catalog, lifted, moved, pushed: specialise(moved, ['push-entity']) };
  known.set(feature, beginnings);
  return beginnings;
}

/** What a version is a hash of: nothing is left out but columns that nobody reads. */
export function plainPlanOf(feature: CheckedFeature, catalog: Catalog): Plan {
  return specialise(beginningsOf(feature, catalog).lifted, ['prune-columns']);
}

/** For a few rows against the store: with no buckets. */
export function lambdaPlanOf(feature: CheckedFeature, catalog: Catalog): Plan {
  return specialise(beginningsOf(feature, catalog).pushed, ['prune-columns']);
}

/** For spines of many rows: with time buckets. */
export function batchPlanOf(feature: CheckedFeature, catalog: Catalog, knowledge: 'event' | 'arrived' = 'event'): Plan {
  const pushed =
    knowledge === 'event'
      ? beginningsOf(feature, catalog).pushed
      : specialise(lift(feature, catalog, knowledge), ['move-conditions', 'push-entity']);
  return specialise(pushed, ['running-windows', 'time-buckets', 'prune-columns']);
}

/** What the rows of a feature's tables are computed by: its universe asks for every entity, and without one only what the query returns is kept. */
export function gridPlanOf(feature: CheckedFeature, catalog: Catalog): Plan {
  return feature.universe === null ? foundPlanOf(feature, catalog) : batchPlanOf(feature, catalog);
}

/** For the rows that the query itself returns, whomever a table is to hold. */
export function foundPlanOf(feature: CheckedFeature, catalog: Catalog): Plan {
  const moved = feature.groupsByEntity
    ? specialise(lift({ ...feature, groupsByEntity: false }, catalog), ['move-conditions'])
    : beginningsOf(feature, catalog).moved;
  return specialise(moved, ['time-buckets', 'prune-columns']);
}
