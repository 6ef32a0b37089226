/** What is kept of an event, for several lambdas together: their columns, and the totals that they take differences of. */
import type { EventColumn, EventIndex } from '../../../compiler/artifacts/event-index.ts';
import { type Layout, type Total, timeAt, valuesAt } from './entity-events.ts';

export interface KeptColumns {
  /** In the order of their places. */
  readonly columns: readonly EventColumn[];
  readonly layout: Layout;
  readonly time: string;
}

/** All of them have the same time. */
export function keptColumns(indexes: readonly EventIndex[]): KeptColumns {
  const time = indexes[0]?.time.sql ?? '';
  const columns: EventColumn[] = [];
  for (const index of indexes)
    for (const column of index.columns) if (column.sql !== time && !columns.some((c) => isSame(c, column))) columns.push(column);
  const totals: Total[] = [];
  const bare: KeptColumns = { columns, time, layout: { width: 0, totals: [] } };
  for (const index of indexes)
    for (const { fn, of, when } of index.aggregates)
      for (const wanted of totalsOf(fn, placeOf(bare, index, of), placeOf(bare, index, when)))
        if (!totals.some((t) => isEqual(t, wanted))) totals.push({ ...wanted, at: valuesAt + columns.length + totals.length });
  return { columns, time, layout: { width: valuesAt + columns.length + totals.length, totals } };
}

type Wanted = Omit<Total, 'at'>;

function totalsOf(fn: EventIndex['aggregates'][number]['fn'], of: number, when: number): readonly Wanted[] {
  const counted = { of: -1, when, counts: true };
  const known = { of, when, counts: true };
  const wanted = fn === 'count' ? [known] : fn === 'sum' ? [known, { of, when, counts: false }, counted] : [];
  return wanted.filter((w) => !isEach(w));
}

/** The number of events needs no total. */
const isEach = ({ of, when }: Wanted): boolean => of < 0 && when < 0;

const isEqual = (a: Wanted, b: Wanted): boolean => a.of === b.of && a.when === b.when && a.counts === b.counts;
const isSame = (a: EventColumn, b: EventColumn): boolean => a.kind === b.kind && a.sql === b.sql;

/** Undefined: each event counts one. */
export function totalFor({ layout }: KeptColumns, wanted: Wanted): Total | undefined {
  return layout.totals.find((t) => isEqual(t, wanted));
}

/** Where in an event's numbers a column of the lambda is; −1: it is none. */
export function placeOf({ columns, time }: KeptColumns, index: EventIndex, column: number | null): number {
  const wanted = column === null ? undefined : index.columns[column];
  if (wanted === undefined) return -1;
  return wanted.sql === time ? timeAt : valuesAt + columns.findIndex((c) => isSame(c, wanted));
}

export function hasColumns(kept: KeptColumns, index: EventIndex): boolean {
  const places = (column: number | null): number => placeOf(kept, index, column);
  return (
    index.columns.every((c) => c.sql === kept.time || kept.columns.some((d) => isSame(c, d))) &&
    index.aggregates.every(({ fn, of, when }) => totalsOf(fn, places(of), places(when)).every((w) => totalFor(kept, w) !== undefined))
  );
}
