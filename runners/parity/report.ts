/** A feature's parity as programs read it. */
import { createHmac } from 'node:crypto';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { stepOf } from '../../compiler/artifacts/dbt/grid-model.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { formatValue } from '../data/format-value.ts';
import type { SpineRow } from '../data/spine.ts';
import type { Bias } from './bias.ts';
import { type CauseId, unknownCause } from './causes/cause.ts';
import type { Origin } from './causes/say.ts';
import type { Comparison } from './compare.ts';
import type { Deviation } from './deviations.ts';
import { type ForeignForms, noForeign } from './foreign-text.ts';
import type { Answered } from './forms.ts';
import type { Freshness } from './freshness.ts';
import { type Incident, incidentsOf } from './incidents.ts';
import type { WhereCount } from './sample.ts';
import type { OtherVersions } from './served.ts';
import type { Aim, Compared, Decision, Verdict } from './verdict.ts';
import type { PrintedWitness } from './witness/print.ts';

export interface ReportedDifference {
  readonly key: Readonly<Record<string, unknown>>;
  readonly asOf: unknown;
  /** Of an answer in a log, where it was asked at another instant than it is about. */
  readonly askedAt?: unknown;
  readonly column: string;
  readonly batch: unknown;
  /** What the lambda says, where the forms differ. */
  readonly stream?: unknown;
  /** What the reference says, where it differs from batch. */
  readonly reference?: unknown;
  readonly outcome: string;
  readonly cause: CauseId;
  /** Where several changes would do: all of them. */
  readonly among: readonly CauseId[];
  readonly explained: boolean;
  /** What was changed, and what the reference said then. */
  readonly proof: string;
  /** The fewest rows that show it, once for each cause; null at the other points. */
  readonly witness: PrintedWitness | null;
}

interface ReportedIncident extends Omit<Incident, 'from' | 'to'> {
  readonly from: unknown;
  readonly to: unknown;
}

export interface ReportedDeviation extends Omit<Deviation, 'dated' | 'arrived' | 'common'> {
  readonly dated: readonly [first: unknown, last: unknown] | null;
  readonly arrived: readonly [first: unknown, last: unknown] | null;
  readonly common: readonly { readonly column: string; readonly values: readonly unknown[] }[];
}

export type ParityMode = 'logic' | 'replay' | 'served';

export interface FeatureReport {
  readonly feature: string;
  readonly version: string;
  readonly batchVersion: string;
  readonly lambdaVersion: string;
  /** Whether the SQL of the lambda is what this version compiles to. */
  readonly lambda: Origin;
  readonly mode: ParityMode;
  readonly verdict: Verdict;
  readonly population: string;
  /** The whole population was compared. */
  readonly census: boolean;
  /** Entities of the population, and how many of them were compared; with a spine: points. */
  readonly populationSize: number;
  readonly drawn: number;
  /** Points that were compared. */
  readonly samples: number;
  readonly mismatches: number;
  /** Points that the reference answered, too. */
  readonly referencePoints: number;
  readonly referenceMismatches: number;
  readonly target: number;
  readonly confidence: number;
  readonly latenessBudget: number;
  readonly upperBound: number | null;
  readonly moreNeeded: number | null;
  readonly outcomes: Comparison['outcomes'];
  /** Points by cause. */
  readonly causes: Readonly<Record<string, number>>;
  /** Points whose mismatch is part of what a stream cannot know, and the others. */
  readonly explained: number;
  readonly unexplained: number;
  readonly strata: readonly WhereCount[];
  /** FLOATs that drift to one side, each point within rounding. */
  readonly bias: readonly Bias[];
  readonly incidents: readonly ReportedIncident[];
  /** Not in logic mode: rows that the two sides do not have alike, whether or not they make a difference. */
  readonly deviations: readonly ReportedDeviation[];
  /** Not in logic mode: what would still differ if answers had been given later. */
  readonly freshness: readonly Freshness[];
  readonly differences: readonly ReportedDifference[];
  /** What was compared, as bytes. */
  readonly artifacts: readonly ReportedArtifact[];
  /** Of the run that printed it: a history does not keep it. */
  readonly notes?: ReportNotes;
}

