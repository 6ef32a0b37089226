/** One aggregate over the events of an interval. */

import type { SqlType } from '../../sql-type.ts';
import { conjunctsOf } from '../expr.ts';
import type { PlanExpr, Scan } from '../plan.ts';
import { conditionsOf, type Interval, isOfEvent } from './interval.ts';
import { isWidening } from './widening.ts';

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

export function aggregateOf(e: PlanExpr, own: (e: PlanExpr) => PlanExpr, scan: Scan, outer: Interval): WindowAggregate | undefined {
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
