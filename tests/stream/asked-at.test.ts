/** The instant of asking lies before the query: what comes while it waits or runs is not held to be known. */
import { expect, test } from 'vitest';
import type { Answer } from '../../runners/stream/serve/asking.ts';
import { type Replica, serve } from '../../runners/stream/serve/replica.ts';

/** The query begins at 50 and ends at 90; the request came at 10. */
async function served(asOf: bigint | null): Promise<bigint | undefined> {
  let clock = 10n;
  const ask = async (_: unknown, asked: readonly { readonly asOf: bigint | null }[]): Promise<readonly Answer[]> => {
    clock = 50n;
    const answers = asked.map((a) => ({ asOf: a.asOf ?? clock, values: [] }));
    clock = 90n;
    return answers;
  };
  const state = { positions: new Map(), sources: new Map() };
  const replica = { now: () => clock, asking: { ask }, eventIndexes: new Map(), store: { state: () => state }, catalog: { sources: [] } };
  const of = { name: 'f', definition: { kind: 'feature', artifact: { sources: [] }, sql: '' } };
  const [one] = await serve(replica as unknown as Replica, of as unknown as Parameters<typeof serve>[1], [{ entity: [], asOf }]);
  return one?.askedAt;
}

test('of a question about the past it is when the request came', async () => {
  expect(await served(3n)).toBe(10n);
});

test('of a question about the instant at which it came, that', async () => {
  expect(await served(10n)).toBe(10n);
});

test('of a question about now it is as_of, when the query began', async () => {
  expect(await served(null)).toBe(50n);
});