export interface ReportNotes {
  /** Every answer is the one that it would be without any event. */
  readonly nothingHappened: boolean;
  /** Points that differ between the forms, or from the reference alone. */
  readonly differing: number;
  /** Of the answers in a log. */
  readonly otherVersions: OtherVersions;
  /** Answers of a log of which nobody noted when they were asked. */
  readonly undated: number;
  /** Somebody said how much lateness may explain. */
  readonly latenessBudgetGiven: boolean;
  /** Forms that Lockstep did not compile. */
  readonly foreign: ForeignForms;
  /** Of our models, whose rows are batch's answers; null: batch was asked. */
  readonly table: string | null;
}

export interface ReportedArtifact {
  readonly kind: string;
  readonly sha256: string;
}

export interface Reported {
  /** Columns whose values are personal, and so masked. */
  readonly masked: ReadonlySet<string>;
  /** Equal values have equal masks under one secret. Whoever knows it can try values out, so it is nobody's choice. */
  readonly maskSecret: string;
  readonly mode: ParityMode;
  readonly compiled: CompiledFeature;
  readonly catalog: Catalog;
  /** Without: the feature's own. */
  readonly batchVersion?: string;
  readonly lambdaVersion: string;
  readonly foreign?: ForeignForms;
  /** In words, of our models. */
  readonly table?: string | null;
  readonly otherVersions?: OtherVersions;
  readonly undated?: number;
  readonly latenessBudgetGiven?: boolean;
  readonly origin: Origin;
  readonly aim: Aim;
  readonly decision: Decision;
  readonly compared: Compared;
  readonly population: string;
  readonly artifacts: readonly ReportedArtifact[];
  readonly strata: readonly WhereCount[];
  readonly spine: readonly SpineRow[];
  readonly result: Answered;
  readonly bias: readonly Bias[];
  readonly freshness: readonly Freshness[];
  readonly deviations: readonly Deviation[];
  /** By row of the spine. */
  readonly witnesses: ReadonlyMap<number, PrintedWitness>;
}

const mostDifferences = 1000;

/** Those with a witness stay, whatever else is left out. */
function shortened(differences: readonly ReportedDifference[]): readonly ReportedDifference[] {
  return [...differences.slice(0, mostDifferences), ...differences.slice(mostDifferences).filter((d) => d.witness !== null)];
}

