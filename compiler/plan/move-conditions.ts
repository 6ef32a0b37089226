/**
 * A condition on one scan alone is tested while scanning: from WHERE for relations that no outer join pads, from ON of a
 * left join for its right side. A scan that several selects read keeps to itself.
 */
import { contains } from '../check/bound.ts';
import { sameExpr } from '../check/expr-key.ts';
import { type DatePart, datePart, fixedLength } from '../functions/date-part.ts';
import type { SqlType } from '../sql-type.ts';
import { isOverRows, relationsOf, rewrite } from './expr.ts';
import { leaves, mapJoins, preserved } from './from-leaves.ts';
import { asOfColumn, type Plan, type PlanExpr, type PlanFrom, type PlanSelect, type Scan } from './plan.ts';
import { readers } from './readers.ts';

export function moveConditions(plan: Plan): Plan {
  const moved = new Map<string, PlanExpr[]>();
  const scans = new Map(
    plan.steps.flatMap((s) => (s.body.kind === 'scan' && readers(plan, s.name) === 1 ? [[s.name, s.body] as const] : [])),
  );
  const steps = plan.steps.map((step) => (step.body.kind === 'select' ? { ...step, body: withoutMoved(step.body, scans, moved) } : step));
  return {
    ...plan,
    steps: steps.map((step) =>
      step.body.kind === 'scan' ? { ...step, body: withConditions(step.body, moved.get(step.name) ?? []) } : step,
    ),
  };
}

function withoutMoved(select: PlanSelect, scans: ReadonlyMap<string, Scan>, moved: Map<string, PlanExpr[]>): PlanSelect {
  const byRelation = new Map(leaves(select.from).flatMap((l) => (scans.has(l.step) ? [[l.relation, l.step] as const] : [])));
  const take = (conditions: readonly PlanExpr[], allowed: ReadonlySet<string>): readonly PlanExpr[] =>
    conditions.filter((c) => {
      const [relation, second] = [...relationsOf(c)];
      const step = relation === undefined || second !== undefined ? undefined : byRelation.get(relation);
      const scan = step === undefined ? undefined : scans.get(step);
      if (relation === undefined || step === undefined || scan === undefined || !allowed.has(relation) || contains(c, isOverRows))
        return true;
      const list = moved.get(step) ?? [];
      list.push(inScan(c, relation, scan));
      moved.set(step, list);
      return false;
    });
  const where = take(select.where, preserved(select.from));
  const from: PlanFrom = mapJoins(select.from, (join) => {
    // Before an inner join as well as before the padded side of a left join, a condition of ON may be tested first.
    const allowed =
      join.join === 'full'
        ? new Set<string>()
        : join.join === 'left' || join.join === 'asof'
          ? preserved(join.right)
          : new Set([...preserved(join.left), ...preserved(join.right)]);
    return { ...join, on: take(join.on, allowed) };
  });
  return { ...select, from, where };
}

/** Columns of the scan's result become what they are inside it. */
function inScan(condition: PlanExpr, relation: string, scan: Scan): PlanExpr {
  return rewrite(condition, (x) => {
    if (x.kind !== 'column' || x.relation !== relation) return x;
    const item = scan.items.find((i) => i.name === x.name);
    if (item === undefined) throw new Error(`scan has no column ${x.name}`);
    return item.expr;
  });
}

function withConditions(scan: Scan, extra: readonly PlanExpr[]): Scan {
  const conditions = [...scan.conditions, ...extra.filter((c) => !scan.conditions.some((known) => sameExpr(known, c)))];
  return { ...scan, conditions, lookback: lookbackOf(conditions, scan) };
}

/** The longest constant time before T that the conditions let through. */
function lookbackOf(conditions: readonly PlanExpr[], scan: Scan): string | null {
  const { time } = scan;
  if (time === null) return null;
  const bounds = conditions.flatMap((c): bigint[] => {
    if (c.kind !== 'call') return [];
    const [a, b] = c.args;
    if (a === undefined || b === undefined) return [];
    const lower =
      (c.fn === '>=' || c.fn === '>' || c.fn === 'BETWEEN') && sameExpr(a, time)
        ? b
        : (c.fn === '<=' || c.fn === '<') && sameExpr(b, time)
          ? a
          : undefined;
    const before = lower === undefined ? undefined : microsecondsBefore(lower, scan);
    return before === undefined ? [] : [before];
  });
  const [first, ...rest] = bounds;
  return first === undefined ? null : rest.reduce((x, y) => (y < x ? y : x), first).toString();
}

/** For T, DATEADD(unit, -n, …), DATE_TRUNC(unit, …) and the day of one of them: at most that many microseconds before T. */
function microsecondsBefore(e: PlanExpr, scan: Scan): bigint | undefined {
  if (e.kind === 'column') return e.relation === scan.driverRelation && e.name === asOfColumn ? 0n : undefined;
  if (e.kind === 'cast') return beforeCast(e.argument, e.type, scan);
  if (e.kind !== 'call') return undefined;
  if (e.fn === 'DATE_TRUNC') return beforeTruncation(e.args, scan);
  return e.fn === 'DATEADD' ? beforeAddition(e.args, scan) : undefined;
}

function beforeCast(argument: PlanExpr, type: SqlType, scan: Scan): bigint | undefined {
  const inner = microsecondsBefore(argument, scan);
  if (inner === undefined) return undefined;
  if (type.kind === 'date') return inner + day;
  return type.kind === 'timestamp' && type.zone === 'ntz' ? inner : undefined;
}

function beforeTruncation([unit, time]: readonly PlanExpr[], scan: Scan): bigint | undefined {
  const size = unit?.kind === 'literal' && typeof unit.text === 'string' ? lengthOf(unit.text) : undefined;
  const inner = time === undefined ? undefined : microsecondsBefore(time, scan);
  return inner === undefined || size === undefined ? undefined : inner + size;
}

function beforeAddition([unit, amount, time]: readonly PlanExpr[], scan: Scan): bigint | undefined {
  if (
    unit?.kind !== 'literal' ||
    amount?.kind !== 'literal' ||
    time === undefined ||
    typeof amount.text !== 'string' ||
    !/^-?\d+$/.test(amount.text)
  )
    return undefined;
  const inner = microsecondsBefore(time, scan);
  const size = lengthOf(String(unit.text));
  if (inner === undefined || size === undefined) return undefined;
  const total = inner - BigInt(amount.text) * size;
  return total >= 0n && BigInt(amount.text) <= 0n ? total : undefined;
}

const day = 86_400_000_000n;
/** The longest there are, so that a bound is never too short. */
const longest: Readonly<Partial<Record<DatePart, bigint>>> = { month: 31n * day, quarter: 92n * day, year: 366n * day };

function lengthOf(unit: string): bigint | undefined {
  const part = datePart(unit);
  return part === undefined ? undefined : (fixedLength(part) ?? longest[part]);
}
