/**
 * Features that count what an entity did in a time before T: aggregates over the events of one stream that carry the entity, each over an
 * interval of fixed length. Whoever keeps an entity's events in order of time answers them without looking at anybody else's.
 */
import { contains } from '../check/bound.ts';
import { sameExpr } from '../check/expr-key.ts';
import { conjunctsOf, isOverRows, relationsOf, replaceTop } from './expr.ts';
import { answerRelation, asOfColumn, type Plan, type PlanExpr, type PlanSelect, type Scan } from './plan.ts';

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
  /** In the order of the plan's; what an entity without events in the interval has is in them, too. */
  readonly outputs: readonly { readonly value: Finish; readonly absent: Finish }[];
}

/** Undefined: it is not one of them. */
export function windowAggregatesOf(plan: Plan): WindowAggregates | undefined {
  const groups = plan.steps.find((s) => s.name === plan.answer.step)?.body;
  if (groups?.kind !== 'select' || groups.groupBy === null || groups.from.kind !== 'step') return undefined;
  if (groups.having !== null || groups.qualify !== null || groups.distinct) return undefined;
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
  const items = new Map<string, Finish>();
  for (const { name, expr } of groups.items) {
    const finish = finishOf(expr, (e) => {
      const found = aggregateOf(e, own, scan, within);
      return found === undefined ? undefined : { kind: 'aggregate', index: aggregates.push(found) - 1 };
    });
    if (finish !== undefined) items.set(name, finish);
  }
  const outputs = plan.answer.outputs.map((output) => {
    const over = (of: (column: string) => Finish | undefined): Finish | undefined =>
      finishOf(output.expr, (e) => (e.kind === 'column' && e.relation === answerRelation ? of(e.name) : undefined));
    const value = over((column) => items.get(column));
    const { whenAbsent } = output;
    const absent =
      plan.answer.absentIsDefault && whenAbsent !== null ? { kind: 'literal' as const, literal: whenAbsent } : over(() => nothing);
    return value === undefined || absent === undefined ? undefined : { value, absent };
  });
  if (outputs.includes(undefined)) return undefined;
  return {
    scan,
    key: match as readonly PlanExpr[],
    time: scan.time as PlanExpr,
    when: conditions.when,
    within,
    aggregates,
    outputs: outputs as WindowAggregates['outputs'],
  };
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

function inside({ from }: PlanSelect, { columns }: Rows): (e: PlanExpr) => PlanExpr {
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

/** Units that have the same length at every T, in microseconds. */
const lengths: Readonly<Record<string, bigint>> = {
  microsecond: 1n,
  millisecond: 1_000n,
  second: 1_000_000n,
  minute: 60_000_000n,
  hour: 3_600_000_000n,
  day: 86_400_000_000n,
  week: 604_800_000_000n,
};

/** Microseconds after T. */
function offsetOf(e: PlanExpr, scan: Scan): bigint | undefined {
  if (isAsOf(e, scan)) return 0n;
  if (e.kind !== 'call' || e.fn !== 'DATEADD') return undefined;
  const [unit, amount, time] = e.args;
  if (unit?.kind !== 'literal' || amount?.kind !== 'literal' || time === undefined) return undefined;
  const length = lengths[String(unit.text)];
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
  return { fn, of, when: found.when, within, zeroOtherwise };
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
