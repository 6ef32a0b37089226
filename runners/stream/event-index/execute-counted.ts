/** Executes a lambda as a server does that keeps events in memory: on a store of its own, with what is counted up counted up. */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import type { SpineRow } from '../../data/spine.ts';
import { executeLambda, type StoredLambda } from '../execute.ts';
import { openKept } from '../store/kept.ts';
import { type Answered, openEventIndexes } from './event-indexes.ts';
import { slack } from './indexed-source.ts';

/**
 * Undefined where a row was left to SQL. The first half of the events is there when memory is filled, the others come as they come
 * to a server.
 */
export async function executeCounted(
  lambda: StoredLambda,
  sources: readonly Source[],
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
): Promise<readonly (readonly Value[] | undefined)[]> {
  const earliest = spine.reduce<bigint>((least, { asOf }) => (asOf < least ? asOf : least), spine[0]?.asOf ?? 0n);
  const store = await openKept(':memory:', sources);
  const indexes = await openEventIndexes({
    store,
    deployed: () => [lambda],
    now: () => earliest + slack,
    mostBytes: 1e9,
    gaveUp: () => {},
  });
  const reader = await store.reader();
  try {
    const commit = async (of: (rows: number) => readonly [number, number]): Promise<void> => {
      for (const { name } of sources) {
        const rows = events.get(name)?.rows ?? [];
        const some = rows.slice(...of(rows.length));
        await store.commit([{ source: name, at: earliest, rows: some.map((row) => ({ offset: null, row })), from: null }]);
      }
    };
    await commit((n) => [0, n >> 1]);
    indexes.prepare();
    await indexes.settled();
    await commit((n) => [n >> 1, n]);
    const found: (readonly Value[] | undefined)[] = [];
    for (const answer of indexes.answers(lambda, spine))
      found.push(await valuesOf(answer, (of, row) => executeLambda(reader, of, [row], 1)));
    return found;
  } finally {
    await indexes.close();
    reader.close();
    await store.close();
  }
}

async function valuesOf(
  answer: Answered | undefined,
  ask: (lambda: StoredLambda, row: SpineRow) => Promise<readonly (readonly Value[])[]>,
): Promise<readonly Value[] | undefined> {
  if (answer === undefined || 'values' in answer) return answer?.values;
  return (await ask(answer.ask, answer.row))[0];
}
