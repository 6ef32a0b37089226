/** What arrives against what was known: which rows are new, what each of them is noted with, how far it was read, what was counted. */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import { ingestPlace, timePlace } from '../../data/row-time.ts';
import { breachOf } from './contract.ts';
import { notedValues } from './noted.ts';
import { emptySource, type Position, positionKey, type SourceState, type State } from './state.ts';
import type { SourceTables } from './tables.ts';

/** What came of one partition, in the order of its offsets; or by file or HTTP. */
export interface Arriving {
  readonly source: string;
  /** Microseconds. */
  readonly at: bigint;
  readonly rows: readonly ArrivingRow[];
  readonly from: TopicRange | null;
  /** Beside the rows, messages of no topic that are none. */
  readonly rejected?: number;
}

export interface ArrivingRow {
  /** Null: not from a topic. */
  readonly offset: bigint | null;
  readonly row: readonly Value[];
}

export interface TopicRange {
  readonly topic: string;
  readonly partition: number;
  /** Offsets of messages that are no row. */
  readonly rejected: readonly bigint[];
  /** After the last message. */
  readonly next: bigint;
  /** What was read before and is a row only now: so many are no longer what they were counted as. */
  readonly again?: { readonly rejected: number; readonly quarantined: number };
}

/** By the source's name. */
export type Tables = ReadonlyMap<string, SourceTables>;

export interface Taken {
  /** Its rows are not counted yet. */
  readonly state: State;
  /** The declared columns, and what the store notes; of each source in the order in which they came. */
  readonly rows: ReadonlyMap<SourceTables, readonly (readonly Value[])[]>;
}

export function taken(tables: Tables, before: State, arriving: readonly Arriving[]): Taken {
  const positions = new Map(before.positions);
  const sources = new Map(before.sources);
  const rows = new Map<SourceTables, (readonly Value[])[]>();
  let { sequence } = before;
  for (const turn of arriving) {
    const stored = tables.get(turn.source);
    if (stored === undefined) throw new Error(`the store does not hold ${turn.source}`);
    const { source } = stored;
    const { topic, partition } = turn.from ?? { topic: `<${turn.source}>`, partition: -1 };
    const key = positionKey(topic, partition);
    const position: Position = positions.get(key) ?? { source: turn.source, topic, partition, next: 0n, latest: null };
    // A broker delivers again what it does not know to be committed.
    const isNew = (offset: bigint | null): boolean => offset === null || offset >= position.next || turn.from?.again !== undefined;
    const kept: (readonly Value[])[] = rows.get(stored) ?? [];
    rows.set(stored, kept);
    const timeAt = timePlace(source);
    let [quarantined, late, latest] = [0, 0, position.latest];
    for (const { offset, row } of turn.rows) {
      if (!isNew(offset)) continue;
      if (breachOf(source, row) !== null) {
        quarantined += 1;
        continue;
      }
      kept.push([...row, ...notedValues({ partition: turn.from === null ? null : partition, offset, sequence, at: turn.at })]);
      sequence += 1n;
      const time = row[timeAt] as bigint;
      if (isLate(source, row, time, turn.at)) late += 1;
      if (latest === null || time > latest) latest = time;
    }
    const next = turn.from === null || turn.from.next < position.next ? position.next : turn.from.next;
    positions.set(key, { ...position, next, latest });
    const rejected = (turn.from?.rejected.filter(isNew).length ?? 0) + (turn.rejected ?? 0);
    const again = turn.from?.again ?? { rejected: 0, quarantined: 0 };
    count(sources, turn.source, {
      accepted: 0,
      duplicates: 0,
      quarantined: quarantined - again.quarantined,
      rejected: rejected - again.rejected,
      late,
    });
  }
  return { state: { ...before, positions, sources, sequence }, rows };
}

export function countRows(
  sources: Map<string, SourceState>,
  name: string,
  { accepted, duplicates }: Pick<SourceState['counts'], 'accepted' | 'duplicates'>,
): void {
  count(sources, name, { accepted, duplicates, quarantined: 0, rejected: 0, late: 0 });
}

function count(sources: Map<string, SourceState>, name: string, more: SourceState['counts']): void {
  const known = sources.get(name) ?? emptySource(name);
  const { accepted, duplicates, quarantined, rejected, late } = known.counts;
  sources.set(name, {
    ...known,
    counts: {
      accepted: accepted + more.accepted,
      duplicates: duplicates + more.duplicates,
      quarantined: quarantined + more.quarantined,
      rejected: rejected + more.rejected,
      late: late + more.late,
    },
  });
}

function isLate(source: Source, row: readonly Value[], time: bigint, at: bigint): boolean {
  if (source.kind !== 'stream') return false;
  return ((row[ingestPlace(source)] ?? at) as bigint) > time + source.lateness;
}
