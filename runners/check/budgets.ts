/** Latency budgets of headers, held against profiles that were given. What was not measured is said by name. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { counted } from '../../compiler/counted.ts';
import type { FeatureDefinition } from '../../compiler/definition.ts';
import { type Diagnostic, error, warning } from '../../compiler/diagnostics.ts';
import { durationText } from '../../compiler/duration-text.ts';
import { currentProfile, type GivenProfile, p99 } from '../profile/current.ts';

export function findingsOfBudgets(
  definitions: readonly FeatureDefinition[],
  features: readonly CompiledFeature[],
  profiles: readonly GivenProfile[],
): readonly Diagnostic[] {
  return definitions.flatMap((definition) => {
    const compiled = features.find((f) => f.feature.name === definition.name);
    const budget = definition.header.latencyBudget;
    if (compiled === undefined || budget === null) return [];
    const finding = findingOf(compiled, budget, profiles);
    return finding === null ? [] : [{ ...finding, feature: definition.name }];
  });
}

type Budget = NonNullable<FeatureDefinition['header']['latencyBudget']>;

function findingOf(compiled: CompiledFeature, budget: Budget, profiles: readonly GivenProfile[]): Diagnostic | null {
  const again = `lockstep profile ${compiled.feature.name} --store <place> --json <file>`;
  const written = durationText(budget.microseconds);
  const slowest = currentProfile(compiled, profiles);
  if ('why' in slowest)
    return warning('latency-not-measured', budget.span, `the latency_budget of ${written} was not measured: ${slowest.why}`, again);
  if (p99(slowest) * 1000 <= Number(budget.microseconds)) return null;
  const requests = slowest.profile.batches[0]?.requests ?? 0;
  return error(
    'latency-over-budget',
    budget.span,
    `p99 of one entity is ${p99(slowest)} ms over ${counted(requests, 'request')} (${slowest.file}), and latency_budget is ${written}`,
    `${again} shows where the time goes, and what would help`,
  );
}
