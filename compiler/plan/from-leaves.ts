/** Walks over the FROM of a plan select. */
import type { PlanFrom } from './plan.ts';

export type Leaf = PlanFrom & { readonly kind: 'step' };

export function leaves(from: PlanFrom): readonly Leaf[] {
  return from.kind === 'step' ? [from] : [...leaves(from.left), ...leaves(from.right)];
}

/** Relations whose rows no outer join leaves out or pads: a condition on them may be tested before the join. */
export function preserved(from: PlanFrom): ReadonlySet<string> {
  if (from.kind === 'step') return new Set([from.relation]);
  if (from.join === 'full') return new Set();
  const left = preserved(from.left);
  return from.join === 'left' || from.join === 'asof' ? left : new Set([...left, ...preserved(from.right)]);
}

export function mapJoins(from: PlanFrom, change: (join: PlanFrom & { kind: 'join' }) => PlanFrom): PlanFrom {
  if (from.kind === 'step') return from;
  return change({ ...from, left: mapJoins(from.left, change), right: mapJoins(from.right, change) });
}
