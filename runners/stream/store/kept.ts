/**
 * The event store in a file. Rows, the positions up to which they were read, and what was counted are committed together: a
 * crash at any point loses nothing, and what a broker delivers again is not counted again.
 */
import type { Source } from '../../../compiler/catalog.ts';
import { typeName } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { ColumnReader } from '../../engines/duckdb-columns.ts';
import { type DuckdbFile, openDuckdbFile } from '../../engines/duckdb-file.ts';
import { isLocked } from '../../engines/duckdb-locked.ts';
import type { Selects } from '../../engines/duckdb-select.ts';
import { type Connection, EngineError, type TypedColumn } from '../../engines/engine.ts';
import { UsageError } from '../../usage-error.ts';
import { createDeclared, declarationOf, declare } from './declared.ts';
import { forget } from './forget.ts';
import type { History } from './history.ts';
import { notedColumns } from './noted.ts';
import { paceOf } from './pace.ts';
import { openRecent, type RecentIdentities } from './recent.ts';
import { newIdentities, settle } from './settle.ts';
import { emptySource, type State } from './state.ts';
import { createStateTable, readState, writeState } from './state-table.ts';
import { createTables, type SourceTables, tablesOf } from './tables.ts';
import { type Arriving, countRows, type Tables, taken } from './taking.ts';

/** What a commit did to the events of a stream that count. */
export interface Change {
  readonly source: string;
  /** Sequences of the rows that came, of whatever source: from the first on, before the second. */
  readonly came: readonly [bigint, bigint];
  /** They, if none of them is a copy: the declared columns, and what the store notes. */
  readonly rows: readonly (readonly Value[])[] | null;
  /** Sequences of those that do not count any more, because another copy does. */
  readonly replaced: readonly bigint[];
  /** Rows of changes before, which could not be written after all. */
  readonly withdrawn: readonly (readonly Value[])[];
}

export interface Follower {
  /** Called after each commit, before its state is shown; the next one waits for it. */
  readonly changed: (changes: readonly Change[]) => Promise<void>;
  /** Whether a change of the source that says its rows is enough, and the table need not have them yet. */
  readonly takesRows: (source: string) => boolean;
}

export interface KeptStore {
  readonly tables: Tables;
  /** A connection of its own, which sees what is committed. */
  readonly reader: () => Promise<Connection>;
  /** The same for SQL that somebody else wrote. */
  readonly selects: () => Promise<Selects>;
  /** What whoever asks is shown. */
  readonly state: () => State;
  /** As of the last commit. */
  readonly inFile: () => State;
  /** All of it or nothing; one after the other. */
  readonly commit: (arriving: readonly Arriving[]) => Promise<void>;
  /** The same of what is chosen when its turn comes. Resolves when it is shown. */
  readonly take: (choose: (state: State) => readonly Arriving[]) => Promise<Shown>;
  /** When the tables have what is shown now. */
  readonly written: () => Promise<void>;
  /** The same, and nobody is in a hurry; null: they have it. Rejects where they will not. */
  readonly settling: () => Promise<void> | null;
  /** The identities of these rows of a stream; null if one of them may be a copy: of another, of one in the store, or of one that `isKnown`. */
  readonly newIdentities: (
    source: string,
    rows: readonly (readonly Value[])[],
    isKnown: (identity: string) => boolean,
  ) => readonly string[] | null;

  readonly setHistory: (source: string, change: (before: History) => History) => Promise<void>;
  /** Deletes the events of a stream that are dated before; microseconds. */
  readonly forget: (source: string, before: bigint) => Promise<void>;
  /** Of the table that lambdas read. */
  readonly columnsOf: (source: string) => readonly TypedColumn[];
  /** For those that read millions of rows; on a connection of its own. */
  readonly columns: () => Promise<ColumnReader>;
  readonly follow: (follower: Follower) => void;
  /** Nothing is committed while it runs. */
  readonly still: <T>(work: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

export interface Shown {
  /** When it is in the file. */
  readonly committed: Promise<void>;
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

/** Milliseconds from the beginning of a commit to the next one's, at least: a commit of few rows costs nearly what one of many does. */
export const betweenCommits = 25;

function keptIn(database: DuckdbFile, writer: Connection, tables: Tables, initial: State): KeptStore {
  let state = initial;
  let last: Promise<unknown> = Promise.resolve();
  const followers: Follower[] = [];
  const recent = new Map([...tables.keys()].map((source) => [source, openRecent(newestOf(initial, source))]));
  const still = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const now = async (change: (before: State, changed: (change: Change) => void) => Promise<State>): Promise<void> => {
    const changes: Change[] = [];
    const after = await transaction(writer, async () => writeState(writer, state, await change(state, (one) => void changes.push(one))));
    for (const { changed } of followers) await changed(changes);
    state = after;
  };
  const commit = (arriving: readonly Arriving[]): Promise<void> =>
    now((before, changed) => take(writer, { tables, recent }, before, arriving, changed));
  const paced = paceOf(betweenCommits);
  return {
    tables,
    reader: () => database.connect(false),
    selects: () => database.selects(),
    state: () => state,
    inFile: () => state,
    commit: (arriving) => still(() => commit(arriving)),
    take: async (choose) => {
      await paced();
      await still(async () => {
        const arriving = choose(state);
        if (arriving.length > 0) await commit(arriving);
      });
      return { committed: Promise.resolve() };
    },
    written: () => Promise.resolve(),
    settling: () => null,
    newIdentities: (source, rows, isKnown) => newIdentities(tables.get(source), rows, recent.get(source), isKnown),
    setHistory: (source, change) => still(() => now(async (before) => withHistory(before, source, change))),
    forget: (source, instant) =>
      still(() =>
        now(async (before) => {
          const stored = tables.get(source);
          if (stored?.source.kind !== 'stream') throw new Error(`the store holds no stream ${source}`);
          await forget(writer, stored.source, stored, instant);
          // What is kept for longer from now on does not come back.
          return withHistory(before, source, (known) => ({ ...known, forgotten: later(known.forgotten, instant) }));
        }),
      ),
    columnsOf: (source) => tables.get(source)?.columns ?? [],
    columns: () => database.columns(),
    follow: (follower) => void followers.push(follower),
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
  readonly tables: Tables;
  readonly recent: ReadonlyMap<string, RecentIdentities>;
}

async function take(
  writer: Connection,
  { tables, recent }: Stored,
  before: State,
  arriving: readonly Arriving[],
  changed: (change: Change) => void,
): Promise<State> {
  const { state, rows } = taken(tables, before, arriving);
  const sources = new Map(state.sources);
  for (const [stored, kept] of rows) {
    const { name } = stored.source;
    const { accepted, replaced, copies } = await settle(writer, stored, kept, recent.get(name));
    if (kept.length > 0)
      changed({ source: name, came: [before.sequence, state.sequence], rows: copies ? null : kept, replaced, withdrawn: [] });
    countRows(sources, name, { accepted, duplicates: kept.length - accepted });
  }
  return { ...state, sources };
}

/** Null: there is none. */
function newestOf({ positions }: State, source: string): bigint | null {
  let newest: bigint | null = null;
  for (const { source: of, latest } of positions.values())
    if (of === source && latest !== null && (newest === null || latest > newest)) newest = latest;
  return newest;
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
