/**
 * The query lambda: one parameterised statement that answers any number of (entity, T) rows. Parameters are arrays of
 * equal length, bound by the engine; no value ever becomes SQL text.
 */
import type { Catalog } from '../catalog.ts';
import type { CheckedFeature } from '../check/checked.ts';
import { duckdb, identifier } from '../emit/dialect.ts';
import { planSql } from '../emit/plan-sql.ts';
import { duckdbPrelude } from '../functions/duckdb-prelude.ts';
import { asOfColumn, type Plan, type PlanColumn } from '../plan/plan.ts';
import { timestamp, typeName } from '../sql-type.ts';
import { sha256 } from './version.ts';

/** Names of the columns that carry a request's row number, and of the tables a lambda reads. */
const ordinalColumn = 'ORDINAL';

export interface LambdaArtifact {
  readonly formatVersion: 1;
  readonly name: string;
  readonly version: string;
  readonly engine: 'duckdb';
  readonly entity: readonly { readonly name: string; readonly type: string }[];
  /** Each is an array with one element for each row asked. */
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
  /** `lookback`: microseconds of history that the answer needs; null: all of it. */
  readonly sources: readonly { readonly name: string; readonly lookback: string | null }[];
  readonly prelude: readonly string[];
  /** Beside this file. */
  readonly sqlFile: string;
  readonly sqlSha256: string;
}

/** `asked`: the columns of what is asked; those that are no entity's are handed through in front. */
export function lambdaSql(plan: Plan, asked: readonly PlanColumn[] = plan.entity): string {
  const before = asked.slice(0, asked.length - plan.entity.length).map((column) => column.name);
  const sql = planSql(plan, {
    dialect: duckdb,
    source: (source) => identifier(source.toUpperCase(), duckdb),
    spine: { cte: requestSpine(asked) },
    passed: [ordinalColumn, ...before],
    rows: 'asked',
    appended: [],
  });
  return `${sql}\nORDER BY spine.${identifier(ordinalColumn, duckdb)}\n`;
}

/** What is asked, from the parameters: a row for each of their elements. */
export function requestSpine(entity: Plan['entity']): string {
  const parameter = (column: string, type: string): string =>
    `unnest(CAST($${parameterName(column)} AS ${type}[])) AS ${identifier(column, duckdb)}`;
  const asOf = `CAST($as_of AS TIMESTAMP[])`;
  const columns = [
    `generate_subscripts(${asOf}, 1) AS ${identifier(ordinalColumn, duckdb)}`,
    ...entity.map((e) => parameter(e.name, duckdb.typeName(e.type))),
    `unnest(${asOf}) AS ${identifier(asOfColumn, duckdb)}`,
  ];
  return `SELECT\n${columns.map((c) => `  ${c}`).join(',\n')}`;
}

/** Parameters are addressed as $name, so a name that is no plain word is numbered by its bytes. */
function parameterName(column: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(column) ? column.toLowerCase() : `p_${sha256(column).slice(0, 12)}`;
}

export function lambdaArtifact(feature: CheckedFeature, plan: Plan, version: string, sql: string, catalog: Catalog): LambdaArtifact {
  return {
    formatVersion: 1,
    name: feature.name,
    version,
    engine: 'duckdb',
    entity: plan.entity.map((e) => ({ name: outputName(e.name), type: typeName(e.type) })),
    parameters: [...plan.entity, { name: asOfColumn, type: timestamp }].map((e) => ({
      name: parameterName(e.name),
      type: typeName(e.type),
    })),
    outputs: feature.outputs.map((o) => ({ name: outputName(o.name), type: typeName(o.type) })),
    sources: feature.sources.map((name) => ({ name, lookback: lookbackOf(name, plan, catalog) })),
    prelude: duckdbPrelude,
    sqlFile: `${feature.name}.sql`,
    sqlSha256: sha256(sql),
  };
}

/** The longest lookback of all scans of the source; a table needs no more than its versions. */
function lookbackOf(name: string, plan: Plan, catalog: Catalog): string | null {
  if (catalog.sources.find((s) => s.name === name)?.kind === 'table') return null;
  const scans = plan.steps.flatMap((s) => (s.body.kind === 'scan' && s.body.source === name ? [s.body.lookback] : []));
  if (scans.includes(null)) return null;
  return scans.reduce<bigint>((longest, l) => (l !== null && BigInt(l) > longest ? BigInt(l) : longest), 0n).toString();
}

/** Output keys are lower case unless the author quoted them. */
export function outputName(name: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(name) ? name.toLowerCase() : name;
}
