/** A run as rows of the tables. Pure. */
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { parseText } from '../data/parse-value.ts';
import type { FeatureReport, ReportedDifference } from '../parity/report.ts';
import type { ReportedRun, Run } from './run.ts';
import { tables } from './schema.ts';

/** By column. */
export type Row = Readonly<Record<string, Value>>;
/** By table. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

const whole = (n: number): bigint => BigInt(n);
const wholeOrNull = (n: number | null): bigint | null => (n === null ? null : BigInt(n));

function instantOf(text: unknown): bigint {
  const parsed = parseText(String(text), timestamp);
  if ('value' in parsed && typeof parsed.value === 'bigint') return parsed.value;
  throw new Error(`no instant: ${String(text)}`);
}

export function rowsOfRun({ run, features, errors }: ReportedRun): Rows {
  const parts = features.map((report, i) => rowsOfFeature(run.id, report, i + 1));
  const all = (table: string): readonly Row[] => parts.flatMap((part) => part[table] ?? []);
  const failures = errors.map((failure, i): Row => ({ run_id: run.id, ordinal: whole(i + 1), ...failure }));
  return { ...Object.fromEntries(tables.map((t) => [t.name, all(t.name)])), runs: [rowOfRun(run)], failures };
}

function rowOfRun(run: Run): Row {
  return {
    run_id: run.id,
    started_at: instantOf(run.startedAt),
    finished_at: instantOf(run.finishedAt),
    mode: run.mode,
    seed: run.seed,
    target: run.target,
    confidence: run.confidence,
    lockstep_version: run.lockstep,
    batch_engine: run.batchEngine,
    stream_engine: run.streamEngine,
    raw: run.raw,
    options: JSON.stringify(run.options),
  };
}

function rowsOfFeature(run: string, report: FeatureReport, place: number): Rows {
  const own = { run_id: run, feature: report.feature };
  const numbered = <T>(items: readonly T[], row: (item: T) => Row): readonly Row[] =>
    items.map((item, i) => ({ ...own, ordinal: whole(i + 1), ...row(item) }));
  return {
    features: [
      {
        ...own,
        ordinal: whole(place),
        version: report.version,
        batch_version: report.batchVersion,
        lambda_version: report.lambdaVersion,
        origin: report.lambda,
        verdict: report.verdict,
        population: report.population,
        census: report.census,
        population_size: whole(report.populationSize),
        drawn: whole(report.drawn),
        samples: whole(report.samples),
        mismatches: whole(report.mismatches),
        reference_points: whole(report.referencePoints),
        reference_mismatches: whole(report.referenceMismatches),
        target: report.target,
        confidence: report.confidence,
        lateness_budget: report.latenessBudget,
        bias: JSON.stringify(report.bias),
        upper_bound: report.upperBound,
        more_needed: wholeOrNull(report.moreNeeded),
        explained: whole(report.explained),
        unexplained: whole(report.unexplained),
      },
    ],
    outcomes: Object.entries(report.outcomes).map(([outcome, n]) => ({ ...own, outcome, compared: whole(n) })),
    strata: numbered(report.strata, (s) => ({
      place: s.where,
      entities: whole(s.entities),
      points: whole(s.points),
      mismatches: whole(s.mismatches),
    })),
    causes: Object.entries(report.causes).map(([cause, points]) => ({ ...own, cause, points: whole(points) })),
    incidents: numbered(report.incidents, (i) => ({
      cause: i.cause,
      among: JSON.stringify(i.among),
      explained: i.explained,
      sources: JSON.stringify(i.sources),
      from_as_of: instantOf(i.from),
      to_as_of: instantOf(i.to),
      points: whole(i.points),
      entities: whole(i.entities),
    })),
    deviations: numbered(report.deviations, (d) => ({
      source: d.source,
      cause: d.cause,
      what: d.what,
      columns: JSON.stringify(d.columns),
      rows: whole(d.rows),
      of_rows: whole(d.of),
      meanwhile: whole(d.meanwhile),
      dated: d.dated === null ? null : JSON.stringify(d.dated),
      arrived: d.arrived === null ? null : JSON.stringify(d.arrived),
      common: JSON.stringify(d.common),
    })),
    freshness: report.freshness.map((f) => ({
      ...own,
      lag: f.lag,
      seconds: whole(f.seconds),
      mismatches: whole(f.mismatches),
      share: f.share,
    })),
    differences: numbered(report.differences, differenceRow),
    artifacts: report.artifacts.map(({ kind, sha256 }) => ({ ...own, kind, sha256 })),
  };
}

function differenceRow(d: ReportedDifference): Row {
  const against = 'stream' in d ? 'stream' : 'reference';
  return {
    entity: JSON.stringify(d.key),
    as_of: instantOf(d.asOf),
    output: d.column,
    batch: JSON.stringify(d.batch),
    against,
    value: JSON.stringify(d[against]),
    outcome: d.outcome,
    cause: d.cause,
    among: JSON.stringify(d.among),
    explained: d.explained,
    proof: d.proof,
    witness: d.witness === null ? null : JSON.stringify(d.witness),
  };
}
