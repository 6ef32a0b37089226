/** One fault in a source shows in many features: it is told once, with whose they are, since when, and what its rows have in common. */
import { expect, test } from 'vitest';
import { deviationText, faultyDeviations } from '../../runners/parity/deviation-text.ts';
import type { FeatureReport } from '../../runners/parity/report.ts';
import { type ReportedProject, reportData } from '../../runners/report/build.ts';
import { faultsOf } from '../../runners/report/faults.ts';
import { coarse, deviation, incident } from './coarse-chats.ts';
import { featureReport, reportedRun } from './runs.ts';

const of = (report: FeatureReport, owner: string | null = 'feed', consumers: readonly string[] = []) => ({
  report,
  owner,
  consumers,
});

test('features of one cause in one source are one fault', () => {
  const [fault, ...others] = faultsOf([
    of(coarse('a'), 'feed', ['ranker']),
    of(coarse('b', { incidents: [{ ...incident, points: 46, from: '2026-03-01T12:00:00.000000' }] }), 'growth', ['ranker', 'mails']),
    of(coarse('b', { mode: 'served', incidents: [{ ...incident, points: 4 }] }), 'growth', ['ranker', 'mails']),
    of(coarse('c', { incidents: [{ ...incident, to: '2026-03-05T12:00:00.000000' }] }), null),
    of(featureReport('clean', { verdict: 'PROVEN' })),
  ]);
  expect(others).toEqual([]);
  expect(fault).toEqual({
    title: 'timestamp_precision in chats',
    causes: ['timestamp_precision'],
    deviations: [deviationText(deviation)],
    features: [
      { name: 'b', points: 50 },
      { name: 'a', points: 5 },
      { name: 'c', points: 5 },
    ],
    owners: ['feed', 'growth'],
    unowned: 1,
    consumers: ['mails', 'ranker'],
    points: 60,
    unsure: 0,
    from: '2026-03-01T12:00:00.000000',
    to: '2026-03-05T12:00:00.000000',
  });
});

test('other causes, and the same in other sources, are faults of their own: those of most features first', () => {
  const lost = { ...incident, cause: 'lost' as const, among: ['lost' as const], points: 99 };
  const inOrders = { ...incident, sources: ['orders'] };
  const inNone = { ...incident, cause: 'unknown' as const, among: [], sources: [] };
  const faults = faultsOf([of(coarse('a', { incidents: [lost, inOrders, inNone, incident] })), of(coarse('b'))]);
  expect(faults.map((f) => [f.title, f.points])).toEqual([
    ['timestamp_precision in chats', 10],
    ['lost in chats', 99],
    ['timestamp_precision in orders', 5],
    ['unknown', 5],
  ]);
  expect(faults.map((f) => f.deviations.length)).toEqual([1, 0, 0, 0]);
});

test('where lateness is needed besides, or would do alone, the fault is the other one', () => {
  const both = { ...incident, among: ['late' as const, 'timestamp_precision' as const], points: 25 };
  const either = { ...both, cause: 'ambiguous' as const, sources: [], points: 2 };
  const [fault, ...others] = faultsOf([of(coarse('a', { incidents: [both, either] }))]);
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ title: 'timestamp_precision in chats', points: 27, unsure: 2 });
  const open = { ...either, among: ['lost' as const, 'boundary' as const] };
  expect(faultsOf([of(coarse('a', { incidents: [open] }))])[0]).toMatchObject({ title: 'lost or boundary', points: 2, unsure: 0 });
});

test('a deviation says how many of how many, since when, and what these rows share', () => {
  expect(deviationText(deviation)).toBe(
    '115 of 714 rows of chats have a coarser time in the stream (sent_at). They arrived 2026-03-01 19:08:17 to 2026-03-05 12:49:33, as 304 other rows did.',
  );
  const common = [{ column: 'platform', values: ['android', null, 'ios'] }];
  expect(deviationText({ ...deviation, common })).toContain(
    ', as 304 other rows did. These, and no others of that time, have platform android, NULL or ios.',
  );
  expect(
    deviationText({ ...deviation, rows: 1, meanwhile: 1, arrived: null, what: 'are deletions that the stream missed', columns: [] }),
  ).toBe(
    '1 of 714 rows of chats is a deletion that the stream missed. It is dated 2026-03-01 19:05:00 to 2026-03-05 12:49:30, and so is no other row.',
  );
  expect(deviationText({ ...deviation, dated: null, arrived: null })).toMatch(/\(sent_at\)\.$/);
});

test('rows that only came late, or make no difference to the feature, are no fault of it', () => {
  const late = { ...deviation, cause: 'late' as const };
  expect(faultyDeviations(coarse('a', { deviations: [late, deviation, { ...deviation, cause: 'lost' }] }))).toEqual([deviation]);
});

test('the page of a feature says the same of its rows', () => {
  const nothing: ReportedProject = { name: 'none', catalog: { sources: [] }, features: [], files: [], authored: new Map() };
  const written = { at: '2026-01-03T01:00:00.000000', lockstep: '0.1.0' };
  const data = reportData([reportedRun('a', '2026-01-01T01:00:00.000000', [coarse('a')])], nothing, written);
  expect(data.features[0]?.series[0]?.latest.deviations).toEqual(data.faults[0]?.deviations);
  expect(data.faults[0]?.deviations).toHaveLength(1);
});
