/** The dbt project for one warehouse: sources, a staging model per source, a model per feature on its grid. */
import type { Catalog, Source } from '../catalog.ts';
import type { CheckedFeature } from '../check/checked.ts';
import { asJinja, type Dialect, dialects, identifier, insideJinja } from '../emit/dialect.ts';
import { planSql } from '../emit/plan-sql.ts';
import { duckdbPrelude } from '../functions/duckdb-prelude.ts';
import { asOfColumn, type Plan } from '../plan/plan.ts';
import { outputName } from './lambda.ts';
import { stagingSql } from './staging.ts';
import { dbtModelOf, relationParts } from './warehouse-name.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface FeatureModel {
  readonly feature: CheckedFeature;
  readonly version: string;
  /** The model's text for each warehouse. */
  readonly sql: Readonly<Record<Warehouse, string>>;
}

export const warehouses = ['duckdb', 'snowflake'] as const;
export type Warehouse = (typeof warehouses)[number];

/** The same dialect for all models, which remembers how names are printed. */
const inModels = { duckdb: insideJinja(dialects.duckdb), snowflake: insideJinja(dialects.snowflake) };

const day = 86_400_000_000n;

export function dbtProject(project: string, warehouse: Warehouse, catalog: Catalog, models: readonly FeatureModel[]): readonly TextFile[] {
  const dialect = inModels[warehouse];
  const used = catalog.sources.filter((s) => models.some((m) => m.feature.sources.includes(s.name)));
  const header = '-- Written by Lockstep; edit the feature, not this file.\n';
  const sources = used.filter((s) => dbtModelOf(s) === null);
  return [
    { path: 'dbt_project.yml', text: projectYaml(project, dialect) },
    ...(sources.length === 0 ? [] : [{ path: 'models/staging/_sources.yml', text: sourcesYaml(sources) }]),
    ...used.map((s) => ({
      path: `models/staging/${stagingName(s.name)}.sql`,
      text: `${header}${stagingSql(s, rawRelation(s), dialect)}\n`,
    })),
    ...models.map((m) => ({ path: `models/features/${m.feature.name}.sql`, text: `${header}${m.sql[warehouse]}\n` })),
    ...(models.length === 0 ? [] : [{ path: 'models/features/_features.yml', text: featuresYaml(models, dialect) }]),
  ];
}

function projectYaml(project: string, dialect: Dialect): string {
  return `name: ${yamlString(project.replace(/[^A-Za-z0-9_]/g, '_'))}
version: '1.0.0'
profile: ${yamlString(project)}
model-paths: [models]
vars:
  # The grid is built for instants in [lockstep_start, lockstep_end), in UTC.
  lockstep_start: '1970-01-01'
  lockstep_end: '1970-01-02'
${dialect.engine === 'duckdb' ? `# Exact arithmetic that the models call.\non-run-start:\n${duckdbPrelude.map((statement) => `  - ${yamlString(statement)}`).join('\n')}\n` : ''}`;
}

function stagingName(source: string): string {
  return `stg_${source.toLowerCase()}`;
}

function rawRelation(source: Source): string {
  const ref = dbtModelOf(source);
  return ref === null ? `{{ source('lockstep_${schemaOf(source)}', '${tableOf(source)}') }}` : `{{ ref('${ref}') }}`;
}

const tableOf = (source: Source): string => relationParts(source).at(-1) ?? source.warehouse;
const schemaOf = (source: Source): string => relationParts(source).slice(0, -1).join('_') || 'raw';

function sourcesYaml(sources: readonly Source[]): string {
  const groups = new Map<string, Source[]>();
  for (const s of sources) groups.set(schemaOf(s), [...(groups.get(schemaOf(s)) ?? []), s]);
  const blocks = [...groups].map(([group, members]) => {
    const path = relationParts(members[0] as Source).slice(0, -1);
    const database = path.length > 1 ? `\n    database: ${yamlString(path.slice(0, -1).join('.'))}` : '';
    const schema = path.length > 0 ? `\n    schema: ${yamlString(path.at(-1) ?? '')}` : '';
    return `  - name: lockstep_${group}${database}${schema}\n    tables:\n${members.map((m) => `      - name: ${yamlString(asJinja(tableOf(m)))}${m.description === null ? '' : `\n        description: ${yamlString(asJinja(m.description))}`}`).join('\n')}`;
  });
  return `version: 2\nsources:\n${blocks.join('\n')}\n`;
}

