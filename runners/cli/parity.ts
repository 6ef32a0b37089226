/** lockstep parity: the forms of features compared on the same events, and what may be said of those that were not compared. */

import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { parseShare } from '../../compiler/authoring/share.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { counted } from '../../compiler/counted.ts';
import type { BatchTable } from '../data/batch-table.ts';
import { formatTimestamp } from '../data/format-value.ts';
import { maskOf } from '../data/masked.ts';
import { readServedLog } from '../data/served-log.ts';
import { readSpine } from '../data/spine.ts';
import { foreignVersion } from '../foreign-version.ts';
import { earlierNights } from '../history/nights.ts';
import type { NotCompared, ReportedRun } from '../history/run.ts';
import { type VerdictChecks, withVerdictChecks } from '../orchestrate/dagster/checks.ts';
import { openAskedServer, type ServerForms } from '../parity/asked-server.ts';
import { expectedOf } from '../parity/built/expected.ts';
import { builtText } from '../parity/built/text.ts';
import { deviationsOf } from '../parity/deviations.ts';
import type { Forms } from '../parity/forms.ts';
import { freshnessOf } from '../parity/freshness.ts';
import { openForms } from '../parity/logic.ts';
import { type Found, lookAtSample, lookAtServed, lookAtSpine } from '../parity/look.ts';
import { notReached } from '../parity/not-reached.ts';
import { openReplay } from '../parity/replay.ts';
import { type FeatureReport, featureReport, type ReportedArtifact } from '../parity/report.ts';
import { reportText } from '../parity/report-text.ts';
import { logicLimits, replayLimits } from '../parity/sample.ts';
import { type OtherVersions, openServed } from '../parity/served.ts';
import { unmaskOf } from '../parity/unmask.ts';
import { type Aim, decideLogic, decideReplay } from '../parity/verdict.ts';
import { printedWitnesses } from '../parity/witness/printed.ts';
import { personalColumns } from '../personal.ts';
import { commonAim, modelDigests, promisedAim } from '../promotion/batch-half.ts';
import { compiledLambda, readLambda } from '../stored-lambda.ts';
import type { StoredLambda } from '../stream/execute.ts';
import { UsageError } from '../usage-error.ts';
import type { Unreadable } from './batch-side.ts';
import type { CliCommand, ExitCode, Output } from './command.ts';
import { featureFailure, plainWords } from './feature-failure.ts';
import { foreignForms, requireFitting } from './foreign.ts';
import { asRun, type Runs } from './lineage-runs.ts';
import { type LoadedProject, loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';
import { openBudget } from './parity-budget.ts';
import { comparisonsOf } from './parity-lineage.ts';
import { batchSides, modes, type ParityOptions, streamSides } from './parity-options.ts';
import { askedServer, enginesOf, givenOf, type Loaded, loadedFor, parseInterval } from './parity-sides.ts';
import { finished, record, requireUsable, startedRun } from './recorded.ts';

export const parity: CliCommand = {
  register: (program, run) => {
    program
      .command('parity')
      .description('compare the batch form, the lambda and the reference on the same events')
      .option(
        '--mode <mode>',
        'logic: both forms on the same events; replay: batch on all, the lambda on what had arrived; served: batch against a log of answers',
        'logic',
      )
      .option('--feature <feature...>', 'only these features')
      .option('--events <dir>', 'a folder with one file per source')
      .option(
        '--batch <dir|target>',
        "replay, served: the events that the warehouse has. Or a target of lockstep.yml: its tables of features are compared, on its raw rows; <target>:<relation> for one feature's",
      )
      .option(
        '--realtime <dir|url>',
        'replay, served: the events that the stream had, with their ingest times; or the server that has them. logic: the server that is asked',
      )
      .option('--tag <tag>', 'logic: the version that the server is asked for', 'latest')
      .option('--served-log <file>', 'served: what was answered, one JSON object a line')
      .option('--batch-engine <engine>', `what answers for batch: ${batchSides.join(', ')}`, 'duckdb')
      .option('--stream-engine <engine>', `what answers for the stream: ${streamSides.join(', ')}`, 'duckdb')
      .option('--spine <file>', 'the points to compare (default: a sample of entities)')
      .option('--interval <a/b>', 'only points of this interval, e.g. 2026-01-01T00:00:00/2026-01-02T00:00:00')
      .option('--artifacts <dir>', 'the lambdas that compile wrote there')
      .option('--batch-table <file>', "batch's answers, computed by somebody else: entity columns, as_of, outputs; with one --feature")
      .option('--lambda-sql <file>', "a lambda that somebody else wrote, in DuckDB's SQL; with one --feature")
      .option('--target <share>', `PROVEN means that fewer points than this mismatch (default: the feature's own, or 0.1%)`)
      .option('--confidence <share>', `how sure that must be (default: the feature's own, or 95%)`)
      .option(
        '--lateness-budget <share>',
        `replay, served: how many points may differ because events were late (default: the feature's own, or 100%)`,
      )
      .option('--seed <text>', 'which entities, instants and edges are looked at; the same seed looks at the same', '1')
      .option('--max-seconds <n>', 'draw no more entities of a feature after so long; what is missing then is said')
      .option('--budget-seconds <n>', 'of the whole run: what was red, new or changed comes first, and what is not reached is UNDECIDED')
      .option('--budget-queries <n>', 'of the whole run: queries of engines, a server and the warehouse')
      .option('--budget-credits <n>', "of the whole run: Snowflake's, for --batch with a target there")
      .option('--history <file>', 'keep this run in a DuckDB file, for `lockstep report` and `lockstep verify`')
      .option('--raw', 'show the values of columns that sources.yml marks with pii, which are masked otherwise')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: ParityOptions) => run((output) => withVerdictChecks((checks) => compared(options, output, checks))));
  },
};

