/**
 * The events of each entity in memory, for lambdas whose answers can be counted up from them. What is in it is what the store had
 * committed when its state was last shown. Whatever is not there, too old or not exact is left to SQL.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EventIndex } from '../../../compiler/artifacts/event-index.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SpineRow } from '../../data/spine.ts';
import type { StoredLambda } from '../execute.ts';
import type { KeptStore } from '../store/kept.ts';
import { type Count, countingOf } from './counting.ts';
import { asStored, keyOf } from './events-read.ts';
import { type Built, type GaveUp, type IndexedSource, indexSource, type Size } from './indexed-source.ts';

export interface EventIndexes {
  /** For each row its values; a question to another lambda that gives them; or undefined where SQL is to be asked. */
  readonly answers: (lambda: StoredLambda, rows: readonly SpineRow[]) => readonly (Answered | undefined)[];
  /**
   * Compares what is counted for the rows that one of the lambdas was asked last with what `sql` says, while nothing is committed. A
   * lambda for which they differ is left to SQL for good.
   */
  readonly audit: (sql: AskSql) => Promise<void>;
  /** Reads what deployed lambdas need, if it is not there. */
  readonly prepare: () => void;
  readonly counts: () => Size & { readonly answers: number; readonly audited: number };
  readonly forgetOld: () => Promise<void>;
  /** When what is being read now is there. */
  readonly settled: () => Promise<void>;
  /** When nothing is read any more. */
  readonly close: () => Promise<void>;
}

export interface EventIndexParts {
  readonly store: KeptStore;
  /** Those that are likely to be asked: what they need of a source is read at once. */
  readonly deployed: () => readonly StoredLambda[];
  /** Microseconds. */
  readonly now: () => bigint;
  /** Of all of them together. */
  readonly mostBytes: number;
  /** A source, or a lambda whose counted values differ, is left to SQL from now on. */
  readonly gaveUp: (name: string, because: GaveUp | 'differs') => void;
}

/** A quarter of all is for values that a count of different ones remembers. */
const bytesOfRemembered = 64;
export type Answered = { readonly values: readonly Value[] } | { readonly ask: StoredLambda; readonly row: SpineRow };

/** Rows of one lambda that an audit compares. */
const auditedRows = 8;

