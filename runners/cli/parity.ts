/** lockstep parity: the forms of features compared on the same events, and what may be said of those that were not compared. */

import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { type SourceColumnName, shownColumns } from '../../compiler/check/lineage.ts';
import { counted } from '../../compiler/counted.ts';
import type { Value } from '../../compiler/value.ts';
import { readEvents, type SourceRows } from '../data/events.ts';
import { readSpine, type SpineRow } from '../data/spine.ts';
import { compare } from '../parity/compare.ts';
import { type Forms, isOtherArtifact } from '../parity/forms.ts';
import { openForms } from '../parity/logic.ts';
import { openReplay } from '../parity/replay.ts';
import { type FeatureReport, featureReport, type ParityMode } from '../parity/report.ts';
import { reportText } from '../parity/report-text.ts';
import { logicLimits, replayLimits, type Sampled, sampleForms, unexplained, type WhereCount } from '../parity/sample.ts';
import { type Aim, type Compared, decideLogic, decideReplay } from '../parity/verdict.ts';
import { type PrintedWitness, printWitness } from '../parity/witness/print.ts';
import { dbtUnitTest } from '../parity/witness/unit-test.ts';
import { findWitnesses, type Hiding } from '../parity/witness/witness.ts';
import { evaluateFeature } from '../reference/index.ts';
import { compiledLambda, readLambda } from '../stored-lambda.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, CommonOptions, ExitCode } from './command.ts';
import { parseInstant } from './instant.ts';
import { type LoadedProject, loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';

interface Options extends CommonOptions {
  readonly mode: string;
  readonly feature?: readonly string[];
  readonly events?: string;
  readonly batch?: string;
  readonly realtime?: string;
  readonly spine?: string;
  readonly interval?: string;
  readonly artifacts?: string;
  readonly target: string;
  readonly confidence: string;
  readonly seed: string;
  readonly raw?: boolean;
}

export const parity: CliCommand = {
  register: (program, run) => {
    program
      .command('parity')
      .description('compare the batch form, the lambda and the reference on the same events')
      .option('--mode <mode>', 'logic: both forms on the same events; replay: batch on all, the lambda on what had arrived', 'logic')
      .option('--feature <feature...>', 'only these features')
      .option('--events <dir>', 'a folder with one file per source')
      .option('--batch <dir>', 'replay: the events that the warehouse has')
      .option('--realtime <dir>', 'replay: the events that the stream had, with their ingest times')
      .option('--spine <file>', 'the points to compare (default: a sample of entities)')
      .option('--interval <a/b>', 'sample from this interval only, e.g. 2026-01-01T00:00:00/2026-01-02T00:00:00')
      .option('--artifacts <dir>', 'the lambdas that compile wrote there')
      .option('--target <share>', 'PROVEN means that fewer points than this mismatch, e.g. 0.1%', '0.1%')
      .option('--confidence <share>', 'how sure that must be', '95%')
      .option('--seed <text>', 'which entities, instants and edges are looked at; the same seed looks at the same', '1')
      .option('--raw', 'show the values of columns that sources.yml marks with pii, which are masked otherwise')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: Options) =>
        run(async (output) => {
          oneOf('--format', options.format, ['text', 'json'] as const);
          oneOf('--mode', options.mode, ['logic', 'replay'] as const);
          foldersOf(options);
          if (options.raw === true) output.say('warning: --raw: personal values are shown as they are');
          aimOf(options);
          if (options.interval !== undefined && options.spine !== undefined)
            throw new UsageError('--interval chooses points, and --spine names them: give one of the two');
          const project = await loadProject(options.project);
          const names = options.feature ?? project.authored.features.map((f) => f.name);
          const features = names.map((n) => requireFeature(project, n, output));
          if (features.length === 0) throw new UsageError('the project has no features');
          const progress = output.progress('parity', features.length);
          const maskSecret = randomBytes(16).toString('hex');
          const reports: FeatureReport[] = [];
          for (const [i, feature] of features.entries()) {
            progress.step(i);
            reports.push(await reportOf(feature, project, options, features.length, maskSecret, output.say));
          }
          progress.end();
          output.result(options.format === 'json' ? JSON.stringify({ features: reports }, null, 2) : reports.map(reportText).join('\n'));
          return exitCode(reports);
        }),
      );
  },
};

