/** lockstep check: everything that a pull request asks, in the words that its tools understand. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { CheckResult } from '../check/result.ts';
import { type RunEngine, runEngines } from '../check/run/run-features.ts';
import { runCheck } from '../check/run-check.ts';
import { readProfiles } from '../profile/read-profiles.ts';
import { UsageError } from '../usage-error.ts';
import { checkFormats } from './check-formats/index.ts';
import type { CliCommand, CommonOptions, Output, Progress } from './command.ts';
import { loadProject } from './load.ts';
import { oneOf } from './one-of.ts';

interface Options extends CommonOptions {
  readonly since?: string;
  readonly run: boolean;
  readonly seed: string;
  readonly engines: string;
  readonly report: readonly string[];
  readonly profile: readonly string[];
}

const formats = Object.keys(checkFormats);

export const check: CliCommand = {
  register: (program, run) => {
    program
      .command('check')
      .description('find everything that is wrong with the features: compile, lint, examples, every form on generated events')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--since <ref>', 'also say what each feature has become since a commit, branch or tag')
      .option('--no-run', 'leave out the generated events: fast, for editors and before a commit')
      .option('--seed <text>', 'of the generated events; the same seed generates the same', '1')
      .option('--engines <list>', 'that the generated events are run on: duckdb, or duckdb,postgres', runEngines.join(','))
      .option(
        '--profile <place>',
        'hold latency budgets against what `lockstep profile --json` wrote: a file, or a folder of them; may be given several times',
        (next: string, all: readonly string[]) => [...all, next],
        [],
      )
      .option('--format <format>', formats.join(', '), 'text')
      .option(
        '--report <format=file>',
        'also write a format to a file; may be given several times',
        (next: string, all: readonly string[]) => [...all, next],
        [],
      )
      .action((options: Options) =>
        run(async (output) => {
          const format = oneOf('--format', options.format, formats);
          const reports = options.report.map(reportOf);
          const engines = enginesOf(options.engines);
          const profiles = options.profile.length === 0 ? undefined : await readProfiles(options.profile);
          const project = await loadProject(options.project);
          const { result, diagnostics } = await runCheck(project, {
            since: options.since,
            run: options.run ? { seed: options.seed, engines } : undefined,
            profiles,
            at: new Date().toISOString().slice(0, 19),
            onProgress: progressOn(output),
          });
          for (const report of reports) await write(report, result);
          if (format === 'text' && diagnostics.length > 0)
            output.say(renderDiagnostics(diagnostics, project.files, { color: output.color }));
          const text = checkFormats[format]?.(result) ?? '';
          if (text !== '') output.result(text);
          return result.ok ? 0 : 1;
        }),
      );
  },
};

interface Report {
  readonly format: string;
  readonly file: string;
}

function enginesOf(list: string): readonly RunEngine[] {
  const engines = list.split(',').map((name) => oneOf('--engines', name.trim(), runEngines));
  if (!engines.includes('duckdb'))
    throw new UsageError(`--engines ${list}: DuckDB runs both forms, so it is always among them`, '--engines duckdb,postgres');
  return engines;
}

function reportOf(given: string): Report {
  const [, format = '', file = ''] = /^([^=]*)=(.+)$/.exec(given) ?? [];
  if (file === '') throw new UsageError(`--report ${given}: write a format and a file`, '--report sarif=lockstep.sarif');
  return { format: oneOf('--report', format, formats), file: resolve(file) };
}

async function write({ format, file }: Report, result: CheckResult): Promise<void> {
  const text = checkFormats[format]?.(result) ?? '';
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text === '' || text.endsWith('\n') ? text : `${text}\n`);
}

/** One bar after the other. */
function progressOn(output: Output): (label: string, done: number, total: number) => void {
  let current: { readonly label: string; readonly bar: Progress } | undefined;
  return (label, done, total) => {
    if (current?.label !== label) {
      current?.bar.end();
      current = { label, bar: output.progress(label, total) };
    }
    current.bar.step(done);
    if (done === total) current.bar.end();
  };
}
