/** What a history says of a feature: by mode its newest verdict, and the last fourteen nights. */
import type { ReportedRun } from '../../history/run.ts';
import type { FeatureReport } from '../../parity/report.ts';
import { boundText, notEverywhere } from '../words.ts';
import type { CatalogNight, CatalogParity, ParityMode, Verdict } from './model.ts';

const modes: readonly ParityMode[] = ['logic', 'replay', 'served'];
const shownNights = 14;
const dayMilliseconds = 86_400_000;

const nightOf = (startedAt: string): string => startedAt.slice(0, 10);

/** Dates up to the newest run, whether or not anything ran in them: a night that was left out is seen. `runs`: in the order of time. */
export function nightsOf(runs: readonly ReportedRun[]): readonly string[] {
  const newest = runs.at(-1)?.run.startedAt;
  if (newest === undefined) return [];
  const last = Date.parse(`${nightOf(newest)}T00:00:00Z`);
  return Array.from({ length: shownNights }, (_, i) => new Date(last - (shownNights - 1 - i) * dayMilliseconds).toISOString().slice(0, 10));
}

/** `version`: as the project compiles now; null: it does not. */
export function parityOf(
  feature: string,
  version: string | null,
  runs: readonly ReportedRun[],
  nights: readonly string[],
): readonly CatalogParity[] {
  const own = runs.flatMap(({ run, features }) => features.filter((f) => f.feature === feature).map((report) => ({ run, report })));
  return modes.flatMap((mode) => {
    const compared = own.filter(({ report }) => report.mode === mode);
    const newest = compared.at(-1);
    if (newest === undefined) return [];
    const { run, report } = newest;
    const { verdict, upperBound, target, confidence, census, samples, mismatches, unexplained } = report;
    return [
      {
        mode,
        verdict,
        notEverywhere: notEverywhere(report),
        run: run.id,
        startedAt: run.startedAt,
        version: report.version,
        otherThanNow: otherThanNow(report, version),
        bound: boundText(report),
        upperBound,
        target,
        confidence,
        census,
        samples,
        mismatches,
        unexplained,
        nights: nights.map((night) => worstOf(compared.filter((c) => nightOf(c.run.startedAt) === night).map((c) => c.report))),
      },
    ];
  });
}

const ranks: Readonly<Record<Verdict, number>> = { VIOLATED: 0, UNDECIDED: 1, PROVEN: 3 };
const rank = (report: FeatureReport): number => (notEverywhere(report) ? 2 : ranks[report.verdict]);

function worstOf(reports: readonly FeatureReport[]): CatalogNight | null {
  const [worst] = [...reports].sort((a, b) => rank(a) - rank(b));
  return worst === undefined ? null : { verdict: worst.verdict, notEverywhere: notEverywhere(worst), runs: reports.length };
}

/** A verdict about other artifacts than the two that compile now is none about these. */
function otherThanNow({ version, batchVersion, lambdaVersion, lambda }: FeatureReport, now: string | null): string | null {
  if (now === null) return `version ${version}; it does not compile now`;
  if (version !== now) return `version ${version}`;
  if (batchVersion !== now) return `a batch form of version ${batchVersion}`;
  if (lambdaVersion !== now) return `a lambda of version ${lambdaVersion}`;
  if (lambda === 'tampered') return 'a lambda whose SQL was changed';
  return lambda === 'foreign' ? 'SQL that Lockstep did not compile' : null;
}
