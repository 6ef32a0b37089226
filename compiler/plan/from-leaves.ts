/** Walks over the FROM of a plan select. */
import type { PlanExpr, PlanFrom } from './plan.ts';

export type Leaf = PlanFrom & { readonly kind: 'step' };

export function leaves(from: PlanFrom): readonly Leaf[] {
  if (from.kind === 'step') return [from];
  return from.kind === 'flatten' ? leaves(from.left) : [...leaves(from.left), ...leaves(from.right)];
}

/** What columns may refer to: the leaves, and the elements of FLATTENs. */
export function relationsIn(from: PlanFrom): readonly { readonly relation: string; readonly alias: string }[] {
  if (from.kind === 'step') return [from];
  return from.kind === 'flatten' ? [...relationsIn(from.left), from] : [...relationsIn(from.left), ...relationsIn(from.right)];
}

/** Expressions that stand in FROM itself. */
export function expressionsIn(from: PlanFrom): readonly PlanExpr[] {
  if (from.kind === 'step') return [];
  if (from.kind === 'flatten') return [...expressionsIn(from.left), from.input];
  return [...expressionsIn(from.left), ...expressionsIn(from.right), ...from.on, ...(from.join === 'asof' ? [from.match] : [])];
}

/** Relations whose rows no outer join leaves out or pads: a condition on them may be tested before the join. */
export function preserved(from: PlanFrom): ReadonlySet<string> {
  if (from.kind === 'step') return new Set([from.relation]);
  if (from.kind === 'flatten') return preserved(from.left);
  if (from.join === 'full') return new Set();
  const left = preserved(from.left);
  return from.join === 'left' || from.join === 'asof' ? left : new Set([...left, ...preserved(from.right)]);
}

export function mapJoins(from: PlanFrom, change: (join: PlanFrom & { kind: 'join' }) => PlanFrom): PlanFrom {
  if (from.kind === 'step') return from;
  if (from.kind === 'flatten') return { ...from, left: mapJoins(from.left, change) };
  return change({ ...from, left: mapJoins(from.left, change), right: mapJoins(from.right, change) });
}
