/** Messages to committed rows. While one commit runs, what comes waits and goes with the next: the slower the disk, the larger the turns. */
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import { breachOf } from '../store/contract.ts';
import type { KeptStore } from '../store/kept.ts';
import { positionKey, type State } from '../store/state.ts';
import type { Arriving, ArrivingRow } from '../store/taking.ts';
import { type Decode, decoderOf, type WireMessage } from '../wire/decode.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Letter } from './letters.ts';
import type { SourceWatch } from './watch.ts';

export interface TopicMessage extends WireMessage {
  readonly offset: bigint;
  /** Of the registry; null: the message names none. */
  readonly schema: number | null;
  /** As they came, for the dead letters. */
  readonly bytes: { readonly key: Uint8Array | null; readonly value: Uint8Array | null };
}

export interface TopicMessages {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly TopicMessage[];
  /** The offset after the last message. */
  readonly next: bigint;
  /** What lies before it is on its way to the store, and these messages are not taken without that. Null: the store has it. */
  readonly after: bigint | null;
}

/** Of one partition. As many as are rows are no longer counted as what they were. */
export interface Again {
  readonly topic: string;
  readonly partition: number;
  readonly rows: readonly ArrivingRow[];
  readonly rejected: number;
  readonly quarantined: number;
}

export interface Ingest {
  /** Resolves when they have their place among the commits; `committed`, when the store has all of it. */
  readonly messages: (source: Source, from: TopicMessages) => Promise<{ readonly committed: Promise<void> }>;
  /** Dead letters that are rows now. */
  readonly again: (source: Source, from: Again) => Promise<void>;
  /** By file or HTTP. `rejected`: so many messages beside them are no row, and are only counted. */
  readonly rows: (source: Source, rows: readonly (readonly Value[])[], rejected?: number) => Promise<void>;
  /** Why the last commit failed; null: it did not. */
  readonly trouble: () => string | null;
}

export interface IngestParts {
  readonly store: KeptStore;
  readonly deadLetters: DeadLetters;
  readonly watch: SourceWatch;
  /** Microseconds. */
  readonly now: () => bigint;
}

interface Waiting {
  readonly arriving: Arriving;
  readonly after: bigint | null;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export function openIngest({ store, deadLetters, watch, now }: IngestParts): Ingest {
  const decoders = new Map<string, Decode>();
  let waiting: Waiting[] = [];
  let running = false;
  let trouble: string | null = null;
  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      // The partitions of one fetch are decoded in one turn of the event loop, and are taken together.
      await endOfTurn();
      let turn: readonly Waiting[] = [];
      const shown = store.take((state) => {
        const found = inSequence(waiting, state);
        [waiting, turn] = [[], found.turn];
        for (const { failed } of found.cutOff) failed(new Error('what came before it was not taken'));
        return turn.map(({ arriving }) => arriving);
      });
      await shown.then(({ committed }) => settle(turn, committed)).catch((error) => settle(turn, Promise.reject(error)));
    }
    running = false;
  };
  const settle = (turn: readonly Waiting[], committed: Promise<void>): void => {
    committed.then(
      () => {
        if (turn.length > 0) trouble = null;
        for (const { done } of turn) done();
      },
      (error: unknown) => {
        trouble = 'the store cannot be written';
        for (const { failed } of turn) failed(error);
      },
    );
  };
  const commit = (arriving: Arriving, after: bigint | null = null): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ arriving, after, done, failed });
      if (!running) void run();
    });
  return {
    messages: async (source, { topic, partition, messages, next, after }) => {
      const decode = decoders.get(source.name) ?? decoderOf(source);
      decoders.set(source.name, decode);
      const at = now();
      const rows: ArrivingRow[] = [];
      const rejected: bigint[] = [];
      const letters: Letter[] = [];
      for (const message of messages) {
        const decoded = decode(message);
        watch.saw(source.name, decoded, message.schema);
        const { offset } = message;
        if (decoded.kind === 'nothing') continue;
        const reason = decoded.kind === 'rejected' ? decoded : breach(source, decoded.row);
        if (reason !== null) {
          const outcome = decoded.kind === 'rejected' ? 'rejected' : 'quarantined';
          const { timestamp, schema, bytes } = message;
          const { problem, column } = reason;
          letters.push({ topic, partition, offset, timestamp, at, outcome, reason: { problem, column }, schema, bytes });
        }
        if (decoded.kind === 'row') rows.push({ offset, row: decoded.row });
        else rejected.push(offset);
      }
      // Before the commit: a letter that is written twice does no harm, one that is never written is lost.
      if (letters.length > 0) await deadLetters.write(source, letters);
      return { committed: commit({ source: source.name, at, rows, from: { topic, partition, rejected, next } }, after) };
    },
    trouble: () => trouble,
    again: (source, { topic, partition, rows, rejected, quarantined }) => {
      const from = { topic, partition, rejected: [], next: 0n, again: { rejected, quarantined } };
      return commit({ source: source.name, at: now(), rows, from });
    },
    rows: (source, rows, rejected = 0) =>
      commit({ source: source.name, at: now(), rows: rows.map((row) => ({ offset: null, row })), from: null, rejected }),
  };
}

/** Where a commit failed, what was handed over after it must not make the store believe that it has read beyond. */
function inSequence(
  waiting: readonly Waiting[],
  { positions }: State,
): { readonly turn: readonly Waiting[]; readonly cutOff: readonly Waiting[] } {
  const reached = new Map<string, bigint>();
  const turn: Waiting[] = [];
  const cutOff: Waiting[] = [];
  for (const one of waiting) {
    const { from } = one.arriving;
    const key = from === null ? '' : positionKey(from.topic, from.partition);
    const before = reached.get(key) ?? positions.get(key)?.next ?? 0n;
    if (one.after !== null && one.after > before) {
      cutOff.push(one);
      continue;
    }
    if (from !== null && from.next > before) reached.set(key, from.next);
    turn.push(one);
  }
  return { turn, cutOff };
}

export function breach(source: Source, row: readonly Value[]): { readonly problem: string; readonly column: null } | null {
  const problem = breachOf(source, row);
  return problem === null ? null : { problem, column: null };
}
