/** Who reads a step. */
import { leaves } from './from-leaves.ts';
import type { Plan, Step } from './plan.ts';

/** Names of the steps that a step reads rows of; one that it reads twice is there twice. */
export function inputsOf({ body }: Step): readonly string[] {
  return body.kind === 'select' ? leaves(body.from).map((l) => l.step) : body.kind === 'union-all' ? body.branches : [];
}

/** How many times steps and the answer read the step. */
export function readers(plan: Plan, name: string): number {
  return [...plan.steps.flatMap(inputsOf), plan.answer.step].filter((s) => s === name).length;
}
