/** Nights as a history has them, written short: what was found of each feature. */
import type { NotCompared, ReportedRun } from '../../runners/history/run.ts';
import type { FeatureReport } from '../../runners/parity/report.ts';
import { featureReport, reportedRun } from '../report/runs.ts';

type Incident = FeatureReport['incidents'][number];

export function incident(cause: Incident['cause'], more: Partial<Incident> = {}): Incident {
  const at = { from: '2026-01-01T01:00:00.000000', to: '2026-01-01T03:00:00.000000' };
  return { cause, among: [cause], explained: false, sources: ['views'], ...at, points: 12, entities: 3, ...more };
}

export const red = (feature: string, ...incidents: readonly (Incident | Incident['cause'])[]): FeatureReport => {
  const found = incidents.map((i) => (typeof i === 'string' ? incident(i) : i));
  const open = found.reduce((sum, i) => sum + (i.explained ? 0 : i.points), 0);
  const explained = found.reduce((sum, i) => sum + (i.explained ? i.points : 0), 0);
  const causes: Record<string, number> = {};
  for (const { cause, points } of found) causes[cause] = (causes[cause] ?? 0) + points;
  const counts = { samples: 500, mismatches: open + explained, explained, unexplained: open, causes };
  return featureReport(feature, { verdict: 'VIOLATED', ...counts, incidents: found, differences: [] });
};

export const green = (feature: string): FeatureReport => plain(feature, { verdict: 'PROVEN', upperBound: 0.0005, moreNeeded: null });
export const undecided = (feature: string): FeatureReport => plain(feature, { verdict: 'UNDECIDED', upperBound: null, moreNeeded: null });

function plain(feature: string, more: Partial<FeatureReport>): FeatureReport {
  const nothing = {
    mismatches: 0,
    explained: 0,
    unexplained: 0,
    causes: {},
    incidents: [],
    differences: [],
    deviations: [],
    freshness: [],
  };
  return featureReport(feature, { ...nothing, ...more });
}

/** As `parity` says it to those who may see values. */
export const failure = (feature: string, plain = 'the target prod has no table of it'): NotCompared => ({
  feature,
  message: `${plain}: 'HUNTER2'`,
  plain,
});

/** The nth of January 2026, at two: features with a verdict, and those that could not be compared. */
export function night(
  n: number,
  found: readonly (FeatureReport | NotCompared)[],
  options: ReportedRun['run']['options'] = {},
): ReportedRun {
  const day = String(n).padStart(2, '0');
  const { run } = reportedRun(`202601${day}T020000Z-aaaaaa`, `2026-01-${day}T02:00:00.000000`);
  const features = found.flatMap((one) => ('plain' in one ? [] : [one]));
  return { run: { ...run, options }, features, errors: found.flatMap((one) => ('plain' in one ? [one] : [])) };
}
