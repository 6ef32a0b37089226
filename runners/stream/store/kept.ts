/**
 * The event store in a file. Rows, the positions up to which they were read, and what was counted are committed together: a
 * crash at any point loses nothing, and what a broker delivers again is not counted again.
 */
import type { Source } from '../../../compiler/catalog.ts';
import { typeName } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { ingestPlace, timePlace } from '../../data/row-time.ts';
import type { ColumnReader } from '../../engines/duckdb-columns.ts';
import { type DuckdbFile, openDuckdbFile } from '../../engines/duckdb-file.ts';
import { isLocked } from '../../engines/duckdb-locked.ts';
import type { Selects } from '../../engines/duckdb-select.ts';
import { type Connection, EngineError, type TypedColumn } from '../../engines/engine.ts';
import { UsageError } from '../../usage-error.ts';
import { breachOf } from './contract.ts';
import { createDeclared, declarationOf, declare } from './declared.ts';
import { forget } from './forget.ts';
import type { History } from './history.ts';
import { notedColumns, notedValues } from './noted.ts';
import { openRecent, type RecentIdentities } from './recent.ts';
import { settle } from './settle.ts';
import { emptySource, type Position, positionKey, type SourceState, type State } from './state.ts';
import { createStateTable, readState, writeState } from './state-table.ts';
import { createTables, type SourceTables, tablesOf } from './tables.ts';

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

/** What a commit did to the events of a stream that count. */
export interface Change {
  readonly source: string;
  /** Sequences of the rows that came, of whatever source: from the first on, before the second. */
  readonly came: readonly [bigint, bigint];
  /** They, if none of them is a copy: the declared columns, and what the store notes. */
  readonly rows: readonly (readonly Value[])[] | null;
  /** Sequences of those that do not count any more, because another copy does. */
  readonly replaced: readonly bigint[];
}

