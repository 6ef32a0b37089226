/** What a night may cost, and how it is spread: what is most likely wrong is asked first, and may take the most. Pure. */
import type { Spent } from './meter.ts';
import type { Verdict } from './verdict.ts';

export interface BudgetLimits {
  readonly seconds: number | null;
  readonly queries: number | null;
  readonly credits: number | null;
}

/** What a history last said of a feature. */
export interface LastVerdict {
  /** Null, as the verdict is: it could not be compared. */
  readonly version: string | null;
  readonly verdict: Verdict | null;
  /** `2026-01-31T01:30:00.000000`, UTC. */
  readonly startedAt: string;
}

export type Risk = 'red' | 'new' | 'proven';

/** Shares of the time that is left: what nobody uses goes on to the next. */
const weights: Readonly<Record<Risk, number>> = { red: 4, new: 3, proven: 1 };

export const riskOf = (version: string, last: LastVerdict | undefined): Risk =>
  last === undefined ? 'new' : last.verdict !== 'PROVEN' ? 'red' : last.version === version ? 'proven' : 'new';

/** Red first, then what is new or has changed, then what was proven, the longest ago first. */
export function byRisk<T>(
  features: readonly T[],
  versionOf: (feature: T) => string,
  lastOf: (feature: T) => LastVerdict | undefined,
): readonly T[] {
  const ranks: readonly Risk[] = ['red', 'new', 'proven'];
  const ranked = features.map((feature, place) => {
    const last = lastOf(feature);
    const risk = riskOf(versionOf(feature), last);
    return { feature, place, rank: ranks.indexOf(risk), since: risk === 'proven' ? (last?.startedAt ?? '') : '' };
  });
  return ranked
    .sort((a, b) => a.rank - b.rank || (a.since < b.since ? -1 : a.since > b.since ? 1 : a.place - b.place))
    .map(({ feature }) => feature);
}

/** Of the seconds that are left, those that the first of `risks` may take; the others are to come. */
export function secondsFor(left: number, risks: readonly Risk[]): number {
  const [first] = risks;
  if (first === undefined) return 0;
  return (Math.max(0, left) * weights[first]) / risks.reduce((sum, risk) => sum + weights[risk], 0);
}

/** Which part of the budget is used up; null: something is left of each. `creditsAnHour`: of the warehouse that is read. */
export function usedUp({ seconds, queries, credits }: BudgetLimits, elapsed: number, spent: Spent, creditsAnHour: number): string | null {
  if (seconds !== null && elapsed >= seconds) return `${seconds} s`;
  if (queries !== null && spent.queries >= queries) return `${queries} queries`;
  if (credits !== null && (spent.warehouseSeconds / 3600) * creditsAnHour >= credits) return `${credits} credits`;
  return null;
}
