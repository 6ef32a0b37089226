/**
 * All of history, grouped by the entity: instead of joining each question with every earlier event, events and questions
 * are put into one order per entity, and running aggregates are read off at the questions. Only for aggregates that add
 * up row by row without regard to order, exactly.
 */
import type { SortKey } from '../check/checked.ts';
import { exprKey } from '../check/expr-key.ts';
import { boolean, number, timestamp } from '../sql-type.ts';
import { asColumn, callOf, nowhere, relationsOf, replaceTop, rewrite } from './expr.ts';
import { asOfColumn, instantsStep, type Plan, type PlanColumn, type PlanExpr, type PlanSelect, type Scan, type Step } from './plan.ts';
import { readers } from './readers.ts';

/** Of the merged order: events and questions. */
export const mergedRelation = '$merged';
export const momentColumn = 'MOMENT';
/** 1 for an event, NULL for a question. */
export const eventColumn = 'IS_EVENT';

const runningRelation = '$running';
const additive = new Set(['COUNT', 'COUNT_IF', 'SUM', 'MIN', 'MAX', 'AVG']);
const whole = number(18);

export function runningWindows(plan: Plan): Plan {
  const replaced = new Map<string, readonly Step[]>();
  const dropped = new Set<string>();
  for (const step of plan.steps) {
    if (step.body.kind !== 'select' || step.body.from.kind !== 'step') continue;
    const { from } = step.body;
    const scanStep = plan.steps.find((s) => s.name === from.step);
    if (scanStep?.body.kind !== 'scan' || readers(plan, scanStep.name) !== 1) continue;
    const steps = running(step, step.body, scanStep.body, from.relation, plan);
    if (steps === undefined) continue;
    replaced.set(step.name, steps);
    dropped.add(scanStep.name);
  }
  return { ...plan, steps: plan.steps.filter((s) => !dropped.has(s.name)).flatMap((s) => replaced.get(s.name) ?? [s]) };
}

function running(step: Step, select: PlanSelect, scan: Scan, relation: string, plan: Plan): readonly Step[] | undefined {
  const { time } = scan;
  if (scan.mode !== 'stream' || time === null || scan.lookback !== null || scan.driver === instantsStep) return undefined;
  if (select.groupBy === null || select.where.length > 0 || select.qualify !== null || select.distinct) return undefined;
  const inScan = (e: PlanExpr): PlanExpr =>
    rewrite(e, (x) => (x.kind === 'column' && x.relation === relation ? (scan.items.find((i) => i.name === x.name)?.expr ?? x) : x));
  const instant = exprKey(asColumn(scan.driverRelation, asOfColumn, timestamp, false));
  const visibility = scan.conditions.filter((c) => relationsOf(c).has(scan.driverRelation));
  const [only, second] = visibility;
  if (only?.kind !== 'call' || second !== undefined || !['<', '<='].includes(only.fn)) return undefined;
  const [left, right] = only.args;
  if (left === undefined || right === undefined || exprKey(left) !== exprKey(time) || exprKey(right) !== instant) return undefined;
  const groups = select.groupBy.map(inScan).filter((g) => exprKey(g) !== instant);
  const keyColumns = groups.map((g) => scan.match.find((m) => exprKey(m.value) === exprKey(g))?.column);
  if (groups.length === select.groupBy.length || groups.length !== scan.match.length || keyColumns.includes(undefined)) return undefined;
  const collected = collect(select, inScan, scan);
  if (collected === undefined) return undefined;
  const columns: readonly PlanColumn[] = [
    { name: asOfColumn, type: timestamp },
    ...scan.match.map((m) => m.column),
    { name: eventColumn, type: whole },
    ...collected.values.map((v) => ({ name: v.name, type: v.window.type })),
  ];
  const body: Step['body'] = {
    kind: 'running',
    source: scan.source,
    alias: scan.alias,
    relation: scan.relation,
    driver: scan.driver,
    match: scan.match,
    conditions: scan.conditions.filter((c) => c !== only),
    time,
    arguments: collected.args,
    items: [
      { name: asOfColumn, expr: asColumn(mergedRelation, momentColumn, timestamp, false) },
      ...scan.match.map((m) => ({ name: m.column.name, expr: asColumn(mergedRelation, m.column.name, m.column.type, false) })),
      { name: eventColumn, expr: asColumn(mergedRelation, eventColumn, whole, true) },
      ...collected.values.map((v) => ({ name: v.name, expr: over(v.window, scan, only.fn === '<=') })),
    ],
  };
  const name = `${step.name}_RUNNING`;
  if (plan.steps.some((s) => s.name === name)) return undefined;
  const overRunning = (e: PlanExpr): PlanExpr => {
    const asked = collected.replace(e, inScan);
    return replaceTop(asked, (x) => {
      const key = exprKey(inScan(x));
      if (key === instant) return asColumn(runningRelation, asOfColumn, timestamp, false);
      const match = scan.match.find((m) => exprKey(m.value) === key);
      return match === undefined ? undefined : asColumn(runningRelation, match.column.name, match.column.type, false);
    });
  };
  const isQuestion = callOf('IS NULL', [asColumn(runningRelation, eventColumn, whole, true)], boolean, false);
  const somethingSeen = callOf('>', [
    asColumn(runningRelation, seenColumn, whole, false),
    { kind: 'literal', text: '0', type: number(1), span: nowhere },
  ]);
  return [
    { name, columns, body },
    {
      ...step,
      body: {
        kind: 'select',
        from: { kind: 'step', step: name, relation: runningRelation, alias: 'RUNNING' },
        where: [isQuestion, somethingSeen, ...(select.having === null ? [] : [overRunning(select.having)])],
        groupBy: null,
        having: null,
        qualify: null,
        items: select.items.map((i) => ({ name: i.name, expr: overRunning(i.expr) })),
        distinct: false,
      },
    },
  ];
}