export interface KeptStore {
  /** A connection of its own, which sees what is committed. */
  readonly reader: () => Promise<Connection>;
  /** The same for SQL that somebody else wrote. */
  readonly selects: () => Promise<Selects>;
  /** As of the last commit. */
  readonly state: () => State;
  /** All of it or nothing; one after the other. */
  readonly commit: (arriving: readonly Arriving[]) => Promise<void>;
  readonly setHistory: (source: string, change: (before: History) => History) => Promise<void>;
  /** Deletes the events of a stream that are dated before; microseconds. */
  readonly forget: (source: string, before: bigint) => Promise<void>;
  /** Of the table that lambdas read. */
  readonly columnsOf: (source: string) => readonly TypedColumn[];
  /** For those that read millions of rows; on a connection of its own. */
  readonly columns: () => Promise<ColumnReader>;
  /** From now on called after each commit, before its state is shown; the next one waits for it. */
  readonly follow: (changed: (changes: readonly Change[]) => Promise<void>) => void;
  /** Nothing is committed while it runs. */
  readonly still: <T>(work: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** `file`: made if it is not there. */
export async function openKept(file: string, sources: readonly Source[], threads = 1): Promise<KeptStore> {
  const database = await openDuckdbFile(file, threads).catch((thrown: unknown) => {
    if (thrown instanceof EngineError && isLocked(thrown.message))
      throw new UsageError('the store is in use', 'stop the server first: `lockstep serve` holds it');
    throw thrown;
  });
  const writer = await database.connect(true);
  try {
    const tables = new Map(sources.map((source) => [source.name, tablesOf(source, notedColumns)]));
    await transaction(writer, () => prepare(writer, file, [...tables.values()]));
    return keptIn(database, writer, tables, await readState(writer));
  } catch (thrown) {
    writer.close();
    database.close();
    throw thrown;
  }
}

async function prepare(connection: Connection, file: string, sources: readonly SourceTables[]): Promise<void> {
  await connection.schema('lockstep');
  await createDeclared(connection);
  await createStateTable(connection);
  for (const tables of sources) {
    const { source } = tables;
    const [then, now] = [await declarationOf(connection, source.name), declarationIn(source)];
    if (then !== undefined && then !== now)
      throw new UsageError(
        `${file} holds rows of \`${source.name}\` as it was declared before: its columns, key or times are others now`,
        'move the file away; the topics, or `lockstep backfill`, fill a new one',
      );
    if (then === undefined) await declare(connection, source.name, now);
    await createTables(connection, tables);
  }
}

/** All that decides which rows are kept, and as what. */
function declarationIn(source: Source): string {
  const columns = source.columns.map(({ name, type }) => `${name} ${typeName(type)}`);
  const times = source.kind === 'stream' ? [source.eventTime, source.ingestTime] : [source.updatedAt, source.versionBy, source.deleted];
  return JSON.stringify({ kind: source.kind, columns, key: source.key, times });
}

function keptIn(database: DuckdbFile, writer: Connection, tables: ReadonlyMap<string, SourceTables>, initial: State): KeptStore {
  let state = initial;
  let last: Promise<unknown> = Promise.resolve();
  const followers: ((changes: readonly Change[]) => Promise<void>)[] = [];
  const recent = new Map([...tables.keys()].map((source) => [source, openRecent(newestOf(initial, source))]));
  const still = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const inTurn = (change: (before: State, changed: (change: Change) => void) => Promise<State>): Promise<void> =>
    still(async () => {
      const changes: Change[] = [];
      const after = await transaction(writer, async () => writeState(writer, state, await change(state, (one) => void changes.push(one))));
      for (const changed of followers) await changed(changes);
      state = after;
    });
  return {
    reader: () => database.connect(false),
    selects: () => database.selects(),
    state: () => state,
    commit: (arriving) => inTurn((before, changed) => take(writer, { tables, recent }, before, arriving, changed)),
    setHistory: (source, change) => inTurn(async (before) => withHistory(before, source, change)),
    forget: (source, instant) =>
      inTurn(async (before) => {
        const stored = tables.get(source);
        if (stored?.source.kind !== 'stream') throw new Error(`the store holds no stream ${source}`);
        await forget(writer, stored.source, stored, instant);
        // What is kept for longer from now on does not come back.
        return withHistory(before, source, (known) => ({ ...known, forgotten: later(known.forgotten, instant) }));
      }),
    columnsOf: (source) => tables.get(source)?.columns ?? [],
    columns: () => database.columns(),
    follow: (changed) => void followers.push(changed),
    still,
    close: async () => {
      await last;
      writer.close();
      database.close();
    },
  };
}

const later = (known: bigint | null, instant: bigint): bigint => (known !== null && known > instant ? known : instant);

function withHistory(before: State, source: string, change: (history: History) => History): State {
  const known = before.sources.get(source) ?? emptySource(source);
  return { ...before, sources: new Map(before.sources).set(source, { ...known, history: change(known.history) }) };
}

interface Stored {
  readonly tables: ReadonlyMap<string, SourceTables>;
  readonly recent: ReadonlyMap<string, RecentIdentities>;
}

async function take(
  writer: Connection,
  { tables, recent }: Stored,
  before: State,
  arriving: readonly Arriving[],
  changed: (change: Change) => void,
): Promise<State> {
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
  for (const [stored, kept] of rows) {
    const { accepted, replaced, copies } = await settle(writer, stored, kept, recent.get(stored.source.name));
    if (kept.length > 0) changed({ source: stored.source.name, came: [before.sequence, sequence], rows: copies ? null : kept, replaced });
    count(sources, stored.source.name, { accepted, duplicates: kept.length - accepted, quarantined: 0, rejected: 0, late: 0 });
  }
  return { ...before, positions, sources, sequence };
}

/** Null: there is none. */
function newestOf({ positions }: State, source: string): bigint | null {
  let newest: bigint | null = null;
  for (const { source: of, latest } of positions.values())
    if (of === source && latest !== null && (newest === null || latest > newest)) newest = latest;
  return newest;
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

async function transaction<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.execute('BEGIN TRANSACTION');
  try {
    const result = await work();
    await connection.execute('COMMIT');
    return result;
  } catch (thrown) {
    // After a failed COMMIT there is nothing left to roll back.
    await connection.execute('ROLLBACK').catch(() => {});
    throw thrown;
  }
}
