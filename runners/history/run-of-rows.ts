/** Rows of the tables as the runs that they were. Pure. */
import type { Value } from '../../compiler/value.ts';
import { formatTimestamp } from '../data/format-value.ts';
import type { FeatureReport, ReportedDifference } from '../parity/report.ts';
import { groupBy } from '../reference/order.ts';
import type { Row, Rows } from './rows-of-run.ts';
import type { NotCompared, ReportedRun, Run } from './run.ts';
import { tables } from './schema.ts';

const json = (value: Value | undefined): unknown => JSON.parse(String(value));
const jsonOrNull = (value: Value | undefined): unknown => (value === null ? null : json(value));
const time = (value: Value | undefined): string => formatTimestamp(value as bigint);
const n = (value: Value | undefined): number => Number(value);
const nOrNull = (value: Value | undefined): number | null => (value === null || value === undefined ? null : Number(value));

/** In the order of time. `rows`: in the order of run and ordinal. */
export function runsOfRows(rows: Rows): readonly ReportedRun[] {
  const keyOf = (row: Row): string => JSON.stringify([row['run_id'], row['feature']]);
  const grouped = new Map(tables.map(({ name }) => [name, groupBy(rows[name] ?? [], keyOf)]));
  const byRun = groupBy(rows['features'] ?? [], (row) => String(row['run_id']));
  const failures = groupBy(rows['failures'] ?? [], (row) => String(row['run_id']));
  const ordered = [...(rows['runs'] ?? [])].sort((a, b) => Number((a['started_at'] as bigint) - (b['started_at'] as bigint)));
  return ordered.map((row) => {
    const run = runOfRow(row);
    const features = (byRun.get(run.id) ?? []).map((f) => featureOfRows(run, f, (table) => grouped.get(table)?.get(keyOf(f)) ?? []));
    return { run, features, errors: (failures.get(run.id) ?? []).map(failureOfRow) };
  });
}

function runOfRow(row: Row): Run {
  return {
    id: String(row['run_id']),
    startedAt: time(row['started_at']),
    finishedAt: time(row['finished_at']),
    mode: row['mode'] as Run['mode'],
    seed: String(row['seed']),
    target: n(row['target']),
    confidence: n(row['confidence']),
    lockstep: String(row['lockstep_version']),
    batchEngine: String(row['batch_engine']),
    streamEngine: String(row['stream_engine']),
    raw: row['raw'] === true,
    options: json(row['options']) as Run['options'],
  };
}

const failureOfRow = (row: Row): NotCompared => ({
  feature: String(row['feature']),
  message: String(row['message']),
  plain: String(row['plain']),
});

function featureOfRows(run: Run, row: Row, part: (table: string) => readonly Row[]): FeatureReport {
  return {
    feature: String(row['feature']),
    version: String(row['version']),
    batchVersion: String(row['batch_version']),
    lambdaVersion: String(row['lambda_version']),
    lambda: row['origin'] as FeatureReport['lambda'],
    mode: run.mode,
    verdict: row['verdict'] as FeatureReport['verdict'],
    population: String(row['population']),
    census: row['census'] === true,
    populationSize: n(row['population_size']),
    drawn: n(row['drawn']),
    samples: n(row['samples']),
    mismatches: n(row['mismatches']),
    referencePoints: n(row['reference_points']),
    referenceMismatches: n(row['reference_mismatches']),
    target: n(row['target']),
    confidence: n(row['confidence']),
    latenessBudget: n(row['lateness_budget']),
    bias: json(row['bias']) as FeatureReport['bias'],
    upperBound: nOrNull(row['upper_bound']),
    moreNeeded: nOrNull(row['more_needed']),
    outcomes: Object.fromEntries(part('outcomes').map((o) => [o['outcome'], n(o['compared'])])) as unknown as FeatureReport['outcomes'],
    causes: Object.fromEntries(part('causes').map((c) => [c['cause'], n(c['points'])])),
    explained: n(row['explained']),
    unexplained: n(row['unexplained']),
    strata: part('strata').map((s) => ({
      where: s['place'] as FeatureReport['strata'][number]['where'],
      entities: n(s['entities']),
      points: n(s['points']),
      mismatches: n(s['mismatches']),
    })),
    incidents: part('incidents').map((i) => ({
      cause: i['cause'] as FeatureReport['incidents'][number]['cause'],
      among: json(i['among']) as FeatureReport['incidents'][number]['among'],
      explained: i['explained'] === true,
      sources: json(i['sources']) as readonly string[],
      from: time(i['from_as_of']),
      to: time(i['to_as_of']),
      points: n(i['points']),
      entities: n(i['entities']),
    })),
    deviations: part('deviations').map((d) => ({
      source: String(d['source']),
      cause: d['cause'] as FeatureReport['deviations'][number]['cause'],
      what: String(d['what']),
      columns: json(d['columns']) as readonly string[],
      rows: n(d['rows']),
      of: n(d['of_rows']),
      meanwhile: n(d['meanwhile']),
      dated: jsonOrNull(d['dated']) as FeatureReport['deviations'][number]['dated'],
      arrived: jsonOrNull(d['arrived']) as FeatureReport['deviations'][number]['arrived'],
      common: json(d['common']) as FeatureReport['deviations'][number]['common'],
    })),
    freshness: part('freshness').map((f) => ({
      lag: String(f['lag']),
      seconds: n(f['seconds']),
      mismatches: n(f['mismatches']),
      share: n(f['share']),
    })),
    differences: part('differences').map(differenceOfRow),
    artifacts: part('artifacts').map((a) => ({ kind: String(a['kind']), sha256: String(a['sha256']) })),
  };
}

function differenceOfRow(row: Row): ReportedDifference {
  return {
    key: json(row['entity']) as ReportedDifference['key'],
    asOf: time(row['as_of']),
    column: String(row['output']),
    batch: json(row['batch']),
    [row['against'] === 'stream' ? 'stream' : 'reference']: json(row['value']),
    outcome: String(row['outcome']),
    cause: row['cause'] as ReportedDifference['cause'],
    among: json(row['among']) as ReportedDifference['among'],
    explained: row['explained'] === true,
    proof: String(row['proof']),
    witness: row['witness'] === null ? null : (json(row['witness']) as ReportedDifference['witness']),
  };
}
