/** Everything that a check does, on a project that was read and compiled. */
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { tableSources } from '../../compiler/artifacts/universe.ts';
import { withSeverities } from '../../compiler/check/project-rules.ts';
import { type Diagnostic, hasErrors } from '../../compiler/diagnostics.ts';
import { diagnosticJson } from '../../compiler/render-diagnostics.ts';
import { runExamples } from '../examples/run-examples.ts';
import { placeInRepository } from '../git.ts';
import type { GivenProfile } from '../profile/current.ts';
import { findingsOfBudgets } from './budgets.ts';
import type { CheckedProject, CheckResult, FeatureResult, RunResult } from './result.ts';
import { findingsOfRun, mismatchResult } from './run/findings.ts';
import { type RanFeature, type RunOptions, runFeatures } from './run/run-features.ts';
import { changesSince } from './since.ts';

export interface CheckOptions {
  /** A commit, branch or tag. */
  readonly since: string | undefined;
  /** On generated events; undefined: not at all. */
  readonly run: RunOptions | undefined;
  /** That latency budgets are held against; undefined: they are not. */
  readonly profiles: readonly GivenProfile[] | undefined;
  /** UTC, to the second: 2026-01-31T12:00:00 */
  readonly at: string;
  readonly onProgress: (label: string, done: number, total: number) => void;
}

export async function runCheck(project: CheckedProject, { since, run, profiles, at, onProgress }: CheckOptions): Promise<CheckedResult> {
  const { authored, compiled, files } = project;
  const changes = since === undefined ? null : await changesSince(since, project);
  const cases = authored.features.flatMap((definition) => {
    const own = compiled.features.find((c) => c.feature.name === definition.name);
    return own === undefined ? [] : definition.header.examples.map((example) => ({ example, compiled: own }));
  });
  const examples = await runExamples(cases, authored.catalog, (done) => onProgress('examples', done, cases.length));
  const features = compiled.features;
  const ran =
    run === undefined
      ? []
      : await runFeatures(features, authored.catalog, run, (done) => onProgress('generated events', done, features.length));
  const said = ran.flatMap((r) => findingsOfRun(r.compiled.feature, authored.catalog, r.run, run?.seed ?? ''));
  const budgets = profiles === undefined ? [] : findingsOfBudgets(authored.features, features, profiles);
  const diagnostics = [...project.diagnostics, ...examples, ...withSeverities([...said, ...budgets], authored.config.rules)];
  return {
    diagnostics,
    result: {
      ok: !hasErrors(diagnostics),
      prefix: await placeInRepository(project.folder),
      findings: diagnostics.map((d) => diagnosticJson(d, files)),
      features: featuresOf(project, ran),
      profiles: profiles?.length ?? null,
      seed: run?.seed ?? null,
      since: changes,
      at,
    },
  };
}

export interface CheckedResult {
  readonly result: CheckResult;
  /** The findings as they are shown with the lines that they speak of. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Definitions that cannot be read have no name and no owner here; their findings have a file. */
function featuresOf({ authored, compiled }: CheckedProject, ran: readonly RanFeature[]): readonly FeatureResult[] {
  return authored.features
    .map((definition): FeatureResult => {
      const own = compiled.features.find((c) => c.feature.name === definition.name);
      const run = ran.find((r) => r.compiled === own);
      return {
        feature: definition.name,
        file: definition.file,
        owner: definition.header.owner,
        latencyBudget: definition.header.latencyBudget?.microseconds.toString() ?? null,
        consumers: definition.header.consumers,
        version: own?.version ?? null,
        sources: own === undefined ? [] : tableSources(own.feature),
        examples: definition.header.examples.length,
        run: run === undefined ? null : runResult(run, authored.catalog),
      };
    })
    .sort((a, b) => (a.feature < b.feature ? -1 : 1));
}

function runResult({ compiled: { feature }, run }: RanFeature, catalog: CheckedProject['authored']['catalog']): RunResult {
  const { points, telling, unreached, raised, forms } = run;
  return {
    points,
    telling,
    unreached: unreached.map(outputName),
    raised,
    forms,
    mismatches: run.mismatches.map((m) => mismatchResult(feature, catalog, m)),
  };
}
