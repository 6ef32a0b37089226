/**
 * Features that count what an entity did in a time before T: aggregates over the events of one stream that carry the entity, each over an
 * interval of fixed length. Whoever keeps an entity's events in order of time answers them without looking at anybody else's.
 */
import { contains } from '../check/bound.ts';
import { sameExpr } from '../check/expr-key.ts';
import { integer, number, type SqlType, timestamp } from '../sql-type.ts';
import { asColumn, callOf, conjunctsOf, eachColumn, isOverRows, nowhere, relationsOf, replaceTop } from './expr.ts';
import { fixedUnits } from './fixed-units.ts';
import {
  answerRelation,
  asOfColumn,
  type Plan,
  type PlanColumn,
  type PlanExpr,
  type PlanSelect,
  type Scan,
  type Step,
  spineRelation,
} from './plan.ts';

/** Events dated `from` ≤ t − T < `until`, in microseconds. */
export interface Interval {
  readonly from: bigint;
  readonly until: bigint;
}

export interface WindowAggregate {
  readonly fn: 'count' | 'distinct' | 'sum' | 'min' | 'max';
  /** Over the source's columns; null: each event counts. */
  readonly of: PlanExpr | null;
  /** Over the source's columns: only events for which all of them are TRUE. */
  readonly when: readonly PlanExpr[];
  readonly within: Interval;
  /** Events of the feature's interval that are left out add 0. */
  readonly zeroOtherwise: boolean;
  readonly type: SqlType;
}

/** Over what the aggregates give. */
export type Finish =
  | { readonly kind: 'aggregate'; readonly index: number }
  | { readonly kind: 'literal'; readonly literal: PlanExpr & { readonly kind: 'literal' } }
  | { readonly kind: 'coalesce'; readonly args: readonly Finish[] };

export interface WindowAggregates {
  readonly scan: Scan;
  /** Of an event, over the source's columns: as many as the feature has entity columns, in their order. */
  readonly key: readonly PlanExpr[];
  readonly time: PlanExpr;
  readonly when: readonly PlanExpr[];
  /** Without an event in it there is no row. */
  readonly within: Interval;
  readonly aggregates: readonly WindowAggregate[];
  /** In the order of the plan's; what an entity without events in the interval has is in them, too. Null: more is computed of the aggregates. */
  readonly outputs: readonly { readonly value: Finish; readonly absent: Finish }[] | null;
  /** What is computed of them, over their values: the answer is that of this plan, asked with them. */
  readonly finishing: Plan;
}

/** What the finishing plan is asked with: each aggregate, whether there was an event, and a number of its own for each row. */
export const countedColumns = (aggregates: readonly WindowAggregate[]): readonly PlanColumn[] => [
  ...aggregates.map(({ type }, i) => ({ name: `COUNTED_${i + 1}`, type })),
  present,
  row,
];
const present: PlanColumn = { name: 'PRESENT', type: number(1) };
const row: PlanColumn = { name: 'ASKED_ROW', type: integer };

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

type Item = PlanSelect['items'][number];

/** The step that has what was counted is the spine itself. */
const countedRelation = '$counted';