export async function openEventIndexes({ store, deployed, now, mostBytes, gaveUp }: EventIndexParts): Promise<EventIndexes> {
  const follower = await store.columns();
  const sources = new Map<string, IndexedSource>();
  const counting = new WeakMap<Built, Map<EventIndex, Count>>();
  const distrusted = new WeakSet<StoredLambda>();
  const asked = new Map<StoredLambda, readonly SpineRow[]>();
  const memory = { left: Math.floor(mostBytes / 4 / bytesOfRemembered) };
  let [answered, audited] = [0, 0];
  let auditing: Promise<void> = Promise.resolve();
  const size = (): Size =>
    [...sources.values()].map((s) => s.size()).reduce((a, b) => ({ events: a.events + b.events, bytes: a.bytes + b.bytes }), nothing);
  const sourceOf = (index: EventIndex): IndexedSource => {
    const id = idOf(index);
    const known = sources.get(id);
    if (known !== undefined) return known;
    const made = indexSource(index, {
      store,
      follower,
      now,
      others: () => deployed().flatMap(({ eventIndex: e }) => (e !== undefined && idOf(e) === id ? [e] : [])),
      hasRoom: () => size().bytes < 0.75 * mostBytes,
      gaveUp: (because) => gaveUp(index.source, because),
    });
    sources.set(id, made);
    return made;
  };
  const named = (name: string): readonly IndexedSource[] => [...sources.values()].filter((source) => source.name === name);
  store.follow({
    changed: async (changes) => {
      for (const change of changes) for (const source of named(change.source)) await source.changed(change);
    },
    takesRows: (name) => named(name).length > 0 && named(name).every((source) => source.takesRows()),
  });
  const countOf = (built: Built, index: EventIndex): Count => {
    const counts = counting.get(built) ?? new Map<EventIndex, Count>();
    counting.set(built, counts);
    const count = counts.get(index) ?? countingOf(index, built.kept, memory);
    counts.set(index, count);
    return count;
  };
  let asks = 0n;
  const answersOf = (lambda: StoredLambda, rows: readonly SpineRow[]): readonly (Answered | undefined)[] => {
    const { eventIndex } = lambda;
    const built = eventIndex === undefined ? null : sourceOf(eventIndex).builtFor(eventIndex);
    if (eventIndex === undefined || built === null) return rows.map(() => undefined);
    const count = countOf(built, eventIndex);
    const lookback = BigInt(eventIndex.within[0]);
    const finishing = finishingOf(lambda, eventIndex);
    return rows.map(({ entity, asOf }) => {
      const found = asOf + lookback < built.since ? undefined : count(built.events.of(keyOf(entity.map(textOf))), asOf);
      if (found === undefined || 'values' in found) return found;
      asks += 1n;
      return { ask: finishing, row: { entity: [...found.counted, asks], asOf } };
    });
  };
  return {
    answers: (lambda, rows) => {
      if (lambda.eventIndex === undefined || distrusted.has(lambda)) return rows.map(() => undefined);
      const answers = answersOf(lambda, rows);
      answered += answers.filter((a) => a !== undefined).length;
      asked.set(lambda, rows);
      return answers;
    },
    audit: async (sql) => {
      const [next] = asked;
      if (next === undefined) return;
      const [lambda, all] = next;
      asked.delete(lambda);
      const distrust = (because: 'failed' | 'differs'): void => {
        distrusted.add(lambda);
        gaveUp(lambda.artifact.name, because);
      };
      auditing = store.still(async () => {
        const rows = all.slice(0, auditedRows).filter((row) => answersOf(lambda, [row])[0] !== undefined);
        if (rows.length === 0) return;
        const found = await comparable(lambda, rows, answersOf(lambda, rows), sql).catch(() => distrust('failed'));
        if (found === undefined) return;
        audited += rows.length;
        if (!isDeepStrictEqual(found.own, found.wanted)) distrust('differs');
      });
      await auditing;
    },
    prepare: () => {
      for (const { eventIndex } of deployed()) if (eventIndex !== undefined) sourceOf(eventIndex).builtFor(eventIndex);
    },
    counts: () => ({ ...size(), answers: answered, audited }),
    forgetOld: async () => {
      for (const source of sources.values()) await source.forgetOld();
    },
    settled: async () => {
      for (const source of sources.values()) await source.settled();
    },
    close: async () => {
      for (const source of sources.values()) await source.close();
      await auditing;
      follower.close();
    },
  };
}

type AskSql = (lambda: StoredLambda, rows: readonly SpineRow[]) => Promise<readonly (readonly Value[])[]>;

async function comparable(lambda: StoredLambda, rows: readonly SpineRow[], answers: readonly (Answered | undefined)[], sql: AskSql) {
  const asks = answers.flatMap((a) => (a !== undefined && 'ask' in a ? [a] : []));
  const [first] = asks;
  const finished =
    first === undefined
      ? []
      : await sql(
          first.ask,
          asks.map((a) => a.row),
        );
  let next = 0;
  const own = answers.map((a) => (a !== undefined && 'values' in a ? a.values : finished[next++]));
  return { own, wanted: await sql(lambda, rows) };
}

/** Always the same object for the same lambda: what asks the same goes together. */
function finishingOf(lambda: StoredLambda, { finishing: { sql, parameters } }: EventIndex): StoredLambda {
  const known = finishings.get(lambda);
  if (known !== undefined) return known;
  const asked = [...parameters, { name: 'as_of', type: 'TIMESTAMP_NTZ' }];
  // All that it needs is asked with it.
  const made = { artifact: { ...lambda.artifact, entity: parameters, parameters: asked, sources: [] }, sql };
  finishings.set(lambda, made);
  return made;
}

const finishings = new WeakMap<StoredLambda, StoredLambda>();

const nothing: Size = { events: 0, bytes: 0 };

/** Lambdas that share what is kept of an event differ in what they count only. */
function idOf(index: EventIndex): string {
  const known = ids.get(index);
  if (known !== undefined) return known;
  const { source, key, time, when } = index;
  const id = JSON.stringify([source, key, time, when]);
  ids.set(index, id);
  return id;
}

const ids = new WeakMap<EventIndex, string>();

const textOf = (value: Value): string => asStored(String(value));
