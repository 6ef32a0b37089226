/**
 * Events of topics, shown before they are in the file: whoever asks need not wait for a commit, and there are few of them. A crash loses
 * nothing, since the broker has what the file has not, and where to read next is the file's word. What is more than new rows of streams, and
 * all that comes otherwise, is committed before it is shown.
 */
import type { Value } from '../../../compiler/value.ts';
import { RequestError } from '../request-error.ts';
import { betweenCommits, type Change, type Follower, type KeptStore, type Shown } from './kept.ts';
import { paceOf } from './pace.ts';
import type { State } from './state.ts';
import { type Arriving, countRows, taken } from './taking.ts';

type Rows = readonly (readonly Value[])[];

/** What goes into the file in one commit. */
interface Piece {
  readonly arriving: Arriving[];
  readonly identities: Set<string>;
  /** By source. */
  readonly rows: Map<string, Rows[]>;
  readonly committed: Promise<void>;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Milliseconds. */
const betweenPieces = 200;
const betweenShows = 5;
/** So many are written at once. */
const rowsOfPiece = 2_000;
/** Rows that are shown and not written, at most. */
const mostRows = 20_000;

/** `store`: nobody else commits to it, or follows it. */
export function showAhead(store: KeptStore): KeptStore {
  const followers: Follower[] = [];
  let shown = store.state();
  let last: Promise<unknown> = Promise.resolve();
  // The last one is still open.
  let pieces: Piece[] = [emptyPiece()];
  let writing: Promise<void> = Promise.resolve();
  const [pacedShow, pacedCommit] = [paceOf(betweenShows), paceOf(betweenCommits)];
  let timer: NodeJS.Timeout | null = null;
  /** A piece could not be written: what was shown after it cannot either, and nothing more is shown ahead until something was. */
  let [isBroken, isCareful] = [false, false];
  /** Changes that nobody was told of yet come from the store itself. */
  let isTelling = false;
  /** What was taken last. */
  let isDirect = false;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const tell = async (changes: readonly Change[]): Promise<void> => {
    for (const { changed } of followers) await changed(changes);
  };
  store.follow({ changed: async (changes) => void (isTelling && (await tell(changes))), takesRows: () => false });
  const open = (): Piece => pieces.at(-1) as Piece;
  const rowsShown = (): number => pieces.reduce((sum, { identities }) => sum + identities.size, 0);
  /** Rejects if the file does not have all that is shown in the end. */
  const write = (): Promise<void> => {
    const piece = open();
    if (piece.arriving.length === 0) return writing;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    pieces.push(emptyPiece());
    writing = writing.then(async () => {
      try {
        await pacedCommit();
        await store.commit(piece.arriving);
        pieces = pieces.filter((one) => one !== piece);
        piece.done();
      } catch (error) {
        isBroken = true;
        throw error;
      }
    });
    writing.catch(() => void inTurn(withdraw));
    return writing;
  };
  /** In its turn. What is shown is what the file has, again. */
  const withdraw = async (): Promise<void> => {
    if (!isBroken) return;
    await writing.catch(() => {});
    const changes = pieces.flatMap(({ rows }) => [...rows].map(([source, of]): Change => withdrawn(source, of.flat(), shown)));
    await tell(changes);
    shown = store.state();
    for (const { failed } of pieces) failed(notWritten());
    pieces = [emptyPiece()];
    writing = Promise.resolve();
    [isBroken, isCareful] = [false, true];
  };
  /** In its turn: what is shown is what the file has. Whether all of it could be written. */
  const settle = async (): Promise<boolean> => {
    const isWritten = await write().then(
      () => true,
      () => false,
    );
    await withdraw();
    return isWritten;
  };
  /** After that. */
  const directly = async (commit: () => Promise<void>): Promise<void> => {
    isTelling = true;
    try {
      await commit();
      isCareful = false;
    } finally {
      isTelling = false;
      shown = store.state();
    }
  };
  const settledFirst = <T>(work: () => Promise<T>): Promise<T> => inTurn(() => settle().then(work));
  const show = async (arriving: readonly Arriving[]): Promise<Shown | null> => {
    if (isCareful || rowsShown() > mostRows) return null;
    if (!arriving.every(({ source, from }) => from !== null && from.again === undefined && canTakeRows(source))) return null;
    const { state, rows } = taken(store.tables, shown, arriving);
    const isKnown = (identity: string): boolean => pieces.some(({ identities }) => identities.has(identity));
    const found: { readonly source: string; readonly rows: Rows; readonly identities: readonly string[] }[] = [];
    for (const [{ source }, kept] of rows) {
      const identities = store.newIdentities(source.name, kept, isKnown);
      if (identities === null) return null;
      found.push({ source: source.name, rows: kept, identities });
    }
    const sources = new Map(state.sources);
    const piece = open();
    const changes: Change[] = [];
    for (const { source, rows: kept, identities } of found) {
      countRows(sources, source, { accepted: kept.length, duplicates: 0 });
      for (const identity of identities) piece.identities.add(identity);
      piece.rows.set(source, [...(piece.rows.get(source) ?? []), kept]);
      if (kept.length > 0) changes.push({ source, came: [shown.sequence, state.sequence], rows: kept, replaced: [], withdrawn: [] });
    }
    piece.arriving.push(...arriving);
    await tell(changes);
    shown = { ...state, sources };
    const begin = (): void => void write().catch(() => {});
    if (piece.identities.size >= rowsOfPiece) begin();
    else timer ??= setTimeout(begin, betweenPieces);
    return { committed: piece.committed };
  };
  const canTakeRows = (source: string): boolean => followers.every((follower) => follower.takesRows(source));
  return {
    ...store,
    state: () => shown,
    commit: (arriving) => settledFirst(() => directly(() => store.commit(arriving))),
    take: async (choose) => {
      await (isDirect ? pacedCommit() : pacedShow());
      return inTurn(async () => {
        const arriving = choose(shown);
        if (arriving.length === 0) return { committed: Promise.resolve() };
        const ahead = await show(arriving);
        isDirect = ahead === null;
        if (ahead !== null) return ahead;
        // It was chosen to follow what is not there.
        if (!(await settle())) throw notWritten();
        await directly(() => store.commit(arriving));
        return { committed: Promise.resolve() };
      });
    },
    written: () =>
      write().catch(() => {
        throw notWritten();
      }),
    settling: () => pieces.findLast(({ arriving }) => arriving.length > 0)?.committed ?? null,
    setHistory: (source, change) => settledFirst(() => directly(() => store.setHistory(source, change))),
    forget: (source, before) => settledFirst(() => directly(() => store.forget(source, before))),
    follow: (follower) => void followers.push(follower),
    still: (work) => settledFirst(() => store.still(work)),
    close: async () => {
      await settledFirst(() => store.close());
    },
  };
}

function emptyPiece(): Piece {
  let [done, failed] = [(): void => {}, (_: unknown): void => {}];
  const committed = new Promise<void>((resolve, reject) => {
    [done, failed] = [resolve, reject];
  });
  // Whoever wants to know asks.
  committed.catch(() => {});
  return { arriving: [], identities: new Set(), rows: new Map(), committed, done, failed };
}

const notWritten = (): Error => new RequestError('NOT_READY', 'the store cannot be written', 'try again later');

const withdrawn = (source: string, rows: Rows, { sequence }: State): Change => ({
  source,
  came: [sequence, sequence],
  rows: [],
  replaced: [],
  withdrawn: rows,
});
