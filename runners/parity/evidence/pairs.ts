/**
 * What each side had of the same event, side by side: the rows of the warehouse and those of the stream, matched one to
 * one, with what became of each on its way. Interventions are made of these classes: "with the stream's row for each that
 * was lost".
 */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { arrivalTime, ingestPlace, rowTime, timePlace } from '../../data/row-time.ts';
import { groupBy, keyText } from '../../reference/order.ts';
import { breaksContract } from '../sampling/strata.ts';
import { gaps, partitionGaps } from './gaps.ts';
import { timeChanges } from './time-change.ts';
import { isCoerced } from './value-change.ts';

type Row = readonly Value[];

export type PairClass =
  /** It arrived at another time than the warehouse has noted. */
  | 'late'
  | 'lost'
  /** Only the stream has it, and it copies no other. */
  | 'not_in_batch'
  | 'stream_gap'
  | 'duplicate'
  /** One side has quarantined it, and the other has not: by the time at which each had it. */
  | 'refused_by_stream'
  | 'refused_by_batch'
  /** The warehouse has a time of arrival, and nobody noted when the stream had it. */
  | 'undated'
  | 'stale_table'
  | 'missed_delete'
  | 'clock_offset'
  | 'time_zone'
  | 'timestamp_precision'
  | 'type_coercion'
  /** Other values, for no reason that is known. */
  | 'changed';

export interface Pair {
  readonly source: string;
  /** null: this side never had it. */
  readonly batch: Row | null;
  readonly stream: Row | null;
  /** null: both have the same. */
  readonly class: PairClass | null;
  /** Of a gap that is one partition's. */
  readonly partition?: number;
  /** The place of the stream's row among those of its source, in the order in which they came. */
  readonly arrival: number | null;
  /** When the stream had its row, in microseconds; null where nobody noted it. */
  readonly arrivedAt: bigint | null;
}

