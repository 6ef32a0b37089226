/** One source's events in memory for several lambdas: read once from the store as it was at an instant, and with each commit from then on. */
import type { EventIndex } from '../../../compiler/artifacts/event-index.ts';
import type { ColumnReader } from '../../engines/duckdb-columns.ts';
import type { TypedColumn } from '../../engines/engine.ts';
import type { Change, KeptStore } from '../store/kept.ts';
import { storedCopies, storedTable } from '../store/tables.ts';
import { hasColumns, type KeptColumns, keptColumns } from './kept-columns.ts';
import { type KeptEvents, keepEvents } from './kept-events.ts';
import { type EventReader, eventReader } from './reading.ts';

/** What was read for some lambdas at once. */
export interface Built {
  readonly kept: KeptColumns;
  readonly reader: EventReader;
  readonly events: KeptEvents;
  /** Microseconds. */
  readonly lookback: bigint;
  /** Nothing that is dated from then on is missing; microseconds. */
  since: bigint;
  /** What came while the store was read; null: it is read. */
  waiting: (() => void)[] | null;
}

export interface IndexedSource {
  readonly name: string;
  /** Null: nothing that this lambda can be answered from. What it needs is read, and there one of the next times. */
  readonly builtFor: (index: EventIndex) => Built | null;
  readonly changed: (change: Change) => Promise<void>;
  /** Whether it has events, and needs no more of a change than its rows. */
  readonly takesRows: () => boolean;
  readonly forgetOld: () => Promise<void>;
  readonly size: () => Size;
  /** When what is being read now is there. */
  readonly settled: () => Promise<void>;
  /** For good. */
  readonly close: () => Promise<void>;
}

export interface Size {
  readonly events: number;
  readonly bytes: number;
}

export type GaveUp = 'memory' | 'failed';

export interface IndexedSourceParts {
  readonly store: KeptStore;
  readonly follower: ColumnReader;
  /** Of lambdas that will be asked, too. */
  readonly others: () => readonly EventIndex[];
  /** Microseconds. */
  readonly now: () => bigint;
  /** Whether all that is in memory is less than it may be. */
  readonly hasRoom: () => boolean;
  readonly gaveUp: (because: GaveUp) => void;
}

/** How much longer than lambdas look back events are kept, for questions about what was a while ago. */
export const slack = 3_600_000_000n;
const bytesOfText = 100;

export function indexSource(index: EventIndex, { store, follower, others, now, hasRoom, gaveUp }: IndexedSourceParts): IndexedSource {
  const [table, copies] = [storedTable(index.source), storedCopies(index.source)];
  let current: Built | null = null;
  let next: Built | null = null;
  let [isOff, isBuilding] = [false, false];
  /** Whoever was asked once is among those that the next reading is for: otherwise two could take the place of each other for ever. */
  const askedFor = new Set<EventIndex>();
  /** Lambdas that look back so long, or longer, have no room. */
  let tooLong: bigint | null = null;
  let settled: Promise<void> = Promise.resolve();
  const drop = (): void => {
    for (const built of [current, next]) built?.events.close();
    [current, next] = [null, null];
  };
  const fail = (): void => {
    if (!isOff) gaveUp('failed');
    isOff = true;
    drop();
  };
  const giveUp = ({ lookback }: Built): void => {
    tooLong = lookback;
    drop();
    gaveUp('memory');
  };
  const hasRoomFor = (wanted: EventIndex): boolean => tooLong === null || lookbackOf(wanted) < tooLong;
  const build = async (wanted: readonly EventIndex[]): Promise<void> => {
    const connection = await store.columns();
    try {
      const own = empty(index, wanted, store.columnsOf(index.source), now());
      // What is committed from here on is not in what is read, and waits.
      await store.still(async () => {
        await connection.execute('BEGIN TRANSACTION');
        await connection.execute(`SELECT 1 FROM ${table} LIMIT 1`);
        next = isOff ? null : own;
      });
      const { reader, events, since } = own;
      await reader.read(connection, table, { since, came: null }, events.add, () => next === own && hasRoom());
      if (next !== own) return;
      if (!hasRoom()) return giveUp(own);
      for (const change of own.waiting ?? []) change();
      own.waiting = null;
      current?.events.close();
      [current, next] = [own, null];
    } catch {
      fail();
    } finally {
      connection.close();
    }
  };
  const start = (wanted: readonly EventIndex[]): void => {
    for (const one of wanted) askedFor.add(one);
    const fitting = [...askedFor].filter(hasRoomFor);
    if (isOff || isBuilding || fitting.length === 0) return;
    isBuilding = true;
    settled = build(fitting).finally(() => {
      isBuilding = false;
    });
  };
  const follow = async (built: Built, { came, rows, replaced, withdrawn }: Change): Promise<void> => {
    const { reader, events, since } = built;
    const changes: (() => void)[] = [];
    const note = (change: KeptEvents['add']) => (key: string, event: Float64Array) => {
      const own = event.slice();
      changes.push(() => change(key, own));
    };
    if (withdrawn.length > 0) reader.arriving?.(since)(withdrawn, note(events.remove));
    if (replaced.length > 0) await reader.readThese(follower, copies, replaced, note(events.remove));
    if (rows !== null && reader.arriving !== undefined) reader.arriving(since)(rows, note(events.add));
    else await reader.read(follower, table, { since, came }, note(events.add));
    // It may have been read meanwhile.
    if (built.waiting !== null) built.waiting.push(...changes);
    else for (const change of changes) change();
  };
  const size = (): Size =>
    [current, next].reduce<Size>(
      (sum, built) => {
        if (built === null) return sum;
        const { events, bytes } = built.events.size();
        return { events: sum.events + events, bytes: sum.bytes + bytes + built.reader.texts() * bytesOfText };
      },
      { events: 0, bytes: 0 },
    );
  return {
    name: index.source,
    builtFor: (wanted) => {
      if (current !== null && covers(current, wanted)) return current;
      if (hasRoomFor(wanted)) start([wanted, ...others()]);
      return null;
    },
    changed: async (change) => {
      try {
        // Both are there while more columns are read.
        for (const built of [current, next]) if (built !== null) await follow(built, change);
        const largest = next ?? current;
        if (!hasRoom() && largest !== null) giveUp(largest);
      } catch {
        fail();
      }
    },
    takesRows: () => current !== null && [current, next].every((built) => built === null || built.reader.arriving !== undefined),
    forgetOld: async () => {
      if (current === null) return;
      const { events, lookback, reader } = current;
      current.since = now() - lookback - slack;
      await events.forget(Number(current.since));
      // Texts are not forgotten one by one.
      if (reader.texts() > 2 * events.size().events + 100_000) start(others());
    },
    size,
    settled: () => settled,
    close: () => {
      isOff = true;
      drop();
      return settled;
    },
  };
}

function empty(index: EventIndex, wanted: readonly EventIndex[], stored: readonly TypedColumn[], now: bigint): Built {
  const kept = keptColumns(wanted);
  const lookback = wanted.reduce((longest, w) => (lookbackOf(w) > longest ? lookbackOf(w) : longest), 0n);
  const reader = eventReader(index, kept.columns, stored);
  return { kept, reader, events: keepEvents(kept.layout), lookback, since: now - lookback - slack, waiting: [] };
}

const lookbackOf = ({ within: [from] }: EventIndex): bigint => -BigInt(from);

function covers(built: Built, index: EventIndex): boolean {
  return built.lookback >= lookbackOf(index) && hasColumns(built.kept, index);
}