function exitCode(reports: readonly FeatureReport[]): ExitCode {
  if (reports.some((r) => r.verdict === 'VIOLATED')) return 1;
  return reports.some((r) => r.verdict === 'UNDECIDED') ? 3 : 0;
}

/** Where each side's events are. */
function foldersOf({ mode, events, batch, realtime }: Options): readonly [batch: string, stream: string] {
  if (mode === 'logic' && (batch !== undefined || realtime !== undefined))
    throw new UsageError('--batch and --realtime are for --mode replay: in logic mode both forms get the same --events');
  if (events !== undefined && (batch !== undefined || realtime !== undefined))
    throw new UsageError('--events is for both sides: give it, or --batch and --realtime');
  const [left, right] = [events ?? batch, events ?? realtime];
  if (left === undefined || right === undefined)
    throw new UsageError(
      mode === 'logic' ? '--events is missing: a folder with one file per source' : 'give --events, or --batch and --realtime',
    );
  return [left, right];
}

async function reportOf(
  compiled: CompiledFeature,
  project: LoadedProject,
  options: Options,
  features: number,
  maskSecret: string,
  say: (text: string) => void,
): Promise<FeatureReport> {
  const { feature } = compiled;
  const { catalog } = project.authored;
  const [batchFolder, streamFolder] = foldersOf(options);
  const read = async (folder: string): Promise<ReadonlyMap<string, SourceRows>> => {
    const { events, warnings } = await readEvents(
      resolve(folder),
      catalog.sources.filter((s) => feature.sources.includes(s.name)),
    );
    for (const warning of warnings) say(`warning: ${warning}`);
    return events;
  };
  const events = await read(batchFolder);
  const lambda =
    options.artifacts === undefined
      ? { ...compiledLambda(compiled, catalog), tampered: null }
      : await readLambda(resolve(options.artifacts), feature);
  if (lambda.tampered !== null) say(`warning: ${lambda.tampered}`);
  const mode: ParityMode = options.mode === 'replay' ? 'replay' : 'logic';
  const aim = aimOf(options);
  const masked = options.raw === true ? new Set<string>() : personal(compiled, project);
  const forms =
    mode === 'logic'
      ? await openForms(compiled, lambda, catalog, events)
      : await openReplay(compiled, lambda, catalog, {
          batch: events,
          stream: streamFolder === batchFolder ? events : await read(streamFolder),
        });
  try {
    const found =
      options.spine === undefined
        ? await onSample(forms, compiled, project, events, options, aim)
        : await onSpine(forms, await readSpine(resolve(options.spine), feature.entity, (warning) => say(`warning: ${warning}`)));
    const hiding = options.raw === true ? null : { entity: feature.entity.map((e) => masked.has(e.name)), secret: maskSecret };
    const witnesses = await printedWitnesses(forms, compiled, catalog, found, hiding);
    return featureReport({
      witnesses,
      masked,
      maskSecret,
      mode,
      compiled,
      lambdaVersion: lambda.artifact.version,
      origin: forms.origin,
      aim,
      decision: mode === 'logic' ? decideLogic(found.compared, aim) : decideReplay(found.compared, aim, features),
      ...found,
    });
  } finally {
    forms.close();
  }
}

async function printedWitnesses(
  forms: Forms,
  compiled: CompiledFeature,
  catalog: Catalog,
  { spine, result }: Found,
  hiding: Hiding | null,
): Promise<ReadonlyMap<number, PrintedWitness>> {
  const found = await findWitnesses(compiled, catalog, forms, spine, result, hiding);
  const printed = new Map<number, PrintedWitness>();
  for (const [row, witness] of found) {
    const cause = result.batchAgainstLambda.differences.find((d) => d.row === row)?.cause?.id ?? 'unknown';
    printed.set(row, printWitness(compiled, catalog, witness, cause, await dbtUnitTest(compiled, catalog, witness, cause)));
  }
  return printed;
}

