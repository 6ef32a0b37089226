/** Rows that went missing together: in a stretch of time nothing of the source arrived. */
import type { Value } from '../../../compiler/value.ts';

type Row = readonly Value[];

/** So many in a row are lost one by one once in so many streams. */
const rarely = 0.01;
const fewest = 5;

/** Those of `lost` that stand in a run which losses one by one, at the rate of the others, would hardly ever make. */
export function gaps(rows: readonly Row[], lost: ReadonlySet<Row>, when: (row: Row) => bigint | null | undefined): ReadonlySet<Row> {
  if (lost.size < fewest) return new Set();
  const dated = rows.flatMap((row) => {
    const at = when(row);
    return typeof at === 'bigint' ? [{ row, at }] : [];
  });
  const ordered = dated.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ row }) => row);
  const runs: Row[][] = [];
  let run: Row[] = [];
  for (const row of ordered) {
    if (lost.has(row)) run.push(row);
    else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  if (run.length > 0) runs.push(run);
  const found = new Set<Row>();
  // The longest first: what is in a gap says nothing of the rate of the others.
  for (const candidate of runs.sort((a, b) => b.length - a.length)) {
    const others = Math.max(1, lost.size - found.size - candidate.length);
    const rate = Math.min(0.99, others / Math.max(1, ordered.length - found.size - candidate.length));
    if (candidate.length < fewest || ordered.length * rate ** candidate.length > rarely) break;
    for (const row of candidate) found.add(row);
  }
  return found;
}
