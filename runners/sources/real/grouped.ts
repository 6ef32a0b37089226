/** Rows of the pass that groups by day and by value. */
import type { FoundValue, Measured } from './warehouse.ts';

export interface Grouped {
  /** Whether a column is not grouped by, for each; the day, and each value; how many rows; the least time of them. */
  readonly add: (row: readonly unknown[]) => void;
  readonly found: Pick<Measured, 'days' | 'values'>;
}

/** `valuesOf`: columns behind the day. `timeOf`: microseconds from what the engine gave. */
export function groupedBy(valuesOf: readonly string[], mostValues: number, timeOf: (given: unknown) => bigint): Grouped {
  const days = new Map<number, number>();
  const values = new Map<string, FoundValue[] | null>(valuesOf.map((column) => [column, []]));
  const width = valuesOf.length + 1;
  return {
    found: { days, values },
    add: (row) => {
      const which = row.slice(0, width).findIndex((flag) => Number(flag) === 0);
      const value = row[width + which];
      const [count, first] = row.slice(2 * width);
      if (which === 0) {
        days.set(Number(value), Number(count));
        return;
      }
      const column = valuesOf[which - 1] ?? '';
      const list = values.get(column);
      if (value === null || value === undefined || list === null || list === undefined) return;
      if (list.length === mostValues) values.set(column, null);
      else list.push({ value: String(value), rows: Number(count), first: timeOf(first) });
    },
  };
}
