/** From runs and the project as it is now to what the page shows. Pure. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { gridPath, type TextFile } from '../../compiler/artifacts/dbt.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { lineageOf, type SourceColumnName } from '../../compiler/check/lineage.ts';
import { typeName } from '../../compiler/sql-type.ts';
import type { ReportedRun } from '../history/run.ts';
import { standingFailures } from '../history/standing-failures.ts';
import { deviationText, faultyDeviations } from '../parity/deviation-text.ts';
import type { FeatureReport } from '../parity/report.ts';
import type { Verdict } from '../parity/verdict.ts';
import { groupBy } from '../reference/order.ts';
import { definitionText, openCauses, wordsOfCauses } from './cause-words.ts';
import { shownCauses, together } from './causes.ts';
import { faultsOf } from './faults.ts';
import type { FeatureNow, Latest, Night, ReportData, Series, ShownFeature, ShownRun } from './model.ts';
import { causeText, shownPoints } from './points.ts';
import { boundText, but, foreignSentences, meaning, notCompared, notEverywhere } from './words.ts';

export interface ReportedProject {
  readonly name: string;
  readonly catalog: Catalog;
  readonly features: readonly CompiledFeature[];
  readonly files: readonly TextFile[];
  /** What authors wrote, by path. */
  readonly authored: ReadonlyMap<string, string>;
}

const ranks: Readonly<Record<Verdict, number>> = { VIOLATED: 0, UNDECIDED: 1, PROVEN: 3 };
const rank = (of: { readonly verdict: Verdict; readonly notEverywhere: boolean }): number => (of.notEverywhere ? 2 : ranks[of.verdict]);

/** `only`: names of features; undefined for all that were ever compared. */
export function reportData(
  runs: readonly ReportedRun[],
  project: ReportedProject,
  written: { readonly at: string; readonly lockstep: string },
  only?: readonly string[],
): ReportData {
  const ordered = [...runs].sort((a, b) => compareText(a.run.startedAt, b.run.startedAt));
  const byFeature = new Map<string, [run: number, report: FeatureReport][]>();
  for (const [run, { features }] of ordered.entries())
    for (const report of features) {
      if (only !== undefined && !only.includes(report.feature)) continue;
      const known = byFeature.get(report.feature);
      if (known === undefined) byFeature.set(report.feature, [[run, report]]);
      else known.push([run, report]);
    }
  const latest = [...byFeature].flatMap(([name, reports]) => {
    const now = project.features.find((f) => f.feature.name === name)?.feature;
    return byMode(reports).map((own) => ({ report: lastOf(own)[1], owner: now?.owner ?? null, consumers: now?.consumers ?? [] }));
  });
  return {
    project: project.name,
    writtenAt: written.at,
    lockstep: written.lockstep,
    runs: ordered.map(({ run }) => shownRun(run)),
    causeWords: wordsOfCauses(latest.map((l) => l.report)),
    faults: faultsOf(latest),
    notCompared: standingFailures(runs)
      .filter(({ feature }) => only === undefined || only.includes(feature))
      .map(({ feature, mode, message, run, startedAt }) => ({ feature, mode, message, run, startedAt })),
    features: [...byFeature].map(([name, reports]) => shownFeature(name, reports, ordered, project)).sort(worstFirst),
  };
}

