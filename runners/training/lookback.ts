/** How far back features read a source. */
import { usedSteps } from '../../compiler/emit/plan-sql.ts';
import type { Plan } from '../../compiler/plan/plan.ts';

/** Microseconds before the instant; null: all of history. */
export function longestLookback(plans: readonly Plan[], source: string): bigint | null {
  const lookbacks = plans.flatMap((plan) => {
    const used = usedSteps(plan);
    return plan.steps.flatMap(({ name, body }) => {
      if (!used.has(name) || (body.kind !== 'scan' && body.kind !== 'running') || body.source !== source) return [];
      return [body.kind === 'scan' && body.lookback !== null ? BigInt(body.lookback) : null];
    });
  });
  if (lookbacks.length === 0) return null;
  return lookbacks.reduce((longest, lookback) => (longest === null || lookback === null ? null : lookback > longest ? lookback : longest));
}