type Aggregate = PlanExpr & { readonly kind: 'aggregate' };

interface Collected {
  /** Values of events that aggregates read, named. */
  readonly args: readonly { readonly name: string; readonly expr: PlanExpr }[];
  readonly values: readonly { readonly name: string; readonly window: Aggregate }[];
  readonly replace: (e: PlanExpr, inScan: (e: PlanExpr) => PlanExpr) => PlanExpr;
}

const seenColumn = 'SEEN';

function collect(select: PlanSelect, inScan: (e: PlanExpr) => PlanExpr, scan: Scan): Collected | undefined {
  const args = new Map<string, { readonly name: string; readonly expr: PlanExpr }>();
  const values = new Map<string, { readonly name: string; readonly window: Aggregate }>();
  let fits = true;
  const argument = (e: PlanExpr): PlanExpr => {
    const key = exprKey(e);
    const known = args.get(key) ?? { name: `VALUE_${args.size + 1}`, expr: e };
    args.set(key, known);
    return asColumn(mergedRelation, known.name, e.type, true);
  };
  const value = (fn: string, wanted: readonly PlanExpr[], type: PlanExpr['type']): PlanExpr => {
    const read = wanted.length === 0 ? [asColumn(mergedRelation, eventColumn, whole, true)] : wanted.map(argument);
    const window: Aggregate = { kind: 'aggregate', fn, args: read, distinct: false, orderBy: [], type, nullable: true, span: nowhere };
    const key = exprKey(window);
    const known = values.get(key) ?? { name: wanted.length === 0 ? seenColumn : `RUNNING_${values.size + 1}`, window };
    values.set(key, known);
    return asColumn(runningRelation, known.name, type, true);
  };
  value('COUNT', [], whole);
  const replace = (e: PlanExpr): PlanExpr =>
    replaceTop(e, (x) => {
      if (x.kind === 'window') fits = false;
      if (x.kind !== 'aggregate') return undefined;
      const own = x.args.map(inScan);
      const exact = (x.fn !== 'SUM' && x.fn !== 'AVG') || own.every((a) => a.type.kind === 'number');
      if (!additive.has(x.fn) || x.distinct || x.orderBy.length > 0 || !exact || own.some((a) => relationsOf(a).has(scan.driverRelation))) {
        fits = false;
        return x;
      }
      if (x.fn !== 'AVG') return value(x.fn, own, x.type);
      const [averaged] = own;
      const scale = averaged?.type.kind === 'number' ? averaged.type.scale : 0;
      const count = value('COUNT', own, whole);
      const zero: PlanExpr = { kind: 'literal', text: '0', type: number(1), span: nowhere };
      return callOf('/', [value('SUM', own, number(38, scale)), callOf('NULLIF', [count, zero], whole)], x.type);
    });
  for (const item of select.items) replace(item.expr);
  if (select.having !== null) replace(select.having);
  return fits ? { args: [...args.values()], values: [...values.values()], replace } : undefined;
}

/** A question comes before the events of its own instant, or after them where T itself is included. */
function over(aggregate: Aggregate, scan: Scan, inclusive: boolean): PlanExpr {
  const key = (expr: PlanExpr, nullsFirst: boolean): SortKey => ({ expr, descending: false, nullsFirst, implied: true });
  return {
    kind: 'window',
    fn: aggregate.fn,
    args: aggregate.args,
    partitionBy: scan.match.map((m) => asColumn(mergedRelation, m.column.name, m.column.type, false)),
    orderBy: [
      key(asColumn(mergedRelation, momentColumn, timestamp, false), false),
      key(asColumn(mergedRelation, eventColumn, whole, true), !inclusive),
    ],
    frame: { unit: 'rows', start: { kind: 'unbounded-preceding' }, end: { kind: 'current-row' } },
    type: aggregate.type,
    nullable: true,
    span: nowhere,
  };
}
