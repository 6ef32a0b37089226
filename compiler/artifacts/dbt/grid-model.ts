/** The table of a feature's version: at each instant of its grid, the rows that the query gives. */
import type { Catalog } from '../../catalog.ts';
import type { CheckedFeature } from '../../check/checked.ts';
import { type Dialect, identifier } from '../../emit/dialect.ts';
import { planSql } from '../../emit/plan-sql.ts';
import { asOfColumn, type Plan } from '../../plan/plan.ts';
import { instantAt } from './engine-time.ts';
import { stagingName, versionedRelation } from './names.ts';

const day = 86_400_000_000n;

export const stepOf = (feature: CheckedFeature): bigint => BigInt(feature.every ?? day);

/** Text that stands for what a run computes. */
export interface GridRun {
  /** Where the clean rows of a source are. */
  readonly staged: (source: string) => string;
  /** The first instant and the one behind the last, in steps from 1970 UTC. */
  readonly first: string;
  readonly past: string;
  /** The same, as timestamps. */
  readonly start: string;
  readonly stop: string;
}

/** The model: `plan` is lifted for every entity that has a row. */
export function gridSql(feature: CheckedFeature, version: string, plan: Plan, catalog: Catalog, dialect: Dialect): string {
  const at = (instant: string): string => `CAST('{{ interval.${instant} }}' AS ${dialect.typeName({ kind: 'timestamp', zone: 'ntz' })})`;
  const sql = gridRows(feature, version, plan, catalog, dialect, {
    staged: (s) => `{{ ref('${stagingName(s)}') }}`,
    first: '{{ interval.first }}',
    past: '{{ interval.past }}',
    start: at('start'),
    stop: at('stop'),
  });
  const config = [
    "materialized='incremental'",
    "incremental_strategy='lockstep_interval'",
    "on_schema_change='fail'",
    `alias='${versionedRelation(feature.name, version)}'`,
    "pre_hook='{{ lockstep_begin() }}'",
    "post_hook='{{ lockstep_complete() }}'",
  ];
  const interval = `lockstep_interval('${feature.name}', '${version}', every=${stepOf(feature)}, lateness=${latenessOf(feature, catalog)})`;
  return `{{ config(\n${config.map((c) => `    ${c}`).join(',\n')}\n) }}\n{%- set interval = ${interval} %}\n${sql}`;
}

/** The query of the rows of one run. */
export function gridRows(feature: CheckedFeature, version: string, plan: Plan, catalog: Catalog, dialect: Dialect, run: GridRun): string {
  const windows = feature.sources.flatMap((name) => windowOf(name, plan, catalog, dialect, run));
  const narrowed = new Set(windows.map((w) => w.source));
  return planSql(plan, {
    dialect,
    source: (s) => (narrowed.has(s) ? identifier(s.toUpperCase(), dialect) : run.staged(s)),
    spine: { cte: instantsSql(stepOf(feature), dialect, run), before: windows.map(({ name, text }) => ({ name, text })) },
    passed: [],
    rows: 'found',
    appended: [{ name: versionColumn, value: version }],
  });
}

/** Of the relation of a version, behind the outputs. */
export const versionColumn = 'LOCKSTEP_VERSION';

/** Instants from 1970 UTC in steps of `every` microseconds. */
function instantsSql(every: bigint, dialect: Dialect, { first, past }: GridRun): string {
  const asOf = identifier(asOfColumn, dialect);
  if (dialect.engine === 'duckdb') return `SELECT make_timestamp(n * ${every}) AS ${asOf}\nFROM range(${first}, ${past}) AS grid(n)`;
  return `SELECT ${instantAt(`CAST(value AS INT) * ${every}`, dialect)} AS ${asOf}\nFROM TABLE(FLATTEN(ARRAY_GENERATE_RANGE(${first}, ${past})))`;
}

interface Window {
  readonly source: string;
  readonly name: string;
  readonly text: string;
}

/** A stream's events that the instants of one run can see: constants that a warehouse can prune by. */
function windowOf(name: string, plan: Plan, catalog: Catalog, dialect: Dialect, run: GridRun): readonly Window[] {
  const source = catalog.sources.find((s) => s.name === name);
  if (source?.kind !== 'stream') return [];
  const time = identifier(source.eventTime, dialect);
  const lookback = lookbackOf(name, plan);
  const bounds = [...(lookback === null ? [] : [`${time} >= ${before(run.start, lookback, dialect)}`]), `${time} < ${run.stop}`];
  const text = `SELECT *\nFROM ${run.staged(name)}\nWHERE ${bounds.join('\n  AND ')}`;
  return [{ source: name, name: name.toUpperCase(), text }];
}

const before = (instant: string, micros: string, { engine }: Dialect): string =>
  engine === 'duckdb' ? `${instant} - INTERVAL '${micros} microseconds'` : `DATEADD(MICROSECOND, -${micros}, ${instant})`;

/** Microseconds; null: some scan reads all of history. */
export function lookbackOf(source: string, plan: Plan): string | null {
  const scans = plan.steps.flatMap((s) => (s.body.kind === 'scan' && s.body.source === source ? [s.body.lookback] : []));
  if (scans.length === 0 || scans.includes(null)) return null;
  return scans.reduce<bigint>((longest, l) => (l !== null && BigInt(l) > longest ? BigInt(l) : longest), 0n).toString();
}

/** Microseconds: of what is read, what may come latest. */
export function latenessOf(feature: CheckedFeature, catalog: Catalog): bigint {
  return catalog.sources
    .filter((s) => feature.sources.includes(s.name))
    .reduce((longest, s) => (s.lateness > longest ? s.lateness : longest), 0n);
}
