/** A feature's version as its tables have it: the grid, what its rows are, and the streams of which it can be seen what came too late. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { latenessOf, stepOf, tableLookbackOf } from '../../../compiler/artifacts/dbt/grid-model.ts';
import { gridPlanOf } from '../../../compiler/artifacts/plans.ts';
import { tableSources } from '../../../compiler/artifacts/universe.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Plan } from '../../../compiler/plan/plan.ts';

export interface Grid {
  readonly name: string;
  readonly version: string;
  readonly feature: CheckedFeature;
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly sources: readonly Source[];
  /** Microseconds, as is `lateness`. Instants are whole numbers of it since 1970 UTC. */
  readonly every: bigint;
  readonly lateness: bigint;
  readonly streams: readonly SeenStream[];
}

interface SeenStream {
  readonly source: string;
  readonly eventTime: string;
  readonly ingestTime: string;
  /** Microseconds; null: all of history. */
  readonly lookback: string | null;
}

export function gridOf({ feature, version }: CompiledFeature, catalog: Catalog): Grid {
  const plan = gridPlanOf(feature, catalog);
  const sources = catalog.sources.filter((s) => tableSources(feature).includes(s.name));
  return {
    name: feature.name,
    version,
    feature,
    plan,
    catalog,
    sources,
    every: stepOf(feature),
    lateness: latenessOf(feature, catalog),
    streams: sources.flatMap((s) =>
      s.kind === 'stream' && s.ingestTime !== null
        ? [{ source: s.name, eventTime: s.eventTime, ingestTime: s.ingestTime, lookback: tableLookbackOf(feature, s.name, plan) }]
        : [],
    ),
  };
}

/** The first instant that is not before: whole numbers of `every`. */
export const tickFrom = (micros: bigint, every: bigint): bigint => {
  const whole = micros / every;
  return micros > whole * every ? whole + 1n : whole;
};
