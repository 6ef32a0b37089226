/** From an authored project to everything that is written: the dbt projects, the lambdas, the manifest. */
import type { AuthoredProject } from '../authoring/index.ts';
import type { CheckedFeature } from '../check/checked.ts';
import { checkFeature } from '../check/index.ts';
import { unusedParts, withSeverities } from '../check/project-rules.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { Plan } from '../plan/plan.ts';
import { grantedBy } from './dbt/grants.ts';
import { dbtProject, type TextFile, warehouses } from './dbt.ts';
import { lambdaArtifact, lambdaSql } from './lambda.ts';
import { manifestText } from './manifest.ts';
import { batchPlanOf, gridPlanOf, lambdaPlanOf, plainPlanOf } from './plans.ts';
import { versionOf } from './version.ts';

export interface CompiledFeature {
  readonly feature: CheckedFeature;
  readonly version: string;
  /** For a few rows against the store: with no buckets. */
  readonly lambdaPlan: Plan;
  readonly lambdaSql: string;
}

export interface Compiled {
  readonly features: readonly CompiledFeature[];
  /** Sorted by path; byte-identical for the same input. */
  readonly files: readonly TextFile[];
  readonly diagnostics: readonly Diagnostic[];
}

export function compileFeature(feature: CheckedFeature, catalog: AuthoredProject['catalog']): CompiledFeature {
  const version = versionOf(feature, plainPlanOf(feature, catalog), catalog);
  const lambdaPlan = lambdaPlanOf(feature, catalog);
  return { feature, version, lambdaPlan, lambdaSql: lambdaSql(lambdaPlan) };
}

/** `today`: ISO date, for waivers that expire. */
export function compileProject(project: AuthoredProject, today: string): Compiled {
  const { rules } = project.config;
  const checked = project.features.map((definition) => checkFeature(definition, project.catalog, today, rules));
  const known = checked.flatMap((c) => c.value ?? []);
  const whole = project.complete && known.length === project.features.length && known.length > 0;
  const parts = { catalog: project.catalog, snippets: project.snippets, definitions: project.features, features: known };
  const diagnostics = [...checked.flatMap((c) => c.diagnostics), ...(whole ? withSeverities(unusedParts(parts), rules) : [])];
  const features = known
    .map((feature) => compileFeature(feature, project.catalog))
    .sort((a, b) => (a.feature.name < b.feature.name ? -1 : 1));
  const headers = new Map(project.features.map((f) => [f.name, f.header]));
  const models = features.map(({ feature, version }) => ({
    feature,
    version,
    gridPlan: gridPlanOf(feature, project.catalog),
    batchPlan: batchPlanOf(feature, project.catalog),
    header: headers.get(feature.name) ?? { examples: [] },
    granted: grantedBy(project.config.grants, headers.get(feature.name)?.grants ?? []),
  }));
  const files = [
    ...warehouses.flatMap((warehouse) =>
      dbtProject(project.config.name ?? 'lockstep', warehouse, project.catalog, models).map((f) => ({
        path: `dbt/${warehouse}/${f.path}`,
        text: f.text,
      })),
    ),
    ...features.flatMap((f) => lambdaFiles(f, project)),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { features, files: [...files, { path: 'manifest.json', text: manifestText(features, files) }], diagnostics };
}

function lambdaFiles(compiled: CompiledFeature, project: AuthoredProject): readonly TextFile[] {
  const { feature, version, lambdaPlan, lambdaSql: sql } = compiled;
  const artifact = lambdaArtifact(feature, lambdaPlan, version, sql, project.catalog);
  return [
    { path: `lambdas/${feature.name}.json`, text: `${JSON.stringify(artifact, null, 2)}\n` },
    { path: `lambdas/${feature.name}.sql`, text: sql },
  ];
}