async function compared(options: ParityOptions, output: Output, checks: VerdictChecks): Promise<ExitCode> {
  oneOf('--format', options.format, ['text', 'json'] as const);
  oneOf('--mode', options.mode, modes);
  enginesOf(options);
  requireFitting(options);
  if (options.raw === true) output.say('warning: --raw: personal values are shown as they are');
  aimOf(options, commonAim);
  if (options.interval !== undefined && options.spine !== undefined)
    throw new UsageError('--interval chooses points, and --spine names them: give one of the two');
  const project = await loadProject(options.project);
  givenOf(options, project);
  const names = options.feature ?? project.authored.features.map((f) => f.name);
  const named = names.map((n) => requireFeature(project, n, output));
  if (named.length === 0) throw new UsageError('the project has no features');
  return asRun('parity', { project, output }, (runs) => comparedFeatures(named, project, options, output, checks, runs));
}

async function comparedFeatures(
  named: readonly CompiledFeature[],
  project: LoadedProject,
  options: ParityOptions,
  output: Output,
  checks: VerdictChecks,
  runs: Runs | null,
): Promise<ExitCode> {
  const { target, confidence } = aimOf(options, commonAim);
  await requireUsable(options.history, output.say);
  const mode = oneOf('--mode', options.mode, modes);
  const given = { mode, seed: options.seed, target, confidence, raw: options.raw === true };
  const started = await startedRun(given, { ...options });
  const budget = await openBudget(options, project, output.say);
  const features = budget.order(named);
  const comparisons = comparisonsOf(runs, options, project, options.history === undefined ? null : started.id);
  const nights = await nightsOf(options.history, mode, output.say);
  const progress = output.progress('parity', features.length);
  const maskSecret = randomBytes(16).toString('hex');
  const reports: FeatureReport[] = [];
  const errors: NotCompared[] = [];
  const { catalog } = project.authored;
  const showing = { raw: options.raw === true, say: output.say };
  const loaded = await loadedFor(features, project, options, budget, output.say);
  const versions = {
    ...(await loaded.sides.versions()),
    ...(loaded.server === undefined ? {} : { streamEngine: loaded.server.engine }),
  };
  const asked = features.filter((f) => !loaded.withoutTable.includes(f));
  const fails = (feature: CompiledFeature['feature'], failure: NotCompared): void => {
    errors.push(failure);
    checks.failure(feature.name, failure.message, feature.owner);
  };
  for (const compiled of loaded.withoutTable) {
    const failure = withoutTable(compiled.feature.name, options.batch, output.say);
    comparisons(compiled)?.fail(failure.plain);
    fails(compiled.feature, failure);
  }
  try {
    for (const [i, feature] of asked.entries()) {
      progress.step(i);
      const night = nights(feature.feature.name, feature.version) + 1;
      const comparison = comparisons(feature);
      try {
        const usedUp = budget.usedUp();
        if (usedUp === null) await loaded.prepare(feature);
        const unreadable = loaded.unreadable(feature);
        if (unreadable !== undefined) {
          const failure = ofSource(feature.feature.name, unreadable, output.say);
          comparison?.fail(failure.plain);
          fails(feature.feature, failure);
          continue;
        }
        const judged = { features: features.length, night, seconds: budget.secondsFor(asked.slice(i)) };
        const report =
          usedUp === null
            ? await reportOf(feature, project, loaded, options, judged, maskSecret, output.say)
            : notReached(feature, mode, aimOf(options, promisedAim(feature.feature.name, project.authored)), usedUp);
        reports.push(report);
        checks.verdict(report, feature.feature.owner);
        comparison?.verdict(report);
      } catch (thrown) {
        const plain = plainWords(thrown);
        comparison?.fail(plain);
        fails(feature.feature, { ...featureFailure(feature, catalog, thrown, showing), plain });
      }
    }
  } finally {
    await loaded.close();
  }
  progress.end();
  const names = named.map(({ feature }) => feature.name);
  reports.sort((a, b) => names.indexOf(a.feature) - names.indexOf(b.feature));
  const reported: ReportedRun = { run: finished(started, versions), features: reports, errors };
  const cost = budget.told();
  if (options.format === 'json') output.result(JSON.stringify({ ...reported, ...(cost === null ? {} : { budget: cost }) }, null, 2));
  else if (reports.length > 0) output.result(reports.map((r) => reportText(r)).join('\n'));
  await record(options.history, reported, output.say);
  if (errors.length > 0) runs?.failed(`${counted(errors.length, 'feature')} could not be compared`);
  if (checks.areHeard) return 0;
  return errors.length > 0 ? 2 : exitCode(reports);
}

