/** The text of a report: every cause is named, and listed points and those that are more add up. */
import { expect, test } from 'vitest';
import { noForeign } from '../../runners/parity/foreign-text.ts';
import type { FeatureReport, ReportedDifference } from '../../runners/parity/report.ts';
import { reportText } from '../../runners/parity/report-text.ts';
import { featureReport } from '../report/runs.ts';

const of = (point: number, column: string, more: Partial<ReportedDifference> = {}): ReportedDifference => ({
  key: { id: `e${point}` },
  asOf: '2026-01-01T00:00:00.000000',
  column,
  batch: '1',
  stream: '2',
  outcome: 'different',
  cause: 'unknown',
  among: [],
  explained: false,
  proof: '',
  witness: null,
  ...more,
});
/** A difference from the reference. */
const judged = (point: number, column: string): ReportedDifference => {
  const { stream, ...rest } = of(point, column);
  return { ...rest, reference: '3' };
};
const notes = {
  nothingHappened: false,
  otherVersions: { answers: 0, versions: [] },
  undated: 0,
  latenessBudgetGiven: false,
  foreign: noForeign,
  table: null,
};
const text = (more: Partial<FeatureReport>, differing?: number): string =>
  reportText(
    featureReport('f', {
      causes: {},
      deviations: [],
      ...more,
      ...(differing === undefined ? {} : { notes: { ...notes, differing } }),
    }),
  );
const columns = ['a', 'b', 'c', 'd', 'e', 'f'];
const listed = (of: string): readonly string[] => of.split('\n').filter((line) => line.startsWith('  {'));

test('an unknown cause is a cause, too', () => {
  expect(text({ causes: { unknown: 9 }, explained: 0 })).toContain('causes: unknown 9');
  expect(text({ causes: { lost: 1, unknown: 9 }, explained: 0 })).toContain('causes: lost 1, unknown 9');
});

test('what is more than is listed counts the points that differ, not what the report has room for', () => {
  const differences = Array.from({ length: 1000 }, (_, i) => of(Math.floor(i / 6), columns[i % 6] as string));
  const said = text({ differences, mismatches: 5000 }, 5007);
  expect(listed(said)).toHaveLength(6);
  expect(said).toContain('… and 5001 more points (--format json has more of them)');
});

test('a point that differs in both ways is one point', () => {
  const differences = [...[1, 2, 3, 4, 5, 6, 7].map((i) => of(i, 'a')), ...[1, 7, 8].map((i) => judged(i, 'a'))];
  const said = text({ differences }, 8);
  expect(said).toContain('  {"id":"e1"} at 2026-01-01T00:00:00.000000: a "1" in batch, "2" in the lambda, "3" in the reference');
  expect(listed(said)).toHaveLength(6);
  expect(said).toContain('… and 2 more points (--format json has them)');
});

test('the same answer twice is listed once, as what it is, and no column twice', () => {
  const twice = [...columns, ...columns].map((column) => of(1, column));
  const said = text({ differences: [...twice, of(2, 'a')] }, 3);
  expect(listed(said)).toHaveLength(2);
  expect(said).toContain('  {"id":"e1"} at 2026-01-01T00:00:00.000000, 2 times: a "1"');
  expect(said).toContain('; and 3 more columns\n');
  expect(said).not.toContain('more point');
});

test('two answers about one point that are not the same are listed apart', () => {
  const said = text({ differences: [of(1, 'a'), of(1, 'b'), of(1, 'a', { stream: '9' }), of(1, 'b')] }, 2);
  expect(listed(said)).toHaveLength(2);
  expect(said).not.toContain('times');
});

test('one more point is one', () => {
  expect(text({ differences: [1, 2, 3, 4, 5, 6, 7].map((i) => of(i, 'a')) }, 7)).toContain('… and 1 more point (');
});
