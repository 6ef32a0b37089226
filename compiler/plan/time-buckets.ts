/** Scans with a bounded lookback get an equality on time. */
import type { Plan } from './plan.ts';

export function timeBuckets(plan: Plan): Plan {
  return {
    ...plan,
    steps: plan.steps.map((step) => {
      const { body } = step;
      if (body.kind !== 'scan' || body.time === null || body.lookback === null || body.lookback === '0') return step;
      return { ...step, body: { ...body, buckets: { size: body.lookback } } };
    }),
  };
}
