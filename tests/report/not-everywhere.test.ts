/** A promise about the sample that was kept, and something else beside the sample: neither hides the other. */
import { expect, test } from 'vitest';
import type { FeatureReport } from '../../runners/parity/report.ts';
import { type ReportedProject, reportData } from '../../runners/report/build.ts';
import { coarse } from './coarse-chats.ts';
import { featureReport, reportedRun } from './runs.ts';

const written = { at: '2026-01-03T01:00:00.000000', lockstep: '0.1.0' };
const nothing: ReportedProject = { name: 'none', catalog: { sources: [] }, features: [], files: [], authored: new Map() };
const data = (...features: readonly FeatureReport[]) =>
  reportData([reportedRun('a', '2026-01-01T01:00:00.000000', features)], nothing, written).features;

test('the sentence says that it is not so everywhere, where, how often and why', () => {
  const [feature] = data(coarse('f'));
  expect(feature).toMatchObject({ verdict: 'PROVEN', notEverywhere: true });
  expect(feature?.series[0]?.latest.but).toBe(
    'But not everywhere: beside the sample 5 points differ that lateness does not explain (timestamp_precision).',
  );
  expect(feature?.series[0]?.latest.meaning).toContain('No (entity, as_of) pair of the sample mismatches beside the 1 point');
  expect(feature?.series[0]?.nights.map((n) => n.notEverywhere)).toEqual([true]);
});

test('points of the sample itself, too few to break the promise, are said to be of it', () => {
  const strata: FeatureReport['strata'] = [{ where: 'sample', entities: 10, points: 5000, mismatches: 2 }];
  const butOf = (more: Partial<FeatureReport>) => data(coarse('f', { strata, ...more }))[0]?.series[0]?.latest.but;
  expect(butOf({})).toBe(
    'But not everywhere: in the sample 2 points and beside it 3 points differ that lateness does not explain (timestamp_precision).',
  );
  expect(butOf({ unexplained: 2 })).toBe(
    'But not everywhere: in the sample 2 points differ that lateness does not explain (timestamp_precision).',
  );
  expect(butOf({ unexplained: 0 })).toBeNull();
  expect(butOf({ verdict: 'VIOLATED' })).toBeNull();
});

test('such features stand after those without a proof, and before the clean', () => {
  const features = data(
    featureReport('clean', { verdict: 'PROVEN' }),
    coarse('not_everywhere'),
    featureReport('open', { verdict: 'UNDECIDED' }),
    featureReport('bad', { verdict: 'VIOLATED', unexplained: 1 }),
  );
  expect(features.map((f) => f.name)).toEqual(['bad', 'open', 'not_everywhere', 'clean']);
});

test('in whichever mode it was seen', () => {
  const runs = (['logic', 'replay'] as const).map((mode, i) =>
    reportedRun(mode, `2026-01-0${i + 1}T01:00:00.000000`, [
      mode === 'logic' ? featureReport('f', { mode, verdict: 'PROVEN' }) : coarse('f', { mode }),
    ]),
  );
  const [feature] = reportData(runs, nothing, written).features;
  expect(feature?.series.map((s) => s.mode)).toEqual(['replay', 'logic']);
  expect(feature?.notEverywhere).toBe(true);
});