function shownRun(run: ReportedRun['run']): ShownRun {
  const engines = run.batchEngine === run.streamEngine ? run.batchEngine : `${run.batchEngine} and ${run.streamEngine}`;
  const { id, startedAt, mode, seed, lockstep, raw } = run;
  return { id, startedAt, mode, seed, lockstep, raw, engines };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function worstFirst(a: ShownFeature, b: ShownFeature): number {
  const [left, right] = [a.series[0]?.nights.at(-1), b.series[0]?.nights.at(-1)];
  return (
    rank(a) - rank(b) ||
    (right?.unexplained ?? 0) - (left?.unexplained ?? 0) ||
    (right?.upperBound ?? 1) - (left?.upperBound ?? 1) ||
    compareText(a.name, b.name)
  );
}

type Numbered = readonly [run: number, report: FeatureReport];

const byMode = (reports: readonly Numbered[]): readonly (readonly Numbered[])[] => [...groupBy(reports, ([, r]) => r.mode).values()];
const lastOf = (reports: readonly Numbered[]): Numbered => reports.at(-1) as Numbered;

function shownFeature(name: string, reports: readonly Numbered[], runs: readonly ReportedRun[], project: ReportedProject): ShownFeature {
  const compiled = project.features.find((f) => f.feature.name === name);
  const series = byMode(reports)
    .map((own) => seriesOf(own, runs, compiled, project.catalog))
    .sort((a, b) => rank(a) - rank(b));
  const now = compiled === undefined ? null : featureNow(compiled, project);
  const causes = together(series.flatMap((s) => s.latest.causes));
  const found = [name, now?.owner ?? '', ...causes.map((c) => c.name), ...(now?.sources ?? []), ...(now?.consumers ?? [])];
  return {
    name,
    verdict: series[0]?.verdict ?? 'UNDECIDED',
    notEverywhere: series[0]?.notEverywhere ?? false,
    causes,
    words: found.join(' ').toLowerCase(),
    now,
    series,
  };
}

function seriesOf(
  reports: readonly Numbered[],
  runs: readonly ReportedRun[],
  compiled: CompiledFeature | undefined,
  catalog: Catalog,
): Series {
  const [run, latest] = lastOf(reports);
  return {
    mode: latest.mode,
    verdict: latest.verdict,
    notEverywhere: notEverywhere(latest),
    nights: reports.map(([run, r]) => night(run, r)),
    latest: shownLatest(latest, runs[run]?.run.options ?? {}, compiled, catalog),
  };
}

function night(run: number, r: FeatureReport): Night {
  const { verdict, version, upperBound, target, census, samples, mismatches, unexplained } = r;
  return {
    run,
    verdict,
    version,
    upperBound,
    target,
    census,
    samples,
    mismatches,
    unexplained,
    notEverywhere: notEverywhere(r),
    bound: boundText(r),
  };
}

function shownLatest(
  report: FeatureReport,
  options: ReportedRun['run']['options'],
  compiled: CompiledFeature | undefined,
  catalog: Catalog,
): Latest {
  const { version, lambdaVersion, samples, mismatches, explained, unexplained } = report;
  return {
    version,
    lambdaVersion,
    samples,
    mismatches,
    explained,
    unexplained,
    meaning: meaning(report),
    but: but(report),
    foreign: foreignSentences(report, options),
    notCompared: notCompared(report, options),
    outcomes: Object.entries(report.outcomes).map(([name, count]) => ({ name, count })),
    strata: report.strata,
    causes: shownCauses(report),
    open: openCauses(report),
    definition: definitionText(report),
    deviations: faultyDeviations(report).map(deviationText),
    incidents: report.incidents.map((i) => ({ ...i, cause: causeText(i), from: String(i.from), to: String(i.to) })),
    freshness: report.freshness,
    ...shownPoints(report, compiled?.feature ?? null, catalog),
    artifacts: report.artifacts,
  };
}

function featureNow({ feature, version, lambdaSql }: CompiledFeature, { files, authored, catalog }: ReportedProject): FeatureNow {
  const lineage = lineageOf(feature);
  const name = ({ source, column }: SourceColumnName): string => `${source}.${outputName(column)}`;
  const [only, ...others] = feature.sources;
  const outputs = feature.outputs.map((o) => {
    const from = (lineage.columns.get(o.name) ?? []).map(name);
    const counted = from.length === 0 && others.length === 0 ? (only ?? null) : null;
    return { name: outputName(o.name), type: typeName(o.type), from, counted };
  });
  const times = catalog.sources
    .filter((s) => feature.sources.includes(s.name))
    .map((s) => ({ column: s.kind === 'stream' ? s.eventTime : s.updatedAt, source: s.name, kind: s.kind }));
  const timeNames = times.map(name);
  const choosing = lineage.reads.map(name).filter((read) => !timeNames.includes(read) && !outputs.some((o) => o.from.includes(read)));
  return {
    version,
    file: feature.file,
    owner: feature.owner,
    description: feature.description,
    consumers: feature.consumers,
    entity: feature.entity.map((e) => `${outputName(e.name)} ${typeName(e.type)}`),
    sources: feature.sources,
    outputs,
    choosing: [...times.map((t) => `${name(t)} (${t.kind === 'stream' ? 'event time' : 'time of a version'})`), ...choosing],
    sql: {
      authored: authored.get(feature.file) ?? '',
      batch: files.find((f) => f.path === `dbt/snowflake/${gridPath(feature.name)}`)?.text ?? '',
      lambda: lambdaSql,
    },
  };
}