function withoutTable(feature: string, target: string | undefined, say: (text: string) => void): NotCompared {
  const message = `the target ${target} has no table of it`;
  say(`error: ${feature}: ${message}`);
  return { feature, message, plain: message };
}

function ofSource(feature: string, { message, hint }: Unreadable, say: (text: string) => void): NotCompared {
  say(`error: ${feature}: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`);
  const said = hint === undefined ? message : `${message}; ${hint}`;
  return { feature, message: said, plain: said };
}

function exitCode(reports: readonly FeatureReport[]): ExitCode {
  if (reports.some((r) => r.verdict === 'VIOLATED')) return 1;
  return reports.some((r) => r.verdict === 'UNDECIDED') ? 3 : 0;
}

interface Asking {
  readonly forms: Forms;
  readonly look: () => Promise<Found>;
  readonly lambdaVersion: string;
  /** Of the lambda that answered; null: nobody kept it. */
  readonly lambdaSha256: string | null;
  readonly otherVersions: OtherVersions;
  readonly undated: number;
}

/** The forms that the mode compares, and the points at which it does. */
async function askingOf(
  compiled: CompiledFeature,
  { sides, streamWasKept, foreign: { lambda: foreign }, tableOf, server: deployed, meter }: Loaded,
  options: ParityOptions,
  { aim, seconds }: { readonly aim: Aim; readonly seconds: number | null },
  say: (text: string) => void,
): Promise<Asking> {
  const { feature, version } = compiled;
  const { catalog } = sides;
  const table = await tableOf?.(compiled);
  if (options.servedLog !== undefined) {
    const mask = maskOf(process.env);
    const unmask = mask === undefined ? undefined : unmaskOf(mask, feature, catalog, [sides.batch, sides.stream]);
    const log = await readServedLog(resolve(options.servedLog), feature, unmask);
    const within = options.interval === undefined ? undefined : parseInterval(options.interval);
    const forms = await openServed(compiled, sides, { log, within, streamWasKept, table, mask }, options.seed);
    const versions = forms.versions;
    const lambdaVersion = versions.join(', ') || version;
    return {
      forms,
      look: () => lookAtServed(forms, { feature, catalog }),
      lambdaVersion,
      lambdaSha256: deployed?.sha256Of(feature.name, lambdaVersion) ?? null,
      otherVersions: forms.otherVersions,
      undated: forms.undated,
    };
  }
  const replays = options.mode === 'replay';
  const url = askedServer(options);
  const asking = url === undefined || deployed === undefined ? undefined : { url, deployed, tag: options.tag, asked: meter.asked };
  const server = asking === undefined ? undefined : await openAskedServer(compiled, sides, asking);
  const lambda = foreign ?? (await lambdaOf(compiled, catalog, options.artifacts, say));
  const forms = server ?? (await (replays ? openReplay : openForms)(compiled, lambda, sides));
  const look = async (): Promise<Found> => {
    if (options.spine !== undefined)
      return lookAtSpine(
        forms,
        { feature, catalog },
        await readSpine(resolve(options.spine), feature.entity, (warning) => say(`warning: ${warning}`)),
      );
    const given = options.interval === undefined ? undefined : parseInterval(options.interval);
    const interval = server === undefined ? given : askedOf(server, given, feature.name, say);
    if (given === undefined && interval !== undefined && table?.built != null) {
      const later = new Set(table.points.flatMap(({ asOf }) => (asOf >= interval[1] ? [asOf] : [])));
      if (later.size > 0)
        say(
          `warning: ${feature.name}: the server has no events for ${counted(later.size, 'instant')} of the table, from ${formatTimestamp(interval[1])} on: not compared`,
        );
    }
    // It cannot be asked about any instant.
    if (server !== undefined && interval === undefined) return lookAtSpine(forms, { feature, catalog }, []);
    const most = replays ? replayLimits : logicLimits;
    const own = options.maxSeconds === undefined ? most.seconds : secondsOf(options.maxSeconds);
    const limits = { ...most, seconds: Math.min(own, seconds ?? own) };
    return lookAtSample(forms, {
      compiled,
      catalog,
      events: sides.batch,
      interval,
      aim,
      seed: options.seed,
      limits,
      ...(table === undefined ? {} : { table }),
      ...(table === undefined || table.built === null
        ? {}
        : {
            // What a server can be asked about says nothing of what the table should hold.
            expected: expectedOf(compiled, table, table.built, {
              catalog,
              events: sides.batch,
              interval: given,
              now: BigInt(Date.now()) * 1000n,
            }),
          }),
    });
  };
  return {
    forms,
    look,
    lambdaVersion: server?.version ?? lambda.artifact.version,
    lambdaSha256:
      server === undefined
        ? (foreign?.artifact.sqlSha256 ?? sha256(lambda.sql))
        : (deployed?.sha256Of(feature.name, server.version) ?? null),
    otherVersions: { answers: 0, versions: [] },
    undated: 0,
  };
}

