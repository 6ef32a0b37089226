/** Sorting with NULLs placed, and values as keys of maps. */
import { compareValues } from '../../compiler/functions/compare-values.ts';
import type { Value } from '../../compiler/value.ts';

export interface Direction {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export const ascendingNullsLast: Direction = { descending: false, nullsFirst: false };

function compareDirected(a: Value, b: Value, { descending, nullsFirst }: Direction): number {
  if (a === null || b === null) {
    if (a === b) return 0;
    return (a === null) === nullsFirst ? -1 : 1;
  }
  return descending ? compareValues(b, a) : compareValues(a, b);
}

/** Column by column. */
export function compareTuples(a: readonly Value[], b: readonly Value[], directions: readonly Direction[]): number {
  for (const [i, direction] of directions.entries()) {
    const order = compareDirected(a[i] as Value, b[i] as Value, direction);
    if (order !== 0) return order;
  }
  return 0;
}

/** Equal keys, and only they, give equal text: NULL equals NULL, NaN equals NaN, 0 equals -0. */
export function keyText(values: readonly Value[]): string {
  return values.map(oneKey).join('|');
}

function oneKey(value: Value): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'bigint':
      return `i${value}`;
    case 'number':
      return `f${value === 0 ? 0 : value}`;
    case 'boolean':
      return value ? 't' : 'f';
    default:
      return value === null ? 'null' : `[${keyText(value)}]`;
  }
}

/** The first index for which `holds`; it holds for all after it too. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Items by their key, keys in order of first appearance. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known) known.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
