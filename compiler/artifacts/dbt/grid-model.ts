/** The table of a feature's version: at each instant of its grid the rows that the query gives, or the answers for the entities of its universe. */
import type { Catalog } from '../../catalog.ts';
import type { CheckedFeature } from '../../check/checked.ts';
import { type Dialect, identifier } from '../../emit/dialect.ts';
import { planSql, type Surroundings } from '../../emit/plan-sql.ts';
import { asOfColumn, type Plan } from '../../plan/plan.ts';
import { tableSources, universeOf, universeSql } from '../universe.ts';
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

/** The model. `plan`: of the rows of its table. */
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
    ...askedOf(feature, catalog, dialect, run, windows),
    passed: [],
    appended: [{ name: versionColumn, value: version }],
  });
}

/** Instants, of which rows are found; with a universe each of its entities is asked for. */
function askedOf(
  feature: CheckedFeature,
  catalog: Catalog,
  dialect: Dialect,
  run: GridRun,
  windows: readonly Window[],
): Pick<Surroundings, 'spine' | 'rows'> {
  const before = windows.map(({ name, text }) => ({ name, text }));
  const instants = instantsSql(stepOf(feature), dialect, run);
  const universe = universeOf(feature, catalog);
  if (universe === undefined) return { spine: { cte: instants, before }, rows: 'found' };
  return { spine: { cte: universeSql(feature, universe, instants, run.staged(universe.name), dialect), before }, rows: 'asked' };
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

/** Microseconds; null: all of history is read, or decides who is in the table. */
export function tableLookbackOf(feature: CheckedFeature, source: string, plan: Plan): string | null {
  return feature.universe === source ? null : lookbackOf(source, plan);
}

/** Microseconds; null: something in the plan reads all of history. */
export function lookbackOf(source: string, plan: Plan): string | null {
  const scans = plan.steps.flatMap(({ body }) => {
    if (body.kind === 'running' && body.source === source) return [null];
    return body.kind === 'scan' && body.source === source ? [body.lookback] : [];
  });
  if (scans.length === 0 || scans.includes(null)) return null;
  return scans.reduce<bigint>((longest, l) => (l !== null && BigInt(l) > longest ? BigInt(l) : longest), 0n).toString();
}

/** Microseconds: of what decides its rows, what may come latest. */
export function latenessOf(feature: CheckedFeature, catalog: Catalog): bigint {
  const sources = tableSources(feature);
  return catalog.sources.filter((s) => sources.includes(s.name)).reduce((longest, s) => (s.lateness > longest ? s.lateness : longest), 0n);
}
