/** Scans give only the columns that somebody reads. */
import { eachColumn } from './expr.ts';
import { expressionsIn, leaves } from './from-leaves.ts';
import { answerRelation, asOfColumn, type Plan, type PlanExpr } from './plan.ts';

export function pruneColumns(plan: Plan): Plan {
  const read = new Map<string, Set<string>>();
  const mark = (step: string, column: string): void => {
    read.set(step, (read.get(step) ?? new Set([asOfColumn])).add(column));
  };
  for (const { body } of plan.steps) {
    if (body.kind !== 'select') continue;
    const steps = new Map(leaves(body.from).map((l) => [l.relation, l.step]));
    const expressions: PlanExpr[] = [...body.where, ...(body.groupBy ?? []), ...body.items.map((i) => i.expr)];
    if (body.having !== null) expressions.push(body.having);
    if (body.qualify !== null) expressions.push(body.qualify);
    expressions.push(...expressionsIn(body.from));
    for (const e of expressions) {
      eachColumn(e, ({ relation, name }) => {
        const step = steps.get(relation);
        if (step !== undefined) mark(step, name);
      });
    }
  }
  for (const o of plan.answer.outputs)
    eachColumn(o.expr, ({ relation, name }) => {
      if (relation === answerRelation) mark(plan.answer.step, name);
    });
  const steps = plan.steps.map((step) => {
    if (step.body.kind !== 'scan') return step;
    const kept = read.get(step.name) ?? new Set([asOfColumn]);
    return {
      ...step,
      columns: step.columns.filter((c) => kept.has(c.name)),
      body: { ...step.body, items: step.body.items.filter((i) => kept.has(i.name)) },
    };
  });
  return { ...plan, steps };
}
