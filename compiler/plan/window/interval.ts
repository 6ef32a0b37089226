/** Conditions on an event's time as an interval around T. */

import { contains } from '../../check/bound.ts';
import { sameExpr } from '../../check/expr-key.ts';
import { datePart, fixedLength } from '../../functions/date-part.ts';
import { isOverRows, relationsOf } from '../expr.ts';
import { asOfColumn, type PlanExpr, type Scan } from '../plan.ts';

/** Events dated `from` ≤ t − T < `until`, in microseconds. */
export interface Interval {
  readonly from: bigint;
  readonly until: bigint;
}

export const isAsOf = (e: PlanExpr, scan: Scan): boolean =>
  e.kind === 'column' && e.relation === scan.driverRelation && e.name === asOfColumn;

interface Conditions extends Partial<Interval> {
  readonly when: readonly PlanExpr[];
}

/** Those on time become an interval; undefined: another one depends on T. */
export function conditionsOf(conditions: readonly PlanExpr[], scan: Scan): Conditions | undefined {
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
export const isOfEvent = (e: PlanExpr, scan: Scan): boolean =>
  [...relationsOf(e)].every((r) => r === scan.relation) && !contains(e, isOverRows);

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
  const part = datePart(String(unit.text));
  const length = part === undefined ? undefined : fixedLength(part);
  const inner = offsetOf(time, scan);
  if (length === undefined || inner === undefined || typeof amount.text !== 'string' || !/^-?\d{1,9}$/.test(amount.text)) return undefined;
  return inner + BigInt(amount.text) * length;
}
