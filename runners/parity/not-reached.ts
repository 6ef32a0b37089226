/** A feature that the budget of a night did not reach: nothing is known of it, and nothing is green. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { FeatureReport, ParityMode } from './report.ts';
import type { Aim } from './verdict.ts';

export function notReached({ feature, version }: CompiledFeature, mode: ParityMode, aim: Aim, usedUp: string): FeatureReport {
  return {
    feature: feature.name,
    version,
    batchVersion: version,
    lambdaVersion: version,
    lambda: 'unknown',
    mode,
    verdict: 'UNDECIDED',
    population: `not reached: the budget of ${usedUp} was used up before`,
    census: false,
    populationSize: 0,
    drawn: 0,
    samples: 0,
    mismatches: 0,
    referencePoints: 0,
    referenceMismatches: 0,
    ...aim,
    upperBound: null,
    moreNeeded: null,
    outcomes: { equal: 0, different: 0, missing_batch: 0, missing_stream: 0, null_vs_value: 0, default: 0, error: 0, timeout: 0 },
    causes: {},
    explained: 0,
    unexplained: 0,
    strata: [],
    bias: [],
    incidents: [],
    deviations: [],
    freshness: [],
    differences: [],
    artifacts: [],
  };
}
