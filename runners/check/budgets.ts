/** Latency budgets of headers, held against profiles that were given. What was not measured is said by name. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { counted } from '../../compiler/counted.ts';
import type { FeatureDefinition } from '../../compiler/definition.ts';
import { type Diagnostic, error, warning } from '../../compiler/diagnostics.ts';
import { durationText } from '../../compiler/duration-text.ts';
import type { Profile } from '../profile/profile.ts';

/** A profile, and the file that it was read from. */
export interface GivenProfile {
  readonly file: string;
  readonly profile: Profile;
}

export function findingsOfBudgets(
  definitions: readonly FeatureDefinition[],
  features: readonly CompiledFeature[],
  profiles: readonly GivenProfile[],
): readonly Diagnostic[] {
  return definitions.flatMap((definition) => {
    const compiled = features.find((f) => f.feature.name === definition.name);
    const budget = definition.header.latencyBudget;
    if (compiled === undefined || budget === null) return [];
    const own = profiles.filter((p) => p.profile.feature === definition.name);
    const finding = findingOf(compiled, budget, own);
    return finding === null ? [] : [{ ...finding, feature: definition.name }];
  });
}

type Budget = NonNullable<FeatureDefinition['header']['latencyBudget']>;

/** Of several profiles of this version the slowest counts: what one machine cannot keep is not kept. */
function findingOf(
  { feature: { name }, version, lambdaSql }: CompiledFeature,
  budget: Budget,
  own: readonly GivenProfile[],
): Diagnostic | null {
  const again = `lockstep profile ${name} --store <place> --json <file>`;
  const written = durationText(budget.microseconds);
  const current = own.filter(({ profile }) => profile.version === version && profile.sqlSha256 === sha256(lambdaSql));
  const slowest = current.reduce<GivenProfile | null>((worst, p) => (worst === null || p99(p) > p99(worst) ? p : worst), null);
  if (slowest === null) {
    const [stale] = own;
    const why =
      stale === undefined
        ? 'no profile is of this feature'
        : stale.profile.version === version
          ? `${stale.file} is of SQL that Lockstep compiles otherwise now`
          : `${stale.file} is of version ${stale.profile.version}, and this is ${version}`;
    return warning('latency-not-measured', budget.span, `the latency_budget of ${written} was not measured: ${why}`, again);
  }
  if (p99(slowest) * 1000 <= Number(budget.microseconds)) return null;
  const requests = slowest.profile.batches[0]?.requests ?? 0;
  return error(
    'latency-over-budget',
    budget.span,
    `p99 of one entity is ${p99(slowest)} ms over ${counted(requests, 'request')} (${slowest.file}), and latency_budget is ${written}`,
    `${again} shows where the time goes, and what would help`,
  );
}

const p99 = ({ profile }: GivenProfile): number => profile.batches[0]?.p99 ?? Number.POSITIVE_INFINITY;
