/** What differs, point by point, in the order in which it deserves a look. */
import { expect, test } from 'vitest';
import type { ReportedDifference } from '../../runners/parity/report.ts';
import { type ReportedProject, reportData } from '../../runners/report/build.ts';
import { rankedPoints } from '../../runners/report/points.ts';
import { coarse, difference } from './coarse-chats.ts';
import { featureReport, reportedRun } from './runs.ts';

const nothing: ReportedProject = { name: 'none', catalog: { sources: [] }, features: [], files: [], authored: new Map() };
const at = (second: number): string => `2026-03-01T21:03:0${second}.000000`;
const ranked = (differences: readonly ReportedDifference[], causes: Readonly<Record<string, number>> = {}) =>
  rankedPoints({ differences, causes });

test('what needs a look stands first, whatever else there is', () => {
  const [late, unknown] = featureReport('f').differences;
  if (late === undefined || unknown === undefined) throw new Error('no differences');
  const lost = { ...late, cause: 'lost' as const, among: ['lost' as const], explained: false, asOf: at(1) };
  const points = ranked([late, unknown, { ...lost, witness: null, asOf: at(2) }, lost], { late: 5, lost: 2 });
  expect(points.map(([d, ...others]) => [d.cause, d.witness !== null, others.length])).toEqual([
    ['lost', true, 0],
    ['lost', false, 0],
    ['unknown', false, 0],
    ['late', true, 0],
  ]);
});

test('one cause alone teaches more than one that needs lateness besides', () => {
  const both = { ...difference, among: ['late' as const, 'timestamp_precision' as const], asOf: at(1) };
  const alone = { ...difference, witness: null, asOf: at(2) };
  const either = { ...both, cause: 'ambiguous' as const, asOf: at(0) };
  expect(ranked([either, both, alone], { timestamp_precision: 2, ambiguous: 9 }).map(([d]) => d.asOf)).toEqual([at(2), at(0), at(1)]);
});

test('a point is one entry, however many outputs differ', () => {
  const other = { ...difference, column: 'last_action_at', batch: null, stream: '2026-03-01T20:23:49.000000', witness: null };
  const elsewhere = { ...other, key: { user_id: 'masked 66d73870e508' } };
  const { stream, ...against } = difference;
  const reference = { ...against, reference: '9', witness: null };
  const report = coarse('f', { differences: [other, difference, reference, elsewhere], mismatches: 40 });
  const data = reportData([reportedRun('a', '2026-03-02T01:30:00.000000', [report])], nothing, { at: '', lockstep: '' });
  const latest = data.features[0]?.series[0]?.latest;
  expect(stream).toBe('7');
  expect(latest?.differences.map((p) => [p.key, p.against, p.outputs, p.witness !== null])).toEqual([
    [
      'user_id = masked 5aa08d173648',
      'stream',
      [
        { column: 'last_action_at', batch: 'NULL', value: '2026-03-01T20:23:49.000000' },
        { column: 'actions_24h', batch: '8', value: '7' },
      ],
      true,
    ],
    ['user_id = masked 5aa08d173648', 'reference', [{ column: 'actions_24h', batch: '8', value: '9' }], false],
    ['user_id = masked 66d73870e508', 'stream', [{ column: 'last_action_at', batch: 'NULL', value: '2026-03-01T20:23:49.000000' }], false],
  ]);
  expect(latest?.omitted).toBe(37);
});