/** Undefined: something else than the aggregates and T is in it. */
function finishingPlan(plan: Plan, items: readonly Item[]): Plan | undefined {
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
function finishOfAll(plan: Plan, items: readonly Item[]): WindowAggregates['outputs'] {
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

/** The aggregation whose rows the step has, with the step's items. */
function groupsOf(plan: Plan, step: string): PlanSelect | undefined {
  const body = plan.steps.find((s) => s.name === step)?.body;
  if (body?.kind !== 'select' || body.from.kind !== 'step' || body.having !== null || body.qualify !== null || body.distinct)
    return undefined;
  if (body.groupBy !== null) return body;
  const groups = groupsOf(plan, body.from.step);
  if (groups === undefined || body.where.length > 0 || body.items.some((i) => contains(i.expr, isOverRows))) return undefined;
  const own = inside(body, { columns: new Map(groups.items.map((i) => [i.name, i.expr])) });
  return { ...groups, items: body.items.map((i) => ({ ...i, expr: own(i.expr) })) };
}

const nothing: Finish = { kind: 'coalesce', args: [] };

/** A step whose rows are those of one scan, some of them left out. */
interface Rows {
  readonly scan: Scan;
  /** Each column over those of the source and of the driver. */
  readonly columns: ReadonlyMap<string, PlanExpr>;
  readonly conditions: readonly PlanExpr[];
}

function rowsOf(plan: Plan, step: string): Rows | undefined {
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

function inside({ from }: PlanSelect, { columns }: Pick<Rows, 'columns'>): (e: PlanExpr) => PlanExpr {
  const relation = from.kind === 'step' ? from.relation : '';
  return (e) => replaceTop(e, (x) => (x.kind === 'column' && x.relation === relation ? columns.get(x.name) : undefined));
}

const isAsOf = (e: PlanExpr, scan: Scan): boolean => e.kind === 'column' && e.relation === scan.driverRelation && e.name === asOfColumn;

interface Conditions extends Partial<Interval> {
  readonly when: readonly PlanExpr[];
}

/** Those on time become an interval; undefined: another one depends on T. */
function conditionsOf(conditions: readonly PlanExpr[], scan: Scan): Conditions | undefined {
  let [from, until]: (bigint | undefined)[] = [undefined, undefined];
  const when: PlanExpr[] = [];
  for (const condition of conditions) {
    const bounds = boundsOf(condition, scan);
    if (bounds === undefined) {
      if (!isOfEvent(condition, scan)) return undefined;
      when.push(condition);
      continue;
    }
    if (bounds.from !== undefined && (from === undefined || bounds.from > from)) from = bounds.from;
    if (bounds.until !== undefined && (until === undefined || bounds.until < until)) until = bounds.until;
  }
  return { when, ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

/** A constant is of every event. */
const isOfEvent = (e: PlanExpr, scan: Scan): boolean => [...relationsOf(e)].every((r) => r === scan.relation) && !contains(e, isOverRows);

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function boundsOf(condition: PlanExpr, scan: Scan): Partial<Interval> | undefined {
  if (condition.kind !== 'call' || scan.time === null) return undefined;
  const [a, b, c] = condition.args;
  if (a === undefined || b === undefined) return undefined;
  if (condition.fn === 'BETWEEN') {
    const [from, until] = [offsetOf(b, scan), c === undefined ? undefined : offsetOf(c, scan)];
    return sameExpr(a, scan.time) && from !== undefined && until !== undefined ? { from, until: until + 1n } : undefined;
  }
  const [fn, bound] = sameExpr(a, scan.time) ? [condition.fn, b] : sameExpr(b, scan.time) ? [mirrored[condition.fn], a] : [];
  const offset = bound === undefined ? undefined : offsetOf(bound, scan);
  if (offset === undefined) return undefined;
  switch (fn) {
    case '<':
      return { until: offset };
    case '<=':
      return { until: offset + 1n };
    case '>':
      return { from: offset + 1n };
    case '>=':
      return { from: offset };
    default:
      return undefined;
  }
}

/** Microseconds after T. */
function offsetOf(e: PlanExpr, scan: Scan): bigint | undefined {
  if (isAsOf(e, scan)) return 0n;
  if (e.kind !== 'call' || e.fn !== 'DATEADD') return undefined;
  const [unit, amount, time] = e.args;
  if (unit?.kind !== 'literal' || amount?.kind !== 'literal' || time === undefined) return undefined;
  const length = fixedUnits[String(unit.text)];
  const inner = offsetOf(time, scan);
  if (length === undefined || inner === undefined || typeof amount.text !== 'string' || !/^-?\d{1,9}$/.test(amount.text)) return undefined;
  return inner + BigInt(amount.text) * length;
}

function finishOf(e: PlanExpr, part: (e: PlanExpr) => Finish | undefined): Finish | undefined {
  const known = part(e);
  if (known !== undefined) return known;
  if (e.kind === 'literal') return { kind: 'literal', literal: e };
  if (e.kind === 'cast') return isWidening(e) ? finishOf(e.argument, part) : undefined;
  if (e.kind !== 'call' || e.fn !== 'COALESCE') return undefined;
  const args = e.args.map((a) => finishOf(a, part));
  return args.includes(undefined) ? undefined : { kind: 'coalesce', args: args as readonly Finish[] };
}

/** To a NUMBER that has all of its values, exactly. */
function isWidening({ argument: { type: from }, type: to, try: tries }: PlanExpr & { readonly kind: 'cast' }): boolean {
  if (tries || from.kind !== 'number' || to.kind !== 'number') return false;
  return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
}

function aggregateOf(e: PlanExpr, own: (e: PlanExpr) => PlanExpr, scan: Scan, outer: Interval): WindowAggregate | undefined {
  if (e.kind !== 'aggregate' || e.orderBy.length > 0 || e.args.length > 1) return undefined;
  const fn = functionOf(e.fn, e.distinct);
  const [given] = e.args.map(own);
  if (fn === undefined || (fn !== 'count' && given === undefined)) return undefined;
  const { conditions, of, zeroOtherwise } =
    e.fn === 'COUNT_IF' && given !== undefined ? { conditions: conjunctsOf(given), of: null, zeroOtherwise: false } : conditional(given);
  if (zeroOtherwise && fn !== 'sum') return undefined;
  const found = conditionsOf(conditions, scan);
  if (found === undefined || (of !== null && !isOfEvent(of, scan))) return undefined;
  const within = {
    from: found.from !== undefined && found.from > outer.from ? found.from : outer.from,
    until: found.until !== undefined && found.until < outer.until ? found.until : outer.until,
  };
  return { fn, of, when: found.when, within, zeroOtherwise, type: e.type };
}

function functionOf(fn: string, distinct: boolean): WindowAggregate['fn'] | undefined {
  if (distinct) return fn === 'COUNT' ? 'distinct' : undefined;
  return ({ COUNT: 'count', COUNT_IF: 'count', SUM: 'sum', MIN: 'min', MAX: 'max' } as const)[fn];
}

/** IFF(conditions, of, NULL), or 0 in place of NULL. */
function conditional(e: PlanExpr | undefined): {
  readonly conditions: readonly PlanExpr[];
  readonly of: PlanExpr | null;
  readonly zeroOtherwise: boolean;
} {
  const whole = { conditions: [], of: e ?? null, zeroOtherwise: false };
  if (e?.kind !== 'case' || e.branches.length !== 1) return whole;
  const [{ when, then }] = e.branches as [(typeof e.branches)[number]];
  const { otherwise } = e;
  const isNull = otherwise === null || (otherwise.kind === 'literal' && otherwise.text === null);
  const constant = otherwise?.kind === 'cast' && isWidening(otherwise) ? otherwise.argument : otherwise;
  const isZero = constant?.kind === 'literal' && typeof constant.text === 'string' && /^-?0+(\.0+)?$/.test(constant.text);
  return isNull || isZero ? { conditions: conjunctsOf(when), of: then, zeroOtherwise: !isNull } : whole;
}
