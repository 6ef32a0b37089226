/** Rows that went missing together: in a stretch of time nothing of the source arrived, or nothing of one partition of its topic. */
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

interface Silence {
  readonly partition: number;
  /** In which nothing of the partition arrived, both ends not included; null: it has no such end. */
  readonly after: bigint | null;
  readonly before: bigint | null;
  /** What arrived of the others meanwhile. */
  readonly others: number;
}

/** By row of `lost`: the partition of which so little came for so long, while the others went on, that it hardly happens by chance. */
export function partitionGaps(
  rows: readonly Row[],
  lost: ReadonlySet<Row>,
  when: (row: Row) => bigint | null | undefined,
  partitionOf: (row: Row) => number | undefined,
): ReadonlyMap<Row, number> {
  const found = new Map<Row, number>();
  const arrived = rows.flatMap((row) => {
    const [at, partition] = [when(row), partitionOf(row)];
    return typeof at === 'bigint' && partition !== undefined && !lost.has(row) ? [{ at, partition }] : [];
  });
  arrived.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const counts = new Map<number, number>();
  for (const { partition } of arrived) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  if (lost.size < fewest) return found;
  const silences = [...counts.keys()].flatMap((partition) => silencesOf(partition, arrived)).sort((a, b) => b.others - a.others);
  for (const { partition, after, before, others } of silences) {
    const share = (counts.get(partition) ?? 0) / (arrived.length - others);
    if (silences.length * (1 - share) ** others > rarely) continue;
    const inside = [...lost].filter((row) => {
      const at = when(row);
      return !found.has(row) && typeof at === 'bigint' && (after === null || at > after) && (before === null || at < before);
    });
    // Who has nothing to send is silent, too, and loses nothing more than the others.
    const outside = (lost.size - found.size - inside.length) / Math.max(1, rows.length - found.size - inside.length - others);
    if (inside.length < fewest || inside.length / (inside.length + others) <= 2 * outside) continue;
    for (const row of inside) found.set(row, partition);
  }
  return found;
}

function silencesOf(partition: number, arrived: readonly { readonly at: bigint; readonly partition: number }[]): readonly Silence[] {
  const silences: Silence[] = [];
  let [after, others]: [bigint | null, number] = [null, 0];
  for (const of of arrived) {
    if (of.partition !== partition) {
      others += 1;
      continue;
    }
    silences.push({ partition, after, before: of.at, others });
    [after, others] = [of.at, 0];
  }
  return [...silences, { partition, after, before: null, others }];
}
