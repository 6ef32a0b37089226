/** What needs a look is named first; what lateness explains is no fault, and comes last. */
import { expect, test } from 'vitest';
import { type ReportedProject, reportData } from '../../runners/report/build.ts';
import { shownCauses } from '../../runners/report/causes.ts';
import { coarse, incident } from './coarse-chats.ts';
import { reportedRun } from './runs.ts';

const nothing: ReportedProject = { name: 'none', catalog: { sources: [] }, features: [], files: [], authored: new Map() };

test('few unexplained points stand before many explained ones', () => {
  const late = { ...incident, cause: 'late' as const, explained: true, points: 272 };
  const causes = { late: 273, lost: 1, timestamp_precision: 46 };
  expect(shownCauses({ causes, incidents: [late, incident] })).toEqual([
    { name: 'timestamp_precision', points: 46, explained: false },
    { name: 'late', points: 1, explained: false },
    { name: 'lost', points: 1, explained: false },
    { name: 'late', points: 272, explained: true },
  ]);
});

test('a feature names the causes of all modes, each once', () => {
  const runs = (['replay', 'served'] as const).map((mode, i) =>
    reportedRun(mode, `2026-01-0${i + 1}T01:00:00.000000`, [coarse('f', { mode })]),
  );
  const data = reportData(runs, nothing, { at: '2026-01-03T01:00:00.000000', lockstep: '0.1.0' });
  expect(data.features[0]?.causes).toEqual([
    { name: 'timestamp_precision', points: 10, explained: false },
    { name: 'late', points: 2, explained: true },
  ]);
});
