/** A verdict in an event: as a facet of Lockstep's own, and as tests that every tool knows. Counts, names and instants; no value of a row. Pure. */
import type { FeatureReport } from '../../parity/report.ts';
import type { Facet, Facets } from './event.ts';
import type { Write } from './facets.ts';
import { utc } from './times.ts';
import { verdictSchemaUrl } from './verdict-schema.ts';

/** `historyRun`: under which a history keeps the run; null: none does. */
export function verdictFacet(report: FeatureReport, historyRun: string | null, write: Write): Facet {
  return write(verdictSchemaUrl, {
    verdict: report.verdict,
    mode: report.mode,
    version: report.version,
    batchVersion: report.batchVersion,
    lambdaVersion: report.lambdaVersion,
    points: report.samples,
    mismatches: report.mismatches,
    explained: report.explained,
    unexplained: report.unexplained,
    referencePoints: report.referencePoints,
    referenceMismatches: report.referenceMismatches,
    bound: report.upperBound,
    target: report.target,
    confidence: report.confidence,
    census: report.census,
    moreNeeded: report.moreNeeded,
    incidents: report.incidents.map(({ cause, among, explained, sources, from, to, points, entities }) => ({
      cause,
      among,
      explained,
      sources,
      from: utc(from),
      to: utc(to),
      points,
      entities,
    })),
    historyRun,
  });
}

/** PROVEN passes. UNDECIDED does not, and warns: nothing compared is never green. */
const outcome = ({ verdict }: FeatureReport) => ({
  passed: verdict === 'PROVEN',
  severity: verdict === 'UNDECIDED' ? 'warn' : 'error',
  expected: 'PROVEN',
  actual: verdict,
});

/** Of the data that were compared. */
export function assertions(report: FeatureReport, write: Write): Facets {
  const { passed, ...rest } = outcome(report);
  const assertion = { assertion: 'parity', success: passed, name: nameOf(report), ...rest };
  return { dataQualityAssertions: write('DataQualityAssertionsDatasetFacet 1-1-0', { assertions: [assertion] }) };
}

/** Of the run, whatever was compared. */
export function testFacet(report: FeatureReport, write: Write): Facet {
  const { passed, ...rest } = outcome(report);
  return write('TestRunFacet 1-0-1', { tests: [{ name: nameOf(report), status: passed ? 'pass' : 'fail', type: 'parity', ...rest }] });
}

const nameOf = ({ feature, mode }: FeatureReport): string => `${feature} ${mode}`;
