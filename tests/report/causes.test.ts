/** What needs a look is named first; what lateness explains is no fault, and comes last. */
import { expect, test } from 'vitest';
import { type ReportedProject, reportData } from '../../runners/report/build.ts';
import { definitionText } from '../../runners/report/cause-words.ts';
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

test('every cause that is shown has a sentence, and the page carries no others', () => {
  const either = { ...incident, cause: 'ambiguous' as const, among: ['late' as const, 'lost' as const], points: 2 };
  const report = coarse('f', { causes: { late: 1, timestamp_precision: 5, ambiguous: 2 }, incidents: [...coarse('f').incidents, either] });
  const data = reportData([reportedRun('a', '2026-01-01T01:00:00.000000', [report])], nothing, { at: '', lockstep: '' });
  expect(data.features[0]?.series[0]?.latest.open).toEqual(['timestamp_precision', 'ambiguous', 'lost']);
  expect(Object.keys(data.causeWords).sort()).toEqual(['ambiguous', 'late', 'lost', 'timestamp_precision']);
  expect(data.causeWords['timestamp_precision']).toBe(
    "Data: the stream has times cut to a coarser unit than the warehouse. The feature's SQL is fine; look at the producer or the connector of the source.",
  );
});

test('where the definition is not the reason, that is said', () => {
  const said = 'Same version on both sides, and the lambda is the one it compiles to: the definition is not the reason.';
  expect(definitionText(coarse('f'))).toBe(said);
  for (const more of [
    { lambda: 'tampered' },
    { lambda: 'unknown' },
    { lambdaVersion: 'older' },
    { batchVersion: 'foreign:0123456789ab' },
    { unexplained: 0 },
  ] as const)
    expect(definitionText(coarse('f', more))).toBeNull();
});