/** Columns in which a value of a `pii` column may stand. */
function personal({ feature }: CompiledFeature, { authored: { catalog } }: LoadedProject): ReadonlySet<string> {
  const isPersonal = ({ source, column }: SourceColumnName): boolean =>
    catalog.sources.some((s) => s.name === source && s.columns.some((c) => c.name === column && c.pii));
  return new Set([...shownColumns(feature)].filter(([, from]) => from.some(isPersonal)).map(([name]) => name));
}

interface Found {
  readonly compared: Compared;
  readonly population: string;
  readonly strata: readonly WhereCount[];
  readonly spine: readonly SpineRow[];
  readonly result: Sampled['result'];
}

/** Every row of the spine: a census of what was asked. */
async function onSpine(forms: Forms, spine: readonly SpineRow[]): Promise<Found> {
  const result = await forms.explain(spine, await forms.answer(spine));
  const wrong = unexplained(result);
  return {
    compared: {
      draws: { population: spine.length, shares: spine.map((_, i) => (wrong.rows.has(i) ? 1 : 0)) },
      mismatches: wrong.rows.size,
      logicFaults: wrong.logicFaults,
      otherArtifact: isOtherArtifact(forms.origin),
      referenceMismatches: result.referenceAgainstBatch.mismatches,
      nothing: spine.length === 0,
    },
    population: `census of ${counted(spine.length, '(entity, as_of) point')} of the spine`,
    strata: [],
    spine,
    result,
  };
}

async function onSample(
  forms: Forms,
  compiled: CompiledFeature,
  project: LoadedProject,
  events: ReadonlyMap<string, SourceRows>,
  options: Options,
  aim: Aim,
): Promise<Found> {
  const { catalog } = project.authored;
  const interval = options.interval === undefined ? undefined : parseInterval(options.interval);
  const sampled = await sampleForms(forms, {
    compiled,
    catalog,
    events,
    interval,
    aim,
    seed: options.seed,
    limits: options.mode === 'replay' ? replayLimits : logicLimits,
  });
  if (sampled === undefined) return { ...(await onSpine(forms, [])), population: 'no entity, or no event' };
  const { compared, instants, where, spine, result } = sampled;
  const { population, shares } = compared.draws;
  const entities = `${counted(population, 'entity', 'entities')} at ${counted(instants.length, 'instant')} and after events of their own`;
  return {
    compared: { ...compared, nothing: compared.nothing || saysNothing(compiled, project, spine, result.batch) },
    population: shares.length === population ? `census of ${entities}` : `sample of ${shares.length} of ${entities}`,
    strata: where,
    spine,
    result,
  };
}

function aimOf({ target, confidence }: Options): Aim {
  const read = (option: string, text: string): number => {
    const number = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
    const share = number === null ? Number.NaN : Number(number[1]) / (number[2] === '%' ? 100 : 1);
    if (!(share > 0 && share < 1)) throw new UsageError(`${option} ${text}: write a share between 0 and 1, or a percentage`);
    return share;
  };
  return { target: read('--target', target), confidence: read('--confidence', confidence) };
}

function parseInterval(text: string): readonly [bigint, bigint] {
  const [a, b, more] = text.split('/');
  const parse = (t: string | undefined): bigint | undefined => (t === undefined ? undefined : parseInstant(t));
  const [from, to] = [parse(a), parse(b)];
  if (from === undefined || to === undefined || more !== undefined || to <= from)
    throw new UsageError(`--interval ${text}: write two instants, the earlier first: 2026-01-01T00:00:00/2026-01-02T00:00:00`);
  return [from, to];
}

/** Every chosen point has the answer that it would have without any event: their agreement shows nothing. */
function saysNothing(
  { feature }: CompiledFeature,
  project: LoadedProject,
  spine: readonly SpineRow[],
  answers: readonly (readonly Value[])[],
): boolean {
  const { catalog } = project.authored;
  const none = new Map(catalog.sources.map((s) => [s.name, { columns: s.columns.map((c) => c.name), rows: [] }]));
  const empty = evaluateFeature(feature, catalog, none, spine, { knowledge: 'event' });
  return compare(feature.outputs, empty, answers).mismatches === 0;
}
