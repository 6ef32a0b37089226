/** A run of `lockstep parity` as a whole: what is the same for all of its features. */
import type { FeatureReport, ParityMode } from '../parity/report.ts';

export interface Run {
  readonly id: string;
  /** `2026-01-31T01:30:00.000000`, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly mode: ParityMode;
  readonly seed: string;
  /** 0 to 1 */
  readonly target: number;
  readonly confidence: number;
  readonly lockstep: string;
  readonly batchEngine: string;
  readonly streamEngine: string;
  /** Personal values were not masked. */
  readonly raw: boolean;
  /** As they were given. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A feature that a run could not compare. */
export interface NotCompared {
  readonly feature: string;
  /** With values of rows, where those that read the run may see them. */
  readonly message: string;
  /** The same without what may hold a value of a row. */
  readonly plain: string;
}

/** What `parity --format json` prints, and what a history keeps. */
export interface ReportedRun {
  readonly run: Run;
  readonly features: readonly FeatureReport[];
  readonly errors: readonly NotCompared[];
}

/** Sorts by time; `random` tells runs of the same second apart. */
export function runId(startedAt: string, random: string): string {
  return `${startedAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z-${random}`;
}
