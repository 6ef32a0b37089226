/** What is said of rows that the two sides do not have alike. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../compiler/value.ts';
import { deviationsOf } from '../../runners/parity/deviations.ts';
import { collectEvidence } from '../../runners/parity/evidence/collect.ts';
import { feature, sources } from '../lift/market.ts';
import { prepare } from '../support/forms.ts';

const { catalog, compiled } = prepare({
  sources,
  feature: feature('entity: stream_id', 'SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id'),
});
const second = 1_000_000n;
const start = BigInt(Date.UTC(2026, 0, 5, 12)) * 1000n;
type Row = readonly Value[];

/** Sixty chats in three streams, one every 17 seconds, each a second on its way. */
const chats = Array.from({ length: 60 }, (_, i): Row => {
  const at = start + BigInt(i * 17) * second + 250_000n;
  return [`c${i}`, `s${i % 3}`, `u${i}`, 3n, at, at + second];
});
const at = (row: Row | undefined): bigint => row?.[4] as bigint;

const deviations = (stream: readonly Row[]) => {
  const columns = catalog.sources.find((s) => s.name === 'chats')?.columns.map((c) => c.name) ?? [];
  const events = (rows: readonly Row[]) => new Map([['chats', { columns, rows }]]);
  return deviationsOf(collectEvidence(compiled.feature, catalog, events(chats), events(stream)), catalog);
};

describe('deviations', () => {
  test('the same rows have none', () => {
    expect(deviations([...chats].reverse())).toEqual([]);
  });

  test('times of one stream are cut from the twentieth row on: how many, of how many, since when, and what they share', () => {
    const cut = chats.map((row, i) => (i >= 20 && row[1] === 's1' ? row.with(4, at(row) - 250_000n) : row));
    const touched = chats.filter((row, i) => i >= 20 && row[1] === 's1');
    expect(deviations(cut)).toEqual([
      {
        source: 'chats',
        cause: 'timestamp_precision',
        what: 'have a coarser time in the stream',
        columns: ['SENT_AT'],
        rows: touched.length,
        of: 60,
        // From the first of them to the last one row in three.
        meanwhile: touched.length * 3 - 2,
        dated: [at(touched[0]), at(touched.at(-1))],
        arrived: [at(touched[0]) + second, at(touched.at(-1)) + second],
        common: [{ column: 'STREAM_ID', values: ['s1'] }],
      },
    ]);
  });

  test('a value that intact rows have, too, is nothing that they share', () => {
    const cut = chats.map((row, i) => (i >= 20 && i !== 31 && row[1] === 's1' ? row.with(4, at(row) - 250_000n) : row));
    expect(chats[31]?.[1]).toBe('s1');
    expect(deviations(cut)[0]?.common).toEqual([]);
  });

  test('rows that one side lacks have no columns; where all are gone there is nothing to tell them by', () => {
    const lost = deviations(chats.filter((_, i) => i < 30 || i > 33 || i % 2 === 0));
    expect(lost.map(({ cause, rows, columns }) => [cause, rows, columns])).toEqual([['lost', 2, []]]);
    const gap = deviations(chats.filter((_, i) => i < 20 || i >= 50));
    expect(gap).toMatchObject([{ cause: 'stream_gap', rows: 30, meanwhile: 30, common: [], dated: [at(chats[20]), at(chats[49])] }]);
  });
});
