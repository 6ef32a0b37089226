/** What goes into one commit, and what becomes of the rest when a commit fails. The store is one that does what a test says. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../compiler/catalog.ts';
import { type Ingest, openIngest, type TopicMessage } from '../../runners/stream/ingest/ingest.ts';
import type { KeptStore } from '../../runners/stream/store/kept.ts';
import { emptySource, type Position, positionKey, type State } from '../../runners/stream/store/state.ts';
import type { Arriving } from '../../runners/stream/store/taking.ts';
import { catalog } from '../marketplace/world.ts';

const source = catalog.sources.find((s) => s.name === 'bids') as Source;
const topic = source.topic as string;

interface Opened {
  readonly ingest: Ingest;
  /** By commit: the partitions that it had something of, and where it ended. */
  readonly commits: readonly (readonly string[])[];
  readonly fail: (is: boolean) => void;
  /** A commit has begun, and takes nothing more. */
  readonly begun: () => Promise<void>;
}

function opened(): Opened {
  const positions = new Map<string, Position>();
  const commits: string[][] = [];
  let failing = false;
  let tried = 0;
  const commit = async (arriving: readonly Arriving[]): Promise<void> => {
    tried += 1;
    await pause(10);
    if (failing) throw new Error('no room');
    const ends: string[] = [];
    for (const { from } of arriving) {
      if (from === null) continue;
      const { partition, next } = from;
      positions.set(positionKey(topic, partition), { source: source.name, topic, partition, next, latest: null });
      ends.push(`${partition}:${next}`);
    }
    commits.push(ends);
  };
  const state = () => ({ positions, sources: new Map([[source.name, emptySource(source.name)]]), sequence: 1n, turn: 0n });
  const take = async (choose: (known: State) => readonly Arriving[]) => {
    const arriving = choose(state());
    if (arriving.length > 0) await commit(arriving);
    return { committed: Promise.resolve() };
  };
  const ingest = openIngest({
    store: { take } as unknown as KeptStore,
    deadLetters: { write: async () => {}, read: async () => [], settle: async () => {}, dropped: () => new Map() },
    watch: { saw: () => {} } as unknown as Parameters<typeof openIngest>[0]['watch'],
    now: () => 0n,
  });
  return {
    ingest,
    commits,
    fail: (is) => {
      failing = is;
    },
    begun: async () => {
      while (tried === 0) await pause(1);
    },
  };
}

/** Messages that are no rows: what counts here is where they lie. */
const messages = (partition: number, first: number, next: number, after: number | null) => ({
  topic,
  partition,
  next: BigInt(next),
  after: after === null ? null : BigInt(after),
  messages: Array.from(
    { length: next - first },
    (_, i): TopicMessage => ({
      offset: BigInt(first + i),
      timestamp: 0n,
      key: null,
      value: { problem: 'no JSON' },
      schema: null,
      bytes: { key: null, value: null },
    }),
  ),
});

const outcome = (work: Promise<{ readonly committed: Promise<void> }>): Promise<string> =>
  work
    .then(({ committed }) => committed)
    .then(
      () => 'committed',
      (error: Error) => error.message,
    );

describe('turns', () => {
  test('the partitions of one fetch are one commit, however long each is decoded', async () => {
    const { ingest, commits } = opened();
    const decoded = async (partition: number): Promise<string> => {
      for (let i = 0; i < 10 * partition; i++) await null;
      return outcome(ingest.messages(source, messages(partition, 0, 3, null)));
    };
    await Promise.all([0, 1, 2, 3].map(decoded));
    expect(commits).toEqual([['0:3', '1:3', '2:3', '3:3']]);
  });

  test('what was handed over meanwhile goes with the next commit, and nothing goes twice', async () => {
    const { ingest, commits, begun } = opened();
    const first = outcome(ingest.messages(source, messages(0, 0, 3, null)));
    await begun();
    const more = [messages(0, 3, 5, 3), messages(1, 0, 1, null), messages(0, 5, 6, 5)].map((m) => outcome(ingest.messages(source, m)));
    expect(await Promise.all([first, ...more])).toEqual(['committed', 'committed', 'committed', 'committed']);
    expect(commits).toEqual([['0:3'], ['0:5', '1:1', '0:6']]);
  });

  test('a commit fails: what follows it is not taken, though the store could again; the rest is', async () => {
    const { ingest, commits, fail, begun } = opened();
    fail(true);
    const first = outcome(ingest.messages(source, messages(0, 0, 3, null)));
    await begun();
    const follows = outcome(ingest.messages(source, messages(0, 3, 5, 3)));
    const followsThat = outcome(ingest.messages(source, messages(0, 5, 9, 5)));
    expect(await first).toBe('no room');
    fail(false);
    const other = outcome(ingest.messages(source, messages(1, 0, 1, null)));
    expect(await Promise.all([follows, followsThat])).toEqual(Array(2).fill('what came before it was not taken'));
    expect(await other).toBe('committed');
    // And what is decoded only now.
    expect(await outcome(ingest.messages(source, messages(0, 9, 12, 9)))).toBe('what came before it was not taken');
    expect(await outcome(ingest.messages(source, messages(0, 0, 5, null)))).toBe('committed');
    expect(await outcome(ingest.messages(source, messages(0, 5, 12, 5)))).toBe('committed');
    expect(commits).toEqual([['1:1'], ['0:5'], ['0:12']]);
  });

  test('what is cut off is no word on whether the store can be written', async () => {
    const { ingest, fail } = opened();
    fail(true);
    expect(await outcome(ingest.messages(source, messages(0, 0, 3, null)))).toBe('no room');
    fail(false);
    await outcome(ingest.messages(source, messages(0, 3, 5, 3)));
    expect(ingest.trouble()).toBe('the store cannot be written');
    await outcome(ingest.messages(source, messages(0, 0, 5, null)));
    expect(ingest.trouble()).toBe(null);
  });
});
