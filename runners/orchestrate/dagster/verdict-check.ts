/** A feature's verdict as an asset check of Dagster: whoever is woken by it finds the cause, the interval, the owner and the way back in it. Pure. */
import type { FeatureReport } from '../../parity/report.ts';
import { openCauses, wordsOfCause } from '../../report/cause-words.ts';
import { wayBack } from '../../report/way-back.ts';
import { boundText, meaning } from '../../report/words.ts';
import { type CheckReport, type Metadata, metadata } from '../dagster-ts-client/index.ts';

export interface About {
  readonly owner: string | null;
  /** A page about the run; null: there is none. */
  readonly report: string | null;
}

type Verdict = Omit<CheckReport, 'assetKey' | 'checkName'>;

/** PROVEN passes. UNDECIDED does not, and warns: nothing compared is never green. */
export function verdictCheck(report: FeatureReport, about: About): Verdict {
  const { verdict } = report;
  return {
    passed: verdict === 'PROVEN',
    severity: verdict === 'VIOLATED' ? 'ERROR' : 'WARN',
    metadata: { ...factsOf(report), ...whoAndWhere(about), ...(verdict === 'PROVEN' ? {} : whyOf(report)) },
  };
}

/** Of a feature that could not be compared. */
export const failedCheck = (message: string, about: About): Verdict => ({
  passed: false,
  severity: 'ERROR',
  metadata: { verdict: 'not compared', because: shortened(message), ...whoAndWhere(about) },
});

function factsOf(report: FeatureReport): Metadata {
  return {
    verdict: report.verdict,
    meaning: meaning(report),
    bound: boundText(report),
    upper_bound: report.upperBound === null ? null : metadata.float(report.upperBound),
    target: metadata.float(report.target),
    confidence: metadata.float(report.confidence),
    mode: report.mode,
    population: report.population,
    points: report.samples,
    differ: report.mismatches,
    explained: report.explained,
    version: report.version,
    batch_version: report.batchVersion,
    lambda_version: report.lambdaVersion,
  };
}

const whoAndWhere = ({ owner, report }: About): Metadata => ({
  owner: owner ?? 'nobody',
  ...(report === null ? {} : { report: /^https?:/.test(report) ? metadata.url(report) : metadata.path(report) }),
});

const column = (name: string, type: string) => ({ name, type });
const incidentColumns = [
  column('cause', 'string'),
  column('from', 'string'),
  column('to', 'string'),
  column('points', 'int'),
  column('entities', 'int'),
  column('sources', 'string'),
  column('explained', 'bool'),
];

/** Dagster may read a long line half, and then reads no more of the run. */
const mostIncidents = 12;
const mostLetters = 300;
const shortened = (text: string): string => (text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text);

function whyOf(report: FeatureReport): Metadata {
  const incidents = report.incidents.slice(0, mostIncidents).map(({ cause, among, from, to, points, entities, sources, explained }) => ({
    cause: among.length > 1 ? `${cause}: ${among.join(cause === 'ambiguous' ? ' or ' : ' and ')}` : cause,
    from: String(from),
    to: String(to),
    points,
    entities,
    sources: shortened(sources.join(', ')),
    explained,
  }));
  const causes = openCauses(report);
  return {
    ...(incidents.length === 0 ? {} : { causes: metadata.table(incidents, incidentColumns) }),
    ...(report.incidents.length > mostIncidents ? { further_incidents: report.incidents.length - mostIncidents } : {}),
    ...(causes.length === 0
      ? {}
      : { why: metadata.md(causes.map((cause) => `**${cause}**: ${wordsOfCause(cause, report.incidents)}`).join('\n\n')) }),
    way_back: metadata.md(wayBack(report, causes)),
  };
}
