/** lockstep report: what parity found, night by night, or with --catalog what features there are, as one HTML file. */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { formatTimestamp } from '../data/format-value.ts';
import type { ReportedRun } from '../history/run.ts';
import { lockstepVersion } from '../lockstep-version.ts';
import { type ReportedProject, reportData } from '../report/build.ts';
import { reportHtml } from '../report/html.ts';
import { UsageError } from '../usage-error.ts';
import { reportCatalog } from './catalog.ts';
import type { CliCommand, CommonOptions, Output } from './command.ts';
import { type LoadedProject, loadProject } from './load.ts';
import { oneOf } from './one-of.ts';
import { recorded } from './recorded.ts';

interface Options extends CommonOptions {
  readonly history?: string;
  readonly parity?: readonly string[];
  readonly out?: string;
  readonly feature?: readonly string[];
  readonly catalog?: boolean;
  readonly url?: string;
  readonly profile: readonly string[];
}

export const report: CliCommand = {
  register: (program, run) => {
    program
      .command('report')
      .description('write what parity found, night by night, as one HTML file that needs nothing else')
      .option('--history <file>', 'all runs that `parity --history` kept there')
      .option('--parity <file...>', 'what `parity --format json` printed; a night each')
      .option('--feature <feature...>', 'only these features')
      .option('--out <file>', 'the file to write (default: report.html; of a catalogue catalog.html)')
      .option('--catalog', 'the catalogue instead: every feature, whose it is, of what and for whom, and how it stands')
      .option('--url <url>', 'with --catalog: the lockstep serve that says what is deployed, when it was executed, how new its events are')
      .option(
        '--profile <place>',
        'with --catalog: what `lockstep profile --json` wrote: a file, or a folder of them; may be given several times',
        (place: string, places: readonly string[]) => [...places, place],
        [] as readonly string[],
      )
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: Options) =>
        run(async (output) => {
          const format = oneOf('--format', options.format, ['text', 'json'] as const);
          const written = { at: now(), lockstep: await lockstepVersion() };
          if (options.catalog === true) {
            const runs = given(options) ? await runsOf(options, output) : null;
            return reportCatalog(await loadProject(options.project), runs, options, format, written, output);
          }
          requireNoneOfCatalog(options);
          const runs = await runsOf(options, output);
          const project = await loadProject(options.project);
          if (runs.length === 0) throw new UsageError('there are no runs to report', 'run lockstep parity --history first');
          requireCompared(options.feature, runs);
          const data = reportData(runs, reportedProject(project), written, options.feature);
          const html = await reportHtml(data);
          const file = resolve(options.out ?? 'report.html');
          await writeFile(file, html);
          if (runs.some((r) => r.run.raw)) output.say('warning: a run was made with --raw: the page shows personal values as they are');
          const about = {
            file,
            features: data.features.length,
            runs: data.runs.length,
            bytes: Buffer.byteLength(html),
            notCompared: data.notCompared,
          };
          const missing = [...new Set(data.notCompared.map((f) => f.feature))];
          output.result(
            format === 'json'
              ? JSON.stringify(about, null, 2)
              : `${counted(about.features, 'feature')}, ${counted(about.runs, 'run')} in ${file} (${Math.ceil(about.bytes / 1024)} KB)${missing.length === 0 ? '' : `; not compared: ${missing.join(', ')}`}`,
          );
          return 0;
        }),
      );
  },
};

const now = (): string => formatTimestamp(BigInt(Date.now()) * 1000n);

const given = ({ history, parity }: Options): boolean => history !== undefined || parity !== undefined;

function requireNoneOfCatalog({ url, profile }: Options): void {
  const named = url === undefined ? (profile.length === 0 ? null : '--profile') : '--url';
  if (named !== null) throw new UsageError(`${named} is of --catalog`, 'the report of parity asks the runs alone');
}

/** A run that is in the history and in a file counts once. */
async function runsOf(options: Options, output: Output): Promise<readonly ReportedRun[]> {
  const { history, parity } = options;
  if (!given(options))
    throw new UsageError('nothing to report: give --history, or --parity with what lockstep parity --format json printed');
  const kept = history === undefined ? [] : await recorded(history, 'latest', output.say);
  const printed = await Promise.all((parity ?? []).map(printedRun));
  return [...new Map([...kept, ...printed].map((r) => [r.run.id, r])).values()];
}

async function printedRun(file: string): Promise<ReportedRun> {
  const text = await readFile(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`--parity ${file}: it is not JSON`, 'write it with lockstep parity --format json');
  }
  const { run, features, errors = [] } = (typeof value === 'object' && value !== null ? value : {}) as Partial<ReportedRun>;
  const whole =
    typeof run?.id === 'string' &&
    typeof run.startedAt === 'string' &&
    !Number.isNaN(Date.parse(`${run.startedAt}Z`)) &&
    Array.isArray(features) &&
    features.every((f) => typeof f?.verdict === 'string') &&
    Array.isArray(errors) &&
    errors.every((e) => typeof e?.feature === 'string' && typeof e.message === 'string');
  if (!whole)
    throw new UsageError(
      `--parity ${file}: this is not what lockstep parity --format json prints`,
      'an older Lockstep did not say when it ran: run it again',
    );
  return { ...(value as ReportedRun), errors };
}

function requireCompared(wanted: readonly string[] | undefined, runs: readonly ReportedRun[]): void {
  const known = new Set(runs.flatMap((r) => [...r.features, ...r.errors].map((f) => f.feature)));
  const missing = (wanted ?? []).filter((name) => !known.has(name));
  if (missing.length > 0)
    throw new UsageError(`no run compared ${missing.join(', ')}`, `there are ${[...known].sort().slice(0, 20).join(', ') || 'none'}`);
}

function reportedProject({ authored, compiled, files }: LoadedProject): ReportedProject {
  return {
    name: authored.config.name ?? 'this project',
    catalog: authored.catalog,
    features: compiled.features,
    files: compiled.files,
    authored: new Map(files.map((f) => [f.path, f.text])),
  };
}
