/** Who reads a step. */
import { leaves } from './from-leaves.ts';
import type { Plan } from './plan.ts';

/** How many times steps and the answer read the step. */
export function readers(plan: Plan, name: string): number {
  const read = plan.steps.flatMap(({ body }) =>
    body.kind === 'select' ? leaves(body.from).map((l) => l.step) : body.kind === 'union-all' ? body.branches : [],
  );
  return [...read, plan.answer.step].filter((s) => s === name).length;
}
