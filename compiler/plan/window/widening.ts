/** Casts that keep every value. */
import type { PlanExpr } from '../plan.ts';

/** To a NUMBER that has all of its values, exactly. */
export function isWidening({ argument: { type: from }, type: to, try: tries }: PlanExpr & { readonly kind: 'cast' }): boolean {
  if (tries || from.kind !== 'number' || to.kind !== 'number') return false;
  return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
}
