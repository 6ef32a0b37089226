/** Points that went wrong together: of one cause, one after the other. */
import type { SpineRow } from '../data/spine.ts';
import { groupBy, keyText } from '../reference/order.ts';
import type { Cause, CauseId } from './causes/cause.ts';
import type { Answered } from './forms.ts';

export interface Incident {
  readonly cause: CauseId;
  readonly among: readonly CauseId[];
  readonly explained: boolean;
  /** Where the rows differ that make the difference; none where a form is at fault. */
  readonly sources: readonly string[];
  /** Microseconds: of the first and the last point. */
  readonly from: bigint;
  readonly to: bigint;
  readonly points: number;
  readonly entities: number;
}

/** Longer without a point is another incident. */
const usualPause = 3_600_000_000n;

/** `step`: of the grid, where only its instants were asked. Microseconds. */
export function incidentsOf(spine: readonly SpineRow[], { batchAgainstLambda, changes }: Answered, step = usualPause): readonly Incident[] {
  const pause = step > usualPause ? step : usualPause;
  const causes = new Map<number, Cause>();
  for (const d of batchAgainstLambda.differences) if (d.cause !== undefined) causes.set(d.row, d.cause);
  const named = groupBy(causes.keys(), (row) => {
    const { id, among } = causes.get(row) as Cause;
    return JSON.stringify([id, among, sourcesOf(changes.get(row))]);
  });
  return [...named.values()]
    .flatMap((rows) => stretches(rows, spine, pause).map((stretch) => incident(stretch, spine, causes, changes)))
    .sort((a, b) => Number(a.explained) - Number(b.explained) || b.points - a.points);
}

type Changes = Answered['changes'];

function sourcesOf(changes: ReturnType<Changes['get']>): readonly string[] {
  return [...new Set((changes ?? []).flatMap((x) => x.sources))].sort();
}

function stretches(rows: readonly number[], spine: readonly SpineRow[], pause: bigint): readonly (readonly number[])[] {
  const at = (row: number): bigint => (spine[row] as SpineRow).asOf;
  const ordered = [...rows].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
  const found: number[][] = [];
  for (const row of ordered) {
    const last = found.at(-1)?.at(-1);
    if (last !== undefined && at(row) - at(last) <= pause) found.at(-1)?.push(row);
    else found.push([row]);
  }
  return found;
}

function incident(rows: readonly number[], spine: readonly SpineRow[], causes: ReadonlyMap<number, Cause>, changes: Changes): Incident {
  const points = rows.map((row) => spine[row] as SpineRow);
  const { id, among, explained } = causes.get(rows[0] as number) as Cause;
  return {
    cause: id,
    among,
    explained,
    sources: sourcesOf(changes.get(rows[0] as number)),
    from: (points[0] as SpineRow).asOf,
    to: (points.at(-1) as SpineRow).asOf,
    points: points.length,
    entities: new Set(points.map((p) => keyText(p.entity))).size,
  };
}
