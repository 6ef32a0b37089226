/** The dbt project for one warehouse: sources, staging models, for each feature a table on its grid and the view that shows it. */
import type { Catalog } from '../catalog.ts';
import type { CheckedFeature } from '../check/checked.ts';
import type { FeatureHeader } from '../definition.ts';
import { type Dialect, dialects, insideJinja } from '../emit/dialect.ts';
import { duckdbPrelude } from '../functions/duckdb-prelude.ts';
import type { Plan } from '../plan/plan.ts';
import { asOfMacro } from './dbt/as-of-macro.ts';
import { exposures } from './dbt/exposures.ts';
import type { Granted } from './dbt/grants.ts';
import { gridSql, stepOf } from './dbt/grid-model.ts';
import { intervalMacros } from './dbt/interval-macros.ts';
import { ledgerModels, ledgerProperties } from './dbt/ledger.ts';
import { asOfMacroName, gridPath, plainName, rawRelation, stagingName, type TextFile, type Warehouse, writtenByUs } from './dbt/names.ts';
import { featureProperties, groups } from './dbt/properties.ts';
import { quarantineModel, quarantinePath, quarantineProperties } from './dbt/quarantine.ts';
import { runMacros } from './dbt/run-macros.ts';
import { shownMacros, shownModel } from './dbt/shown-view.ts';
import { sourceProperties, stagingProperties, usedSources } from './dbt/sources-properties.ts';
import { uniqueByTest } from './dbt/tests-macro.ts';
import { exampleModels, unitTests } from './dbt/unit-tests.ts';
import { yamlText } from './dbt/yaml-text.ts';
import { stagingSql } from './staging.ts';
import { dbtModelOf } from './warehouse-name.ts';

export { gridPath, type TextFile, type Warehouse, warehouses } from './dbt/names.ts';

export interface FeatureModel {
  readonly feature: CheckedFeature;
  readonly version: string;
  /** Of the rows of its table. */
  readonly gridPlan: Plan;
  /** For spines of many rows. */
  readonly batchPlan: Plan;
  readonly header: Pick<FeatureHeader, 'examples'>;
  readonly granted: Granted;
}

/** The same dialect for all models, which remembers how names are printed. */
const inModels = { duckdb: insideJinja(dialects.duckdb), snowflake: insideJinja(dialects.snowflake) };

export function dbtProject(project: string, warehouse: Warehouse, catalog: Catalog, models: readonly FeatureModel[]): readonly TextFile[] {
  const dialect = inModels[warehouse];
  const features = models.map((m) => m.feature);
  const used = usedSources(catalog, features);
  const declared = used.filter((s) => dbtModelOf(s) === null);
  const tested = models.filter((m) => unitTests(m.feature, m.header.examples, catalog, dialect).length > 0);
  const properties = (
    path: string,
    key: string,
    items: Parameters<typeof yamlText>[0][string] & readonly unknown[],
  ): readonly TextFile[] => (items.length === 0 ? [] : [{ path, text: yamlText({ version: 2, [key]: items }) }]);
  return [
    { path: 'dbt_project.yml', text: projectYaml(project, dialect) },
    { path: 'macros/lockstep_interval.sql', text: intervalMacros(dialect) },
    { path: 'macros/lockstep_run.sql', text: runMacros(dialect) },
    { path: 'macros/lockstep_shown.sql', text: shownMacros(dialect) },
    { path: 'tests/generic/lockstep_unique_by.sql', text: uniqueByTest },
    ...(models.length === 0 ? [] : ledgerModels(dialect)),
    ...properties('models/lockstep/_lockstep.yml', 'models', models.length === 0 ? [] : ledgerProperties),
    ...properties('models/staging/_sources.yml', 'sources', sourceProperties(declared, features, dialect)),
    ...properties('models/staging/_staging.yml', 'models', models.length === 0 ? [] : [...stagingProperties(used), quarantineProperties]),
    ...used.map((s) => ({
      path: `models/staging/${stagingName(s.name)}.sql`,
      text: `${writtenByUs}${stagingSql(s, rawRelation(s), dialect)}\n`,
    })),
    ...models.map((m) => ({
      path: gridPath(m.feature.name),
      text: `${writtenByUs}${gridSql(m.feature, m.version, m.gridPlan, catalog, dialect)}\n`,
    })),
    ...models.map((m) => ({
      path: `macros/features/${asOfMacroName(m.feature.name)}.sql`,
      text: asOfMacro(m.batchPlan, m.version, dialect),
    })),
    ...tested.flatMap((m) => exampleModels(m.feature, dialect)),
    ...properties(
      'models/examples/_examples.yml',
      'unit_tests',
      tested.flatMap((m) => unitTests(m.feature, m.header.examples, catalog, dialect)),
    ),
    ...properties('models/features/_exposures.yml', 'exposures', exposures(models)),
    ...(models.length === 0 ? [] : [{ path: quarantinePath, text: quarantineModel(used, dialect) }]),
    ...models.map((m) => ({
      path: `models/features/${m.feature.name}.sql`,
      text: shownModel(m.feature.name, m.version, stepOf(m.feature)),
    })),
    ...properties('models/features/_groups.yml', 'groups', groups(features)),
    ...properties(
      'models/features/_features.yml',
      'models',
      models.flatMap((m) => featureProperties(m, catalog, dialect)),
    ),
  ];
}

function projectYaml(project: string, dialect: Dialect): string {
  return yamlText({
    name: plainName(project),
    version: '1.0.0',
    profile: project,
    'require-dbt-version': ['>=1.10.0', '<3.0.0'],
    'model-paths': ['models'],
    'macro-paths': ['macros'],
    'test-paths': ['tests'],
    // Exact arithmetic that the models call.
    ...(dialect.engine === 'duckdb' ? { 'on-run-start': [...duckdbPrelude] } : {}),
  });
}
