/** Of each feature and mode the newest failure, where no verdict has come since. Pure. */
import type { ParityMode } from '../parity/report.ts';
import type { NotCompared, ReportedRun } from './run.ts';

export interface StandingFailure extends NotCompared {
  readonly mode: ParityMode;
  readonly run: string;
  /** `2026-01-31T01:30:00.000000`, UTC. */
  readonly startedAt: string;
}

/** The newest first. */
export function standingFailures(runs: readonly ReportedRun[]): readonly StandingFailure[] {
  const seen = new Set<string>();
  const isNew = (feature: string, mode: ParityMode): boolean => {
    const key = JSON.stringify([feature, mode]);
    const before = seen.size;
    return seen.add(key).size > before;
  };
  return [...runs].sort(newestFirst).flatMap(({ run, features, errors }) => {
    for (const { feature, mode } of features) isNew(feature, mode);
    const { id, startedAt, mode } = run;
    return errors.flatMap((failure) => (isNew(failure.feature, mode) ? [{ ...failure, mode, run: id, startedAt }] : []));
  });
}

export const newestFirst = ({ run: a }: ReportedRun, { run: b }: ReportedRun): number =>
  a.startedAt === b.startedAt ? (a.id < b.id ? 1 : -1) : a.startedAt < b.startedAt ? 1 : -1;
