/**
 * Days with far more or fewer rows than the days before. The last three whole days are held against the median of up to 28 days before
 * them; a day is unusual if it is further from it than five times the median distance of those days, a fifth of the median and ten rows,
 * and as far from every one of those days that is of the same weekday: a quiet Sunday is no finding.
 */

export interface UnusualDay {
  /** From 1970 UTC. */
  readonly day: number;
  readonly rows: number;
  readonly median: number;
  /** How far from the median is usual. */
  readonly distance: number;
  /** Days that it was held against. */
  readonly against: number;
}

const judged = 3;
const most = 28;
const fewest = 8;

/** `lastWhole`: the last day of which all rows have come; a day that is missing in `days` has none. */
export function unusualDays(days: ReadonlyMap<number, number>, lastWhole: number): readonly UnusualDay[] {
  const began = Math.min(...days.keys());
  // Of its first day a stream has a part.
  const from = Math.max(began + 1, lastWhole - judged + 1 - most);
  const before = range(from, lastWhole - judged);
  if (before.length < fewest) return [];
  const rowsOn = (day: number): number => days.get(day) ?? 0;
  const median = medianOf(before.map(rowsOn));
  const spread = medianOf(before.map((day) => Math.abs(rowsOn(day) - median)));
  const distance = Math.max(5 * spread, median / 5, 10);
  return range(lastWhole - judged + 1, lastWhole).flatMap((day) => {
    const rows = rowsOn(day);
    const alike = before.filter((other) => (day - other) % 7 === 0).map(rowsOn);
    const isUsual = [median, ...alike].some((usual) => Math.abs(rows - usual) <= distance);
    return isUsual ? [] : [{ day, rows, median, distance, against: before.length }];
  });
}

const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
