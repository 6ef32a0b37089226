/** `lockstep.yml` */
import { type DiagnosticCode, diagnosticCodes, judgements } from '../codes.ts';
import type { Grant } from '../definition.ts';
import { type Diagnostic, didYouMean } from '../diagnostics.ts';
import type { SourceFile } from '../source.ts';
import { type AccountTexts, readAccount } from './account.ts';
import { type Alerts, noAlerts, readAlerts } from './alerts.ts';
import { type DbtTarget, readDbt } from './dbt-target.ts';
import { readGrants } from './grants.ts';
import { configKeys, dbtProjectKeys, targetKeys } from './keys.ts';
import { type LineageTexts, noLineage, readLineage } from './lineage.ts';
import { defaultPromotion, type Promotion, readPromotion } from './promotion.ts';
import { type Complain, complainTo, fieldsOf, mapOf, oneOf, textOf } from './reader.ts';
import { isNull, parseYaml, type YamlEntry, type YamlNode } from './yaml.ts';

export interface ProjectConfig {
  readonly name: string | null;
  /** Folder, without a trailing slash. */
  readonly transforms: string;
  readonly targets: Readonly<Record<string, Target>>;
  /** On the view of every feature, in the dbt project. */
  readonly grants: readonly Grant[];
  readonly promotion: Promotion;
  readonly alerts: Alerts;
  readonly lineage: LineageTexts;
  readonly rules: Readonly<Partial<Record<DiagnosticCode, RuleSeverity>>>;
}

export interface Target {
  readonly engine: 'duckdb' | 'snowflake';
  /** Of DuckDB's file. Values of a target are as they are written: they may name variables of the environment. */
  readonly path: string | null;
  /** Of the tables of features; null: DuckDB's own, and on Snowflake only where no account is named. */
  readonly schema: string | null;
  /** Of Snowflake: asked for where a command connects. */
  readonly account: AccountTexts;
  /** What fills the tables of features on Snowflake. */
  readonly dbt: DbtTarget | null;
  /** Name in sources → name there. */
  readonly databases: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, string>>;
  /** dbt model → relation there. */
  readonly models: Readonly<Record<string, string>>;
}

export type RuleSeverity = 'error' | 'warning' | 'note' | 'off';

export const defaultConfig: ProjectConfig = {
  name: null,
  transforms: 'transforms',
  targets: {},
  grants: [],
  promotion: defaultPromotion,
  alerts: noAlerts,
  lineage: noLineage,
  rules: {},
};

export function readConfig(file: SourceFile, diagnostics: Diagnostic[]): ProjectConfig {
  const node = parseYaml(file.text, file.path, 0, diagnostics);
  if (node === undefined || isNull(node)) return defaultConfig;
  const complain = complainTo(diagnostics);
  const map = mapOf(node, 'lockstep.yml', complain);
  if (map === undefined) return defaultConfig;
  const fields = fieldsOf(map, configKeys, 'lockstep.yml', complain);
  const folder = textOf(fields.transforms, complain)?.replace(/^\.\//, '').replace(/\/+$/, '');
  if (folder !== undefined && (folder.startsWith('/') || folder.split('/').includes('..')) && fields.transforms !== undefined) {
    complain(fields.transforms.value.span, '`transforms` must be a folder inside the project');
  }
  const targets = readTargets(fields.targets?.value, complain);
  return {
    name: textOf(fields.name, complain),
    transforms: folder ?? defaultConfig.transforms,
    targets,
    grants: readProjectGrants(fields.dbt, complain),
    promotion: readPromotion(fields.promotion, complain),
    alerts: readAlerts(fields.alerts, complain),
    lineage: readLineage(fields.lineage, Object.keys(targets), complain),
    rules: readRules(fields.rules?.value, complain),
  };
}

function entriesOf(node: YamlNode | undefined, what: string, complain: Complain): readonly YamlEntry[] {
  return node === undefined ? [] : (mapOf(node, what, complain)?.entries ?? []);
}

function readTargets(node: YamlNode | undefined, complain: Complain): Record<string, Target> {
  const targets: Record<string, Target> = {};
  for (const entry of entriesOf(node, '`targets`', complain)) {
    const what = `the target \`${entry.key}\``;
    const map = mapOf(entry.value, what, complain);
    if (map === undefined) continue;
    const fields = fieldsOf(map, targetKeys, what, complain);
    const engine = oneOf(fields.engine, ['duckdb', 'snowflake'], complain);
    const names = (field: YamlEntry | undefined): Record<string, string> =>
      Object.fromEntries(entriesOf(field?.value, `\`${field?.key}\``, complain).map((name) => [name.key, textOf(name, complain) ?? '']));
    const path = textOf(fields.path, complain);
    if (engine === 'snowflake' && fields.path !== undefined)
      complain(fields.path.keySpan, `${what} is on Snowflake: \`path\` is the file of a target of engine duckdb`);
    if (engine === 'duckdb' && fields.dbt !== undefined)
      complain(fields.dbt.keySpan, `${what} is on DuckDB, whose tables Lockstep fills itself: \`dbt\` is of a target of engine snowflake`);
    if (engine !== null)
      targets[entry.key] = {
        engine,
        path,
        schema: textOf(fields.schema, complain),
        account: readAccount(fields, engine, what, complain),
        dbt: readDbt(fields.dbt, what, complain),
        databases: names(fields.databases),
        schemas: names(fields.schemas),
        models: names(fields.models),
      };
  }
  return targets;
}

function readProjectGrants(entry: YamlEntry | undefined, complain: Complain): ProjectConfig['grants'] {
  const map = entry === undefined ? undefined : mapOf(entry.value, '`dbt`', complain);
  return map === undefined ? [] : readGrants(fieldsOf(map, dbtProjectKeys, '`dbt`', complain).grants, complain, { adds: false });
}

function readRules(node: YamlNode | undefined, complain: Complain): ProjectConfig['rules'] {
  const rules: Partial<Record<DiagnosticCode, RuleSeverity>> = {};
  for (const entry of entriesOf(node, '`rules`', complain)) {
    const severity = oneOf(entry, ['error', 'warning', 'note', 'off'], complain);
    if (!isDiagnosticCode(entry.key))
      complain(entry.keySpan, `there is no rule \`${entry.key}\``, didYouMean(entry.key, Object.keys(diagnosticCodes)));
    else if (!judgements.has(entry.key) && severity !== null && severity !== 'error')
      complain(
        entry.keySpan,
        `\`${entry.key}\` is always an error: it concerns a value or the language`,
        `severities can be set of ${[...judgements].join(', ')}`,
      );
    else if (severity !== null) rules[entry.key] = severity;
  }
  return rules;
}

export function isDiagnosticCode(code: string): code is DiagnosticCode {
  return Object.hasOwn(diagnosticCodes, code);
}