/** `partitions`, `arrivals`: of the stream's rows, where that is known. */
export function pairRows(
  source: Source,
  batch: readonly Row[],
  { rows: stream, partitions = new Map(), arrivals }: Omit<SourceRows, 'columns'>,
): readonly Pair[] {
  const arrivedAt = arrivalTime(source, arrivals);
  const inOrder = arrivalOrder(stream, arrivedAt);
  const comingOf = (row: Row | null): Pick<Pair, 'arrival' | 'arrivedAt'> =>
    row === null ? { arrival: null, arrivedAt: null } : { arrival: inOrder.get(row) ?? null, arrivedAt: arrivedAt(row) ?? null };
  if (batch === stream)
    return batch.map((row) => asAccepted(source, { source: source.name, batch: row, stream: row, class: null, ...comingOf(row) }));
  const at = (column: string | null): number => source.columns.findIndex((c) => c.name === column);
  const time = timePlace(source);
  const ingest = ingestPlace(source);
  const version = source.kind === 'table' ? [at(source.versionBy)].filter((i) => i >= 0) : [];
  const key = source.key.map(at);
  const rowText = (row: Row, places: readonly number[]): string => keyText(places.map((i) => row[i] ?? null));
  const all = source.columns.map((_, i) => i);
  const pairs: Pair[] = [];
  const pair = (b: Row | null, s: Row | null, kind: PairClass | null): void => {
    pairs.push(asAccepted(source, { source: source.name, batch: b, stream: s, class: kind, ...comingOf(s) }));
  };
  let left: readonly Row[] = batch;
  let right: readonly Row[] = stream;
  /** Rows with equal columns at `places` belong together, the first with the first. `kind`: undefined if two do not. */
  const match = (places: readonly number[], kind: (b: Row, s: Row) => PairClass | null | undefined): void => {
    const waiting = groupBy(right, (row) => rowText(row, places));
    const taken = new Set<Row>();
    left = left.filter((b) => {
      const candidates = waiting.get(rowText(b, places)) ?? [];
      const index = candidates.findIndex((s) => !taken.has(s) && kind(b, s) !== undefined);
      const s = candidates[index];
      if (s === undefined) return true;
      taken.add(s);
      candidates.splice(index, 1);
      pair(b, s, kind(b, s) ?? null);
      return false;
    });
    right = right.filter((row) => !taken.has(row));
  };
  const differing = (b: Row, s: Row): readonly number[] => all.filter((i) => keyText([b[i] ?? null]) !== keyText([s[i] ?? null]));
  const noted = arrivalTime(source);
  match(all, (b, s) => (arrivedAt(s) === noted(b) ? null : undefined));
  match(all, () => 'late');
  // Copies of an event may have other values: the ones that are alike belong together.
  if (ingest >= 0)
    match(
      all.filter((i) => i !== ingest),
      () => 'late',
    );
  match([...new Set([...key, time, ...version])], (b, s) => {
    const other = differing(b, s).filter((i) => i !== ingest);
    return other.every((i) => isCoerced(b[i] ?? null, s[i] ?? null)) ? 'type_coercion' : 'changed';
  });
  const still = key.filter((i) => i !== time);
  const fixed = [...still, ...version];
  if (fixed.length > 0)
    match(fixed, (b, s) => {
      const [from, to] = [b[time], s[time]];
      const others = differing(b, s).filter((i) => i !== ingest && i !== time);
      return typeof from === 'bigint' && typeof to === 'bigint' && others.length === 0 ? 'changed' : undefined;
    });
  const alone = new Set(right);
  const known = new Set(stream.filter((row) => !alone.has(row)).flatMap((row) => [rowText(row, still), bodyOf(row)]));
  function bodyOf(row: Row): string {
    return `body ${keyText(row.filter((_, i) => !key.includes(i) && i !== ingest))}`;
  }
  for (const s of right) {
    const copies = (still.length > 0 && known.has(rowText(s, still))) || (source.kind === 'stream' && known.has(bodyOf(s)));
    pair(null, s, copies ? 'duplicate' : 'not_in_batch');
    known.add(bodyOf(s));
  }
  if (source.kind === 'table') {
    const deleted = at(source.deleted);
    for (const b of left) pair(b, null, b[deleted] === true ? 'missed_delete' : 'stale_table');
    return withTimes(pairs, time);
  }
  const lost = new Set(left);
  const when = ingest >= 0 ? (row: Row) => row[ingest] as bigint | null : rowTime(source);
  const came = new Map(pairs.flatMap((p) => (p.batch === null || p.stream === null ? [] : [[p.batch, partitions.get(p.stream)] as const])));
  const inPartition = partitionGaps(batch, lost, when, (row) => came.get(row));
  const others = new Set(left.filter((row) => !inPartition.has(row)));
  const inGap = gaps(
    batch.filter((row) => !inPartition.has(row)),
    others,
    when,
  );
  for (const b of left) {
    const partition = inPartition.get(b);
    // What the warehouse quarantines, nobody misses.
    if (breaksContract(source, b)) pair(b, null, null);
    else if (partition === undefined) pair(b, null, inGap.has(b) ? 'stream_gap' : 'lost');
    else pairs.push({ source: source.name, batch: b, stream: null, class: 'stream_gap', ...comingOf(null), partition });
  }
  return withTimes(pairs, time);
}

/** Rows that differ in their arrival alone: one side may refuse what the other has, and nobody knows when a row without arrival came. */
function asAccepted(source: Source, pair: Pair): Pair {
  const { batch, stream } = pair;
  const ingest = ingestPlace(source);
  if (ingest < 0 || batch === null || stream === null || (pair.class !== null && pair.class !== 'late')) return pair;
  const [refusedByBatch, refusedByStream] = [breaksContract(source, batch), breaksContract(source, stream)];
  if (refusedByBatch && refusedByStream) return pair;
  if (refusedByBatch) return { ...pair, class: 'refused_by_batch' };
  if (refusedByStream) return { ...pair, class: 'refused_by_stream' };
  return pair.arrivedAt === null && batch[ingest] !== null ? { ...pair, stream: null, class: 'undated' } : pair;
}

function withTimes(pairs: readonly Pair[], time: number): readonly Pair[] {
  const moved = pairs.flatMap((p) => {
    const [from, to] = [p.batch?.[time], p.stream?.[time]];
    return typeof from === 'bigint' && typeof to === 'bigint' && from !== to ? [{ pair: p, times: { from, to } }] : [];
  });
  const changes = timeChanges(moved.map((m) => m.times));
  const kinds = new Map(moved.map((m, i) => [m.pair, changes[i]]));
  return pairs.map((p) => ({ ...p, class: kinds.get(p) ?? p.class }));
}

/** As they stand in the file where nobody noted when they came. */
function arrivalOrder(rows: readonly Row[], arrivedAt: (row: Row) => bigint | undefined): ReadonlyMap<Row, number> {
  const at = (row: Row): bigint => arrivedAt(row) ?? 0n;
  const ordered = [...rows].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
  return new Map(ordered.map((row, i) => [row, i]));
}
