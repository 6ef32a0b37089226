/**
 * Features that count what an entity did in a time before T: aggregates over the events of one stream that carry the entity, each over an
 * interval of fixed length. Whoever keeps an entity's events in order of time answers them without looking at anybody else's.
 */
import { sameExpr } from '../../check/expr-key.ts';
import { asColumn, conjunctsOf, replaceTop } from '../expr.ts';
import { asOfColumn, type Plan, type PlanExpr, type Scan } from '../plan.ts';
import { aggregateOf, type WindowAggregate } from './aggregate.ts';
import { countedRelation, type FinishedOutput, finishingPlan, finishOfAll, type Item } from './finishing.ts';
import { conditionsOf, type Interval, isAsOf } from './interval.ts';
import { groupsOf, inside, rowsOf } from './rows.ts';

export interface WindowAggregates {
  readonly scan: Scan;
  /** Of an event, over the source's columns: as many as the feature has entity columns, in their order. */
  readonly key: readonly PlanExpr[];
  readonly time: PlanExpr;
  readonly when: readonly PlanExpr[];
  /** Without an event in it there is no row. */
  readonly within: Interval;
  readonly aggregates: readonly WindowAggregate[];
  /** Null: more is computed of the aggregates. */
  readonly outputs: readonly FinishedOutput[] | null;
  /** What is computed of them, over their values: the answer is that of this plan, asked with them. */
  readonly finishing: Plan;
}

/** Undefined: it is not one of them. */
export function windowAggregatesOf(plan: Plan): WindowAggregates | undefined {
  const groups = groupsOf(plan, plan.answer.step);
  if (groups?.groupBy == null || groups.from.kind !== 'step') return undefined;
  const rows = rowsOf(plan, groups.from.step);
  if (rows?.scan.time == null || rows.scan.mode !== 'stream') return undefined;
  const { scan } = rows;
  const own = inside(groups, rows);
  const keys = groups.groupBy.map(own).filter((e) => !isAsOf(e, scan));
  const key = plan.entity.map((_, i) => {
    const item = groups.items.find((x) => x.name === plan.answer.entityColumns[i]);
    return item === undefined ? undefined : own(item.expr);
  });
  const match = plan.entity.map((e) => scan.match.find((m) => m.column.name === e.name)?.value);
  if (match.some((m, i) => m === undefined || key[i] === undefined || !sameExpr(m, key[i]))) return undefined;
  if (keys.length !== key.length || keys.some((k) => !key.some((e) => e !== undefined && sameExpr(e, k)))) return undefined;
  const conditions = conditionsOf([...rows.conditions, ...groups.where.flatMap((c) => conjunctsOf(own(c)))], scan);
  if (conditions?.from === undefined || conditions.until === undefined) return undefined;
  const within = { from: conditions.from, until: conditions.until };
  const aggregates: WindowAggregate[] = [];
  const items: Item[] = [];
  for (const { name, expr } of groups.items) {
    const counted = replaceTop(expr, (e) => {
      const found = aggregateOf(e, own, scan, within);
      return found === undefined ? undefined : asColumn(countedRelation, `COUNTED_${aggregates.push(found)}`, e.type, true);
    });
    items.push({
      name,
      expr: replaceTop(counted, (e) => (isAsOf(own(e), scan) ? asColumn(countedRelation, asOfColumn, e.type, false) : undefined)),
    });
  }
  const computed = items.filter(({ name }) => name !== asOfColumn && !plan.answer.entityColumns.includes(name));
  const finishing = finishingPlan(plan, computed);
  if (finishing === undefined) return undefined;
  return {
    scan,
    key: match as readonly PlanExpr[],
    time: scan.time as PlanExpr,
    when: conditions.when,
    within,
    aggregates,
    outputs: finishOfAll(plan, computed),
    finishing,
  };
}
