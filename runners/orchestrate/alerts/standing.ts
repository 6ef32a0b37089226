/** Of each feature and mode the verdict that stands: what a history last said of it, and what that does not take back. Pure. */
import { isForeignVersion } from '../../foreign-version.ts';
import type { ReportedRun } from '../../history/run.ts';
import { newestFirst, type StandingFailure, standingFailures } from '../../history/standing-failures.ts';
import type { FeatureReport } from '../../parity/report.ts';

export interface Standing {
  readonly run: string;
  /** `2026-01-31T01:30:00.000000`, UTC. */
  readonly startedAt: string;
  readonly report: FeatureReport;
  /** Of the newest verdict, which may take nothing back. */
  readonly judgedAt: string;
}

export interface Stands {
  readonly verdicts: readonly Standing[];
  /** Of what has no verdict since. */
  readonly failures: readonly StandingFailure[];
}

/**
 * An UNDECIDED that comes after a VIOLATED takes nothing back: then the older one stands. Nor does a PROVEN of points that somebody chose, or of a form
 * that Lockstep did not compile, after a VIOLATED of the whole.
 */
export function standingOf(runs: readonly ReportedRun[]): Stands {
  const series = new Map<string, Asked[]>();
  for (const { run, features } of [...runs].sort(newestFirst))
    for (const report of features) {
      const key = JSON.stringify([report.feature, report.mode]);
      const isPart = run.options['spine'] !== undefined || report.lambda === 'foreign' || isForeignVersion(report.batchVersion);
      const asked = { run: run.id, startedAt: run.startedAt, report, isPart };
      series.set(key, [...(series.get(key) ?? []), asked]);
    }
  const verdicts = [...series.values()].flatMap((asked) => {
    const [newest, found] = [asked[0], standing(asked)];
    if (newest === undefined || found === undefined) return [];
    return [{ run: found.run, startedAt: found.startedAt, report: found.report, judgedAt: newest.startedAt }];
  });
  return { verdicts, failures: standingFailures(runs) };
}

interface Asked extends Omit<Standing, 'judgedAt'> {
  readonly isPart: boolean;
}

/** `asked`: the newest first. */
function standing(asked: readonly Asked[]): Asked | undefined {
  const [newest] = asked;
  const last = lastDecided(asked.filter(({ report }) => report.verdict !== 'UNDECIDED'));
  return last === undefined || (last.report.verdict === 'PROVEN' && newest?.report.verdict === 'UNDECIDED') ? newest : last;
}

function lastDecided(decided: readonly Asked[]): Asked | undefined {
  const [last] = decided;
  if (last === undefined || !last.isPart || last.report.verdict === 'VIOLATED') return last;
  const wholeProof = decided.findIndex(({ isPart, report }) => !isPart && report.verdict === 'PROVEN');
  const since = wholeProof < 0 ? decided : decided.slice(0, wholeProof);
  return since.find(({ isPart, report }) => !isPart && report.verdict === 'VIOLATED') ?? last;
}
