/** lockstep training-set: each label with features as of its instant, point-in-time correct. */
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Source } from '../../compiler/catalog.ts';
import { counted } from '../../compiler/counted.ts';
import { typeName } from '../../compiler/sql-type.ts';
import { formatOf, formats } from '../data/rows.ts';
import { type LabelsGiven, type Raw, trainingEngines, type Written } from '../training/engine.ts';
import { columnsOf } from '../training/names.ts';
import { makeTrainingSet } from '../training/training-set.ts';
import { UsageError } from '../usage-error.ts';
import { targetNamed } from '../warehouse/target-file.ts';
import type { CliCommand, CommonOptions, ExitCode, Output } from './command.ts';
import { required } from './given.ts';
import { type LoadedProject, loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';

interface Options extends CommonOptions {
  readonly labels?: string;
  readonly features?: string;
  readonly events?: string;
  readonly target?: string;
  readonly knowledge: string;
  readonly out?: string;
  readonly table?: string;
}

export const trainingSet: CliCommand = {
  register: (program, run) => {
    program
      .command('training-set')
      .usage('--labels <labels> --features <a,b> (--events <dir> | --target <name>) (--out <file> | --table <name>) [options]')
      .description('the features of each label as of its instant: only what was dated before it')
      .option(
        '--labels <file or relation>',
        'rows with as_of and entities: .parquet, .csv, .ndjson, or a relation of the target; all columns stay',
      )
      .option('--features <names>', 'with commas between; their outputs become columns <feature>__<output>')
      .option('--events <dir>', 'raw rows: a folder with one file per source, <source>.ndjson, .csv or .parquet')
      .option('--target <name>', 'raw rows: a target of lockstep.yml; the `warehouse` of each source is read there')
      .option('--knowledge <knowledge>', 'event: all events dated before T. arrived: only those that had arrived by T', 'event')
      .option('--out <file>', '.parquet or .csv')
      .option('--table <name>', 'a new table of the target, instead of a file')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'what is said about it: text or json', 'text')
      .action((options: Options) => run((output) => made(options, output)));
  },
};

async function made(options: Options, output: Output): Promise<ExitCode> {
  const format = oneOf('--format', options.format, ['text', 'json'] as const);
  const knowledge = oneOf('--knowledge', options.knowledge, ['event', 'arrived'] as const);
  const given = required('--labels <file or relation>', options.labels);
  const names = required('--features <names>', options.features)
    .split(',')
    .map((name) => name.trim());
  const to = writtenTo(options);
  const project = await loadProject(options.project);
  const features = names.map((name) => requireFeature(project, name, output));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`--features names ${twice} twice`);
  const { target, events } = options;
  if ((events === undefined) === (target === undefined))
    throw new UsageError('raw rows come from files or from a warehouse', 'give one of --events <dir> and --target <name>');
  const declared = target === undefined ? undefined : targetNamed(project.authored.config, target);
  const open = trainingEngines[declared?.engine ?? 'duckdb'];
  const raw: Raw =
    declared === undefined
      ? { kind: 'events', folder: resolve(events ?? '') }
      : { kind: 'target', target: { name: target ?? '', declared, folder: project.folder, environment: process.env, say: output.say } };
  const { catalog } = project.authored;
  const warn = (warning: string): void => output.say(`warning: ${warning}`);
  if (knowledge === 'arrived')
    for (const { name, kind } of withoutArrival(features, project))
      warn(
        kind === 'stream'
          ? `${name} has no ingest_time: of its events it is not known when they arrived, and all dated before T count`
          : `${name} is a table: of its versions it is not known when they arrived, and all dated before T count`,
      );
  const progress = output.progress('training set', 1000);
  const step = (done: number, total: number): void => progress.step((1000 * done) / total);
  const rows = await makeTrainingSet({ open, raw, labels: labelsOf(given, raw, to), features, catalog, knowledge, to, warn, step }).finally(
    progress.end,
  );
  output.result(format === 'json' ? asJson(features, rows, knowledge, given, to) : asText(features, rows, knowledge, to));
  return 0;
}

function writtenTo({ out, table, target }: Options): Written {
  if ((out === undefined) === (table === undefined))
    throw new UsageError('a training set goes into a file or a table', 'give one of --out <file> and --table <name>');
  if (out === undefined) {
    if (target === undefined) throw new UsageError('--table is for --target: it is made there', 'without a target: --out <file>');
    return { kind: 'table', name: tableName('--table', table ?? '') };
  }
  const format = (['parquet', 'csv'] as const).find((f) => out.toLowerCase().endsWith(`.${f}`));
  if (format === undefined) throw new UsageError(`--out ${out}: a training set is one of .parquet, .csv`);
  return { kind: 'file', file: resolve(out), format };
}

function tableName(option: string, name: string): string {
  const parts = name.split('.');
  if (parts.length <= 3 && parts.every((part) => part.trim() !== '')) return name;
  throw new UsageError(`${option} ${name} is no name of a relation`, 'it is table, schema.table or database.schema.table');
}

/** A relation is only in a target; what is called like a file is one. */
function labelsOf(given: string, raw: Raw, to: Written): LabelsGiven {
  const isFile = formats.some((format) => given.toLowerCase().endsWith(`.${format}`));
  if (raw.kind === 'target' && !isFile) return { kind: 'relation', name: tableName('--labels', given) };
  const file = resolve(given);
  if (to.kind === 'file' && to.file === file) throw new UsageError(`--out is the file of the labels: ${given}`, 'they would be lost');
  return { kind: 'file', file, format: formatOf(file, 'a file of labels') };
}

function withoutArrival(features: readonly CompiledFeature[], { authored }: LoadedProject): readonly Source[] {
  return authored.catalog.sources.filter(
    (s) => (s.kind === 'table' || s.ingestTime === null) && features.some(({ feature }) => feature.sources.includes(s.name)),
  );
}

const placeOf = (to: Written): string => (to.kind === 'file' ? to.file : to.name);

function asJson(features: readonly CompiledFeature[], rows: number, knowledge: string, labels: string, to: Written): string {
  const made = features.map((compiled) => {
    const names = columnsOf(compiled);
    const columns = compiled.feature.outputs.map(({ type }, i) => ({ name: names[i], type: typeName(type) }));
    return { name: compiled.feature.name, version: compiled.version, columns };
  });
  return JSON.stringify({ rows, knowledge, labels, features: made, [to.kind === 'file' ? 'out' : 'table']: placeOf(to) }, null, 2);
}

function asText(features: readonly CompiledFeature[], rows: number, knowledge: string, to: Written): string {
  const named = features.map((f) => `  ${f.feature.name}  ${f.version}  ${counted(f.feature.outputs.length, 'column')}`);
  const includes = features.filter(({ feature }) => feature.includeAsOf).map(({ feature }) => feature.name);
  const dated = `dated before each instant${includes.length === 0 ? '' : `, of ${includes.join(', ')} also at it`}`;
  const seen = knowledge === 'event' ? `all events ${dated}` : `of the events ${dated}, those that had arrived by then`;
  return [`${counted(rows, 'label')} with ${counted(features.length, 'feature')} in ${placeOf(to)}: ${seen}`, ...named].join('\n');
}
