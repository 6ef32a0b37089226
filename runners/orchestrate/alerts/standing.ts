/** Of each feature and mode the verdict that stands: what a history last said of it, and what that does not take back. Pure. */

import { type AskedInterval, askedInterval, holdsWhole } from '../../data/interval.ts';
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
 * that Lockstep did not compile, after a VIOLATED of the whole; nor one of another interval: what is wrong yesterday is not mended by a good today.
 */
export function standingOf(runs: readonly ReportedRun[]): Stands {
  const series = new Map<string, Asked[]>();
  for (const { run, features } of [...runs].sort(newestFirst))
    for (const report of features) {
      const key = JSON.stringify([report.feature, report.mode]);
      const isPart = run.options['spine'] !== undefined || report.lambda === 'foreign' || isForeignVersion(report.batchVersion);
      const asked = { run: run.id, startedAt: run.startedAt, report, isPart, interval: askedInterval(run.options['interval']) };
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
  readonly interval: AskedInterval;
}

/** `asked`: the newest first. */
function standing(asked: readonly Asked[]): Asked | undefined {
  const [newest] = asked;
  const last = lastDecided(asked.filter(({ report }) => report.verdict !== 'UNDECIDED'));
  return last === undefined || (last.report.verdict === 'PROVEN' && newest?.report.verdict === 'UNDECIDED') ? newest : last;
}

function lastDecided(decided: readonly Asked[]): Asked | undefined {
  const proofs: Asked[] = [];
  for (const asked of decided) {
    if (asked.report.verdict === 'PROVEN') proofs.push(asked);
    else if (!proofs.some((proof) => takesBack(proof, asked))) return asked;
  }
  return decided[0];
}

function takesBack(proof: Asked, violated: Asked): boolean {
  if (proof.isPart && !violated.isPart) return false;
  // Of another version the table and the lambda are others.
  return proof.report.version !== violated.report.version || holdsWhole(proof.interval, violated.interval);
}