/** What is asked for, as far as the server can answer. */
function askedOf(
  { interval }: ServerForms,
  given: readonly [bigint, bigint] | undefined,
  feature: string,
  say: (text: string) => void,
): readonly [bigint, bigint] | undefined {
  const shown = (at: bigint): string => formatTimestamp(at);
  if (interval === undefined) {
    say(`warning: ${feature}: the server cannot be asked about any instant yet: it has no events, or not those of long enough`);
    return undefined;
  }
  if (given === undefined) return interval;
  const [from, to] = [given[0] > interval[0] ? given[0] : interval[0], given[1] < interval[1] ? given[1] : interval[1]];
  if (from > given[0] || to < given[1])
    say(`warning: ${feature}: the server can be asked about instants from ${shown(interval[0])} to ${shown(interval[1])}`);
  return from < to ? [from, to] : undefined;
}

async function lambdaOf(
  compiled: CompiledFeature,
  catalog: Catalog,
  artifacts: string | undefined,
  say: (text: string) => void,
): Promise<StoredLambda> {
  const own = compiledLambda(compiled, catalog);
  if (artifacts === undefined) return own;
  const lambda = await readLambda(resolve(artifacts), compiled.feature, own);
  if (lambda.tampered !== null) say(`warning: ${lambda.tampered}`);
  return lambda;
}

