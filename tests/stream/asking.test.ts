/** Requests that come together are one query; a row that the engine cannot answer errs alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LambdaArtifact } from '../../compiler/artifacts/lambda.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import type { StoredLambda } from '../../runners/stream/execute.ts';
import { type Answer, openAsking } from '../../runners/stream/serve/asking.ts';

const artifact: LambdaArtifact = {
  formatVersion: 1,
  name: 'halves',
  version: 'v',
  engine: 'duckdb',
  entity: [{ name: 'n', type: 'NUMBER(38,0)' }],
  parameters: [
    { name: 'n', type: 'NUMBER(38,0)' },
    { name: 'as_of', type: 'TIMESTAMP_NTZ' },
  ],
  outputs: [{ name: 'half', type: 'NUMBER(18,0)' }],
  sources: [],
  prelude: [],
  sqlFile: 'halves.sql',
  sqlSha256: '',
};
/** By hand: 13 is more than it can bear, and its message has a value that nobody must read. */
const lambda: StoredLambda = {
  artifact,
  sql: `WITH spine AS (SELECT generate_subscripts($as_of::TIMESTAMP[], 1) AS ordinal, unnest($n::HUGEINT[]) AS n, unnest($as_of::TIMESTAMP[]) AS as_of)
SELECT ordinal, n, as_of, CASE WHEN n = 13 THEN error('secret ' || n) ELSE n // 2 END::BIGINT AS half FROM spine`,
};

let reader: Connection;
beforeAll(async () => {
  reader = await openDuckdb({ threads: 1 });
});
afterAll(() => reader.close());

const asking = (mostRows = 100) => {
  let clock = 0n;
  return openAsking({
    written: async () => {},
    readers: [reader],
    now: () => {
      clock += 1n;
      return clock;
    },
    mostRows,
  });
};
const rows = (...ns: readonly number[]) => ns.map((n) => ({ entity: [BigInt(n)], asOf: null }));
const halves = (answers: readonly Answer[]) => answers.map((a) => ('values' in a ? a.values[0] : a.error.type));

describe('together', () => {
  test('what comes in one turn is one query, and each gets its own', async () => {
    const { ask, counts } = asking();
    const answers = await Promise.all([2, 4, 6, 8].map((n) => ask(lambda, rows(n, n + 1))));
    expect(answers.map(halves)).toEqual([
      [1n, 1n],
      [2n, 2n],
      [3n, 3n],
      [4n, 4n],
    ]);
    expect(counts()).toEqual({ queries: 1, rows: 8 });
    // Of one query all are of one instant.
    expect(new Set(answers.flat().map((a) => a.asOf))).toEqual(new Set([1n]));
  });

  test('no more than there is room for; what asks another lambda goes apart', async () => {
    const { ask, counts } = asking(3);
    const other = { ...lambda };
    const answers = await Promise.all([ask(lambda, rows(2, 4)), ask(other, rows(6)), ask(lambda, rows(8, 10)), ask(lambda, rows(12))]);
    expect(answers.map(halves)).toEqual([[1n, 2n], [3n], [4n, 5n], [6n]]);
    expect(counts()).toEqual({ queries: 3, rows: 6 });
  });
});

test('the row that cannot be answered errs alone, without its value', async () => {
  const { ask } = asking();
  const [first, second] = await Promise.all([ask(lambda, rows(2, 13, 4)), ask(lambda, rows(6, 8, 13))]);
  expect(halves(first ?? [])).toEqual([1n, 'QUERY_ERROR', 2n]);
  expect(halves(second ?? [])).toEqual([3n, 4n, 'QUERY_ERROR']);
  expect(JSON.stringify([first, second], (_, v) => (typeof v === 'bigint' ? String(v) : v instanceof Error ? v.message : v))).not.toContain(
    'secret',
  );
});

test('an instant that is asked for is kept', async () => {
  const { ask } = asking();
  const [answer] = await ask(lambda, [{ entity: [2n], asOf: 77n }]);
  expect(answer?.asOf).toBe(77n);
});

test('while a lambda is asked, its others wait and go together, and another lambda has the other reader', async () => {
  const second = await openDuckdb({ threads: 1 });
  const { ask, counts } = openAsking({ readers: [reader, second], now: () => 1n, mostRows: 4, written: async () => {} });
  const order: string[] = [];
  const slow: StoredLambda = {
    ...lambda,
    sql: lambda.sql.replace('n // 2', 'n // 2 + 0 * (SELECT count(*) FROM range(40000000) AS r(i) WHERE hash(i) = 0)'),
  };
  const asked = (name: string, of: StoredLambda, ...ns: readonly number[]) =>
    ask(of, rows(...ns)).then((answers) => order.push(`${name} ${halves(answers)}`));
  const first = asked('first', slow, 2);
  await new Promise((turn) => setTimeout(turn, 20));
  await Promise.all([first, asked('waits', slow, 4), asked('waits', slow, 6), asked('other', lambda, 8)]);
  expect(order).toEqual(['other 4', 'first 1', 'waits 2', 'waits 3']);
  expect(counts()).toEqual({ queries: 3, rows: 4 });
  // Rows that fill a query need not wait.
  const one = asked('one', slow, 2);
  await new Promise((turn) => setTimeout(turn, 20));
  const all = [one, asked('full', slow, 2, 4, 6, 8), asked('waits', slow, 10)];
  await new Promise((turn) => setTimeout(turn, 20));
  expect(counts().queries).toBe(3 + 2);
  await Promise.all(all);
  expect(counts()).toEqual({ queries: 3 + 3, rows: 10 });
  second.close();
});