export function featureReport(given: Reported): FeatureReport {
  const { compiled, aim, decision, spine, result } = given;
  const { feature, version } = compiled;
  const { batchAgainstLambda: forms, referenceAgainstBatch: oracle } = result;
  const hide = (column: string, value: unknown): unknown =>
    given.masked.has(column) && value !== null ? maskOf(given.maskSecret, column, value) : value;
  const place = (row: number, column: string) => ({ ...pointOf(compiled, spine[row] as SpineRow, hide), column: outputName(column) });
  const show = (column: string, value: Value): unknown => {
    const output = feature.outputs.find((o) => o.name === column);
    return output === undefined ? null : hide(column, formatValue(value, output.type));
  };
  const told = new Set<number>();
  /** A point may differ in several columns; its witness is given once. */
  const firstOf = (row: number): PrintedWitness | null => {
    if (told.has(row)) return null;
    told.add(row);
    return given.witnesses.get(row) ?? null;
  };
  const differences: readonly ReportedDifference[] = [
    ...forms.differences.map((d) => ({
      ...place(d.row, d.column),
      batch: show(d.column, d.left),
      stream: show(d.column, d.right),
      outcome: d.outcome,
      cause: (d.cause ?? unknownCause).id,
      among: (d.cause ?? unknownCause).among,
      explained: (d.cause ?? unknownCause).explained,
      proof: (d.cause ?? unknownCause).proof,
      witness: firstOf(d.row),
    })),
    ...oracle.differences.map(
      (d): ReportedDifference => ({
        ...place(d.row, d.column),
        batch: show(d.column, d.left),
        reference: show(d.column, d.right),
        outcome: d.outcome,
        cause: 'unknown',
        among: [],
        explained: false,
        proof: '',
        witness: null,
      }),
    ),
  ];
  const byRow = new Map(forms.differences.map((d) => [d.row, d.cause ?? unknownCause]));
  const causes: Record<string, number> = {};
  for (const { id } of byRow.values()) causes[id] = (causes[id] ?? 0) + 1;
  const explained = [...byRow.values()].filter((cause) => cause.explained).length;
  return {
    feature: feature.name,
    version,
    batchVersion: given.batchVersion ?? version,
    lambdaVersion: given.lambdaVersion,
    lambda: given.origin,
    mode: given.mode,
    verdict: decision.verdict,
    population: given.population,
    census: decision.census,
    populationSize: given.compared.draws.population,
    drawn: given.compared.draws.shares.length,
    samples: forms.points,
    mismatches: forms.mismatches,
    referencePoints: oracle.points,
    referenceMismatches: oracle.mismatches,
    target: aim.target,
    confidence: aim.confidence,
    latenessBudget: aim.latenessBudget,
    upperBound: decision.upperBound,
    moreNeeded: decision.moreNeeded,
    outcomes: forms.outcomes,
    causes,
    explained,
    unexplained: byRow.size - explained,
    strata: given.strata,
    bias: given.bias.map((b) => ({ ...b, column: outputName(b.column) })),
    incidents: incidentsOf(spine, result, given.table == null ? undefined : stepOf(feature)).map((i) => ({
      ...i,
      from: formatValue(i.from, timestamp),
      to: formatValue(i.to, timestamp),
    })),
    deviations: given.deviations.map((d) => reportedDeviation(d, given.catalog)),
    freshness: given.freshness,
    differences: shortened(differences),
    artifacts: given.artifacts,
    notes: {
      nothingHappened: given.compared.nothing && forms.points > 0 && forms.mismatches === 0,
      differing: new Set([...byRow.keys(), ...oracle.differences.map((d) => d.row)]).size,
      otherVersions: given.otherVersions ?? { answers: 0, versions: [] },
      undated: given.undated ?? 0,
      latenessBudgetGiven: given.latenessBudgetGiven ?? false,
      foreign: given.foreign ?? noForeign,
      table: given.table ?? null,
    },
  };
}

function reportedDeviation({ dated, arrived, common, ...deviation }: Deviation, catalog: Catalog): ReportedDeviation {
  const columns = catalog.sources.find((s) => s.name === deviation.source)?.columns ?? [];
  const times = (range: readonly [bigint, bigint] | null): readonly [unknown, unknown] | null =>
    range === null ? null : [formatValue(range[0], timestamp), formatValue(range[1], timestamp)];
  const shown = (column: string, value: Value): unknown => formatValue(value, columns.find((c) => c.name === column)?.type ?? varchar);
  return {
    ...deviation,
    columns: deviation.columns.map(outputName),
    dated: times(dated),
    arrived: times(arrived),
    common: common.map(({ column, values }) => ({ column: outputName(column), values: values.map((v) => shown(column, v)) })),
  };
}

function maskOf(secret: string, column: string, value: unknown): string {
  return `masked ${createHmac('sha256', secret)
    .update(JSON.stringify([column, value]))
    .digest('hex')
    .slice(0, 12)}`;
}

function pointOf(
  { feature }: CompiledFeature,
  row: SpineRow,
  hide: (column: string, value: unknown) => unknown,
): Pick<ReportedDifference, 'key' | 'asOf' | 'askedAt'> {
  const key = feature.entity.map((e, i) => [outputName(e.name), hide(e.name, formatValue(row.entity[i] ?? null, e.type))] as const);
  const asked = row.arrivedBy === undefined ? {} : { askedAt: formatValue(row.arrivedBy, timestamp) };
  return { key: Object.fromEntries(key), asOf: formatValue(row.asOf, timestamp), ...asked };
}
