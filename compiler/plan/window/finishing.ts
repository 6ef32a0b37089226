/** What is computed of counted aggregates: a plan that is asked with them; or, where it is no more than they themselves, which of them. */
import { contains } from '../../check/bound.ts';
import { integer, number, timestamp } from '../../sql-type.ts';
import { asColumn, callOf, eachColumn, isOverRows, nowhere, relationsOf } from '../expr.ts';
import {
  answerRelation,
  asOfColumn,
  type Plan,
  type PlanColumn,
  type PlanExpr,
  type PlanSelect,
  type Step,
  spineRelation,
} from '../plan.ts';
import type { WindowAggregate } from './aggregate.ts';
import { isWidening } from './widening.ts';

/** Over what the aggregates give. */
export type Finish =
  | { readonly kind: 'aggregate'; readonly index: number }
  | { readonly kind: 'literal'; readonly literal: PlanExpr & { readonly kind: 'literal' } }
  | { readonly kind: 'coalesce'; readonly args: readonly Finish[] };

/** In the order of the plan's outputs; `absent`: of an entity without events in the interval. */
export interface FinishedOutput {
  readonly value: Finish;
  readonly absent: Finish;
}

/** What the finishing plan is asked with: each aggregate, whether there was an event, and a number of its own for each row. */
export const countedColumns = (aggregates: readonly WindowAggregate[]): readonly PlanColumn[] => [
  ...aggregates.map(({ type }, i) => ({ name: `COUNTED_${i + 1}`, type })),
  present,
  row,
];
const present: PlanColumn = { name: 'PRESENT', type: number(1) };
const row: PlanColumn = { name: 'ASKED_ROW', type: integer };

export type Item = PlanSelect['items'][number];

/** The step that has what was counted is the spine itself. */
export const countedRelation = '$counted';

/** Undefined: something else than the aggregates and T is in it. */
export function finishingPlan(plan: Plan, items: readonly Item[]): Plan | undefined {
  if (!items.every(({ expr }) => [...relationsOf(expr)].every((r) => r === countedRelation) && !contains(expr, isOverRows)))
    return undefined;
  const isAnswer = (e: PlanExpr): boolean => {
    let is = true;
    eachColumn(e, ({ relation, name }) => {
      if (relation !== answerRelation && (relation !== spineRelation || name !== asOfColumn)) is = false;
    });
    return is;
  };
  if (!plan.answer.outputs.every(({ expr }) => isAnswer(expr))) return undefined;
  const column = ({ name, type }: PlanColumn): PlanExpr => asColumn(countedRelation, name, type, true);
  const carried = [{ name: asOfColumn, type: timestamp }, row];
  const one: PlanExpr = { kind: 'literal', text: '1', type: present.type, span: nowhere };
  const counted: Step = {
    name: 'ANSWERED',
    columns: [...carried, ...items.map(({ name, expr }) => ({ name, type: expr.type }))],
    body: {
      kind: 'select',
      from: { kind: 'step', step: 'SPINE', relation: countedRelation, alias: 'COUNTED' },
      where: [callOf('=', [column(present), one])],
      groupBy: null,
      having: null,
      qualify: null,
      items: [...carried.map((c) => ({ name: c.name, expr: column(c) })), ...items],
      distinct: false,
    },
  };
  return { ...plan, entity: [row], steps: [counted], answer: { ...plan.answer, step: counted.name, entityColumns: [row.name] } };
}

/** Null: more than the aggregates themselves, or the first of several that is not NULL. */
export function finishOfAll(plan: Plan, items: readonly Item[]): readonly FinishedOutput[] | null {
  const finished = new Map<string, Finish>();
  for (const { name, expr } of items) {
    const finish = finishOf(expr, (e) =>
      e.kind === 'column' && /^COUNTED_\d+$/.test(e.name)
        ? { kind: 'aggregate', index: Number(e.name.slice('COUNTED_'.length)) - 1 }
        : undefined,
    );
    if (finish !== undefined) finished.set(name, finish);
  }
  const outputs = plan.answer.outputs.flatMap((output) => {
    const over = (of: (column: string) => Finish | undefined): Finish | undefined =>
      finishOf(output.expr, (e) => (e.kind === 'column' && e.relation === answerRelation ? of(e.name) : undefined));
    const value = over((column) => finished.get(column));
    const { whenAbsent } = output;
    const absent =
      plan.answer.absentIsDefault && whenAbsent !== null ? { kind: 'literal' as const, literal: whenAbsent } : over(() => nothing);
    return value === undefined || absent === undefined ? [] : [{ value, absent }];
  });
  return outputs.length === plan.answer.outputs.length ? outputs : null;
}

const nothing: Finish = { kind: 'coalesce', args: [] };

function finishOf(e: PlanExpr, part: (e: PlanExpr) => Finish | undefined): Finish | undefined {
  const known = part(e);
  if (known !== undefined) return known;
  if (e.kind === 'literal') return { kind: 'literal', literal: e };
  if (e.kind === 'cast') return isWidening(e) ? finishOf(e.argument, part) : undefined;
  if (e.kind !== 'call' || e.fn !== 'COALESCE') return undefined;
  const args = e.args.map((a) => finishOf(a, part));
  return args.includes(undefined) ? undefined : { kind: 'coalesce', args: args as readonly Finish[] };
}
