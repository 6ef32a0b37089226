/** A witness as the page has it: a row that changed on its way is one row, and what is not as it was is said. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Catalog } from '../../compiler/catalog.ts';
import { loadProject } from '../../runners/cli/load.ts';
import type { ReportedDifference } from '../../runners/parity/report.ts';
import { reportData } from '../../runners/report/build.ts';
import { chat, coarse, difference, witness } from './coarse-chats.ts';
import { reportedRun } from './runs.ts';

let catalog: Catalog;
beforeAll(async () => {
  ({ catalog } = (await loadProject(join(import.meta.dirname, '../..'))).authored);
});

const given = witness.events.chats;
function shown(
  more: Partial<ReportedDifference>,
  chats: { batch: readonly object[]; stream: readonly object[] } = given,
  asked: object = {},
) {
  const events = { chats } as unknown as typeof witness.events;
  const report = coarse('f', { differences: [{ ...difference, witness: { ...witness, ...asked, events }, ...more }] });
  const project = { name: 'none', catalog, features: [], files: [], authored: new Map<string, string>() };
  const data = reportData([reportedRun('a', '2026-03-02T01:30:00.000000', [report])], project, { at: '', lockstep: '' });
  return data.features[0]?.series[0]?.latest.differences[0]?.witness;
}

test('a row with another time in the stream is one row, with what changed', () => {
  const [row, ...others] = shown({})?.rows ?? [];
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    side: 'changed',
    at: '2024-01-07T20:23:49.080000',
    streamAt: '2024-01-07T20:23:49.000000',
    change: 'c416: sent_at 20:23:49.080000 → 20:23:49.000000',
  });
  expect(row?.values.filter((v) => v.stream !== null)).toEqual([
    { name: 'sent_at', value: '2024-01-07T20:23:49.080000', stream: '2024-01-07T20:23:49.000000' },
  ]);
});

test('times of different days are written whole, and other values as they are', () => {
  const stream = [{ ...chat('2024-01-08T04:23:49.080000'), body: null }];
  expect(shown({}, { batch: given.batch, stream })?.rows[0]?.change).toBe(
    'c416: body p-01503f9170 → NULL, sent_at 2024-01-07 20:23:49.080000 → 2024-01-08 04:23:49.080000',
  );
});

test('of rows with one key those that are most alike belong together; rows of other keys do not', () => {
  const [one] = given.batch;
  const far = { ...chat('2024-01-01T00:00:00.000000'), body: 'x', stream_id: 'y' };
  const copy = { ...one, chat_id: 'c417' };
  const rows = shown({}, { batch: given.batch, stream: [far, copy, ...given.stream] })?.rows ?? [];
  expect(rows.map((r) => [r.side, r.values[0]?.value, r.at])).toEqual([
    ['stream', 'c416', '2024-01-01T00:00:00.000000'],
    ['changed', 'c416', '2024-01-07T20:23:49.080000'],
    ['stream', 'c417', '2024-01-07T20:23:49.080000'],
  ]);
});

test('what changed and came later is shown as later, with what changed', () => {
  const stream = [{ ...given.stream[0], ingested_at: '2024-01-07T23:00:00.000000' }];
  expect(shown({}, { batch: given.batch, stream })?.rows[0]).toMatchObject({
    side: 'later',
    arrivedAt: '2024-01-07T23:00:00.000000',
    change: 'c416: sent_at 20:23:49.080000 → 20:23:49.000000',
  });
});

test('what had come when it was asked is not later, however old the instant it was asked about', () => {
  const stream = [{ ...given.stream[0], ingested_at: '2024-01-07T23:00:00.000000' }];
  const asked = (askedAt: string) => shown({}, { batch: given.batch, stream }, { askedAt })?.rows[0]?.side;
  expect([asked('2024-01-07T22:59:59.999999'), asked('2024-01-07T23:00:00.000000')]).toEqual(['later', 'changed']);
});

test('what is not as it was, and another output than the first, are said', () => {
  expect(shown({})?.notes).toEqual([
    'This witness shows it in another output: last_action_at, not actions_24h.',
    'Personal values are replaced, equal ones by equal ones, and the day by one of the same weekday. Clock times and all other values, ids too, are as they were.',
  ]);
  const asItWas = { ...witness, asOf: difference.asOf };
  expect(shown({ column: 'last_action_at', witness: asItWas })?.notes).toEqual([
    'Personal values are replaced, equal ones by equal ones. Times and all other values, ids too, are as they were.',
  ]);
  expect(shown({ column: 'last_action_at', witness: { ...asItWas, rekeyed: false } })?.notes).toEqual([]);
});
