/** Steps that only leave out and rename rows of one scan, and the aggregation over them. */
import { contains } from '../../check/bound.ts';
import { conjunctsOf, isOverRows, replaceTop } from '../expr.ts';
import type { Plan, PlanExpr, PlanSelect, Scan } from '../plan.ts';

/** A step whose rows are those of one scan, some of them left out. */
interface Rows {
  readonly scan: Scan;
  /** Each column over those of the source and of the driver. */
  readonly columns: ReadonlyMap<string, PlanExpr>;
  readonly conditions: readonly PlanExpr[];
}

export function rowsOf(plan: Plan, step: string): Rows | undefined {
  const body = plan.steps.find((s) => s.name === step)?.body;
  if (body?.kind === 'scan')
    return { scan: body, columns: new Map(body.items.map((i) => [i.name, i.expr])), conditions: body.conditions.flatMap(conjunctsOf) };
  if (body?.kind !== 'select' || body.from.kind !== 'step' || body.groupBy !== null || body.having !== null) return undefined;
  if (body.qualify !== null || body.distinct || body.items.some((i) => contains(i.expr, isOverRows))) return undefined;
  const rows = rowsOf(plan, body.from.step);
  if (rows === undefined) return undefined;
  const own = inside(body, rows);
  return {
    scan: rows.scan,
    columns: new Map(body.items.map((i) => [i.name, own(i.expr)])),
    conditions: [...rows.conditions, ...body.where.flatMap((c) => conjunctsOf(own(c)))],
  };
}

export function inside({ from }: PlanSelect, { columns }: Pick<Rows, 'columns'>): (e: PlanExpr) => PlanExpr {
  const relation = from.kind === 'step' ? from.relation : '';
  return (e) => replaceTop(e, (x) => (x.kind === 'column' && x.relation === relation ? columns.get(x.name) : undefined));
}

/** The aggregation whose rows the step has, with the step's items. */
export function groupsOf(plan: Plan, step: string): PlanSelect | undefined {
  const body = plan.steps.find((s) => s.name === step)?.body;
  if (body?.kind !== 'select' || body.from.kind !== 'step' || body.having !== null || body.qualify !== null || body.distinct)
    return undefined;
  if (body.groupBy !== null) return body;
  const groups = groupsOf(plan, body.from.step);
  if (groups === undefined || body.where.length > 0 || body.items.some((i) => contains(i.expr, isOverRows))) return undefined;
  const own = inside(body, { columns: new Map(groups.items.map((i) => [i.name, i.expr])) });
  return { ...groups, items: body.items.map((i) => ({ ...i, expr: own(i.expr) })) };
}