/** How many features are judged at once, and on which night of this version. */
interface Judged {
  readonly features: number;
  readonly night: number;
  /** How long it may draw entities; null: as long as it must. */
  readonly seconds: number | null;
}

async function nightsOf(
  file: string | undefined,
  mode: string,
  say: (text: string) => void,
): Promise<(feature: string, version: string) => number> {
  return file === undefined ? () => 0 : earlierNights(resolve(file), mode, BigInt(Date.now()) * 1000n, { say, patience: 10_000 });
}

async function reportOf(
  compiled: CompiledFeature,
  project: LoadedProject,
  loaded: Loaded,
  options: ParityOptions,
  { features, night, seconds }: Judged,
  maskSecret: string,
  say: (text: string) => void,
): Promise<FeatureReport> {
  const { feature } = compiled;
  const { catalog } = project.authored;
  const mode = oneOf('--mode', options.mode, modes);
  const aim = aimOf(options, promisedAim(feature.name, project.authored));
  const masked = options.raw === true ? new Set<string>() : personalColumns(feature, catalog);
  const { forms, look, lambdaVersion, lambdaSha256, otherVersions, undated } = await askingOf(
    compiled,
    loaded,
    options,
    { aim, seconds },
    say,
  );
  const found = await look();
  const table = await loaded.tableOf?.(compiled);
  const hiding = options.raw === true ? null : { entity: feature.entity.map((e) => masked.has(e.name)), secret: maskSecret };
  return featureReport({
    witnesses: await printedWitnesses(forms, compiled, catalog, found, hiding),
    freshness: mode === 'logic' ? [] : freshnessOf(feature, forms.evidence(), found.spine, found.result),
    deviations: mode === 'logic' ? [] : deviationsOf(forms.evidence(), catalog),
    catalog,
    masked,
    maskSecret,
    mode,
    compiled,
    lambdaVersion,
    otherVersions,
    undated,
    latenessBudgetGiven: (options.latenessBudget ?? ownBudget(feature.name, project)) !== null,
    artifacts: artifactsOf(feature.name, lambdaSha256, table, project),
    batchVersion: versionOf(table, compiled.version),
    foreign: foreignForms(loaded.foreign, found.spine),
    table: table === undefined || table.built === null ? null : builtText(table, table.built),
    origin: forms.origin,
    aim,
    decision: mode === 'logic' ? decideLogic(found.compared, aim) : decideReplay(found.compared, aim, features, night),
    ...found,
  });
}

/** Of batch's answers. */
function versionOf(table: BatchTable | undefined, compiled: string): string {
  if (table === undefined) return compiled;
  if (table.built === null) return foreignVersion(table.sha256);
  return [...new Set(table.built.versions.values())].sort().join(', ') || compiled;
}

const ownBudget = (feature: string, { authored }: LoadedProject): number | null =>
  authored.features.find((f) => f.name === feature)?.header.parity.latenessBudget ?? null;

function artifactsOf(
  feature: string,
  lambdaSha256: string | null,
  table: BatchTable | undefined,
  { compiled }: LoadedProject,
): readonly ReportedArtifact[] {
  const lambda = lambdaSha256 === null ? [] : [{ kind: 'lambda', sha256: lambdaSha256 }];
  if (table !== undefined) return [...lambda, { kind: 'batch_table', sha256: table.sha256 }];
  return [...lambda, ...Object.entries(modelDigests(feature, compiled)).map(([kind, sha256]) => ({ kind, sha256 }))];
}

/** What is asked on the command line, or else what the feature promises. */
function aimOf({ target, confidence, latenessBudget }: ParityOptions, promised: Aim): Aim {
  const read = (option: string, text: string | undefined, ends = false): number | undefined => {
    if (text === undefined) return undefined;
    const share = parseShare(text, { ends });
    if (share === undefined) throw new UsageError(`${option} ${text}: write a share between 0 and 1, or a percentage`);
    return share;
  };
  return {
    target: read('--target', target) ?? promised.target,
    confidence: read('--confidence', confidence) ?? promised.confidence,
    latenessBudget: read('--lateness-budget', latenessBudget, true) ?? promised.latenessBudget,
  };
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(Number.isFinite(seconds) && seconds > 0)) throw new UsageError(`--max-seconds ${text}: write a number of seconds`);
  return seconds;
}
