/** Rewrites that make a plan cheaper and never change its meaning, in order; each can be left out. */
import { moveConditions } from './move-conditions.ts';
import type { Plan } from './plan.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushEntity } from './push-entity.ts';
import { runningWindows } from './running-windows.ts';
import { timeBuckets } from './time-buckets.ts';

export const specialisations = {
  'move-conditions': moveConditions,
  'push-entity': pushEntity,
  'running-windows': runningWindows,
  'time-buckets': timeBuckets,
  'prune-columns': pruneColumns,
} as const satisfies Record<string, (plan: Plan) => Plan>;

export type Specialisation = keyof typeof specialisations;

const inOrder = Object.keys(specialisations) as Specialisation[];

export function specialise(plan: Plan, wanted: readonly Specialisation[]): Plan {
  return inOrder.reduce((p, s) => (wanted.includes(s) ? specialisations[s](p) : p), plan);
}