/** Snapshots on the grid: at each instant, the rows that the feature's query gives. `plan` is lifted for every entity that has a row. */
export function featureModel(feature: CheckedFeature, version: string, plan: Plan): FeatureModel {
  const { duckdb, snowflake } = inModels;
  return {
    feature,
    version,
    sql: { duckdb: modelSql(feature, version, plan, duckdb), snowflake: modelSql(feature, version, plan, snowflake) },
  };
}

function modelSql(feature: CheckedFeature, version: string, plan: Plan, dialect: Dialect): string {
  const every = BigInt(feature.every ?? day);
  const sql = planSql(plan, {
    dialect,
    source: (s) => `{{ ref('${stagingName(s)}') }}`,
    spine: { cte: gridSql(every, dialect) },
    passed: [],
    rows: 'found',
    appended: [{ name: 'LOCKSTEP_VERSION', value: version }],
  });
  return `{{ config(materialized='table') }}\n${sql}`;
}

/** Instants from 1970 UTC in steps of `every` microseconds, between the two variables. */
function gridSql(every: bigint, dialect: Dialect): string {
  const start = `CAST('{{ var("lockstep_start") }}' AS TIMESTAMP)`;
  const end = `CAST('{{ var("lockstep_end") }}' AS TIMESTAMP)`;
  const asOf = identifier(asOfColumn, dialect);
  if (dialect.engine === 'duckdb') {
    return `SELECT make_timestamp(n * ${every}) AS ${asOf}\nFROM range((epoch_us(${start}) + ${every - 1n}) // ${every}, (epoch_us(${end}) + ${every - 1n}) // ${every}) AS grid(n)`;
  }
  // Rounded up without a quotient of times: Snowflake would round 0.9999999 up by itself.
  const ticks = (t: string): string => {
    const micros = `DATE_PART(EPOCH_MICROSECOND, ${t.replace('TIMESTAMP)', 'TIMESTAMP_NTZ(6))')}) + ${every - 1n}`;
    return `CAST((${micros} - MOD(${micros}, ${every})) / ${every} AS INT)`;
  };
  return `SELECT DATEADD(MICROSECOND, CAST(value AS INT) * ${every}, CAST('1970-01-01' AS TIMESTAMP_NTZ(6))) AS ${asOf}\nFROM TABLE(FLATTEN(ARRAY_GENERATE_RANGE(${ticks(start)}, ${ticks(end)})))`;
}

function featuresYaml(models: readonly FeatureModel[], dialect: Dialect): string {
  const blocks = models.map(({ feature, version }) => {
    const columns = [
      ...feature.entity.map((c) => ({ name: outputName(c.name), type: dialect.typeName(c.type) })),
      { name: 'as_of', type: dialect.typeName({ kind: 'timestamp', zone: 'ntz' }) },
      ...feature.outputs.map((c) => ({ name: outputName(c.name), type: dialect.typeName(c.type) })),
      { name: 'lockstep_version', type: 'VARCHAR' },
    ];
    const description = feature.description === null ? '' : `\n    description: ${yamlString(asJinja(feature.description))}`;
    const owner = feature.owner === null ? '' : `\n        owner: ${yamlString(asJinja(feature.owner))}`;
    return `  - name: ${feature.name}${description}\n    config:\n      meta:\n        lockstep_version: ${yamlString(version)}${owner}\n    columns:\n${columns.map((c) => `      - name: ${yamlString(asJinja(c.name))}\n        data_type: ${yamlString(c.type)}`).join('\n')}`;
  });
  return `version: 2\nmodels:\n${blocks.join('\n')}\n`;
}

function yamlString(text: string): string {
  return JSON.stringify(text);
}
