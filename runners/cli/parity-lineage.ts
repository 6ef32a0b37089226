/** What `parity` compares, as runs of OpenLineage. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { type ComparedTable, type Comparing, comparisonEnded, comparisonStarted } from '../orchestrate/lineage/parity-runs.ts';
import type { FeatureReport } from '../parity/report.ts';
import { batchSideOf } from './batch-side.ts';
import type { Runs } from './lineage-runs.ts';
import type { LoadedProject } from './load.ts';
import type { ParityOptions } from './parity-options.ts';
import { parseInterval } from './parity-sides.ts';

export interface Comparison {
  readonly verdict: (report: FeatureReport) => void;
  /** `message`: without values of rows. */
  readonly fail: (message: string) => void;
}

/** Null: nobody is told. `historyRun`: under which a history keeps the run; null: none does. */
export function comparisonsOf(
  runs: Runs | null,
  options: ParityOptions,
  project: LoadedProject,
  historyRun: string | null,
): (compiled: CompiledFeature) => Comparison | null {
  if (runs === null) return () => null;
  const { speaker } = runs.lineage;
  const [from, to] = options.interval === undefined ? [] : parseInterval(options.interval);
  const span = from === undefined || to === undefined ? null : { from, to };
  const table = tableOf(runs, options, project);
  return (compiled) => {
    const comparing: Comparing = { compiled, catalog: project.authored.catalog, table, span, historyRun };
    const run = runs.start(comparisonStarted(comparing, speaker));
    return { verdict: (report) => run.complete(comparisonEnded(comparing, report, speaker)), fail: run.fail };
  };
}

function tableOf({ lineage }: Runs, { batch }: ParityOptions, project: LoadedProject): ComparedTable | null {
  const side = batch === undefined ? undefined : batchSideOf(batch, project);
  if (side?.kind !== 'target') return lineage.declared === null ? null : { kind: 'declared', place: lineage.declared };
  const place = lineage.placeOf(side.target.name);
  return place === null ? null : { kind: 'target', place, relation: side.relation?.split('.') ?? null };
}
