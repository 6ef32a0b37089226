/** lockstep verify: do the mismatches of an old run still show, with the features as they are now? */
import { resolve } from 'node:path';
import type { ReportedRun } from '../history/run.ts';
import { askAgain, type Reasked } from '../history/verify.ts';
import type { FeatureReport } from '../parity/report.ts';
import type { PrintedWitness } from '../parity/witness/print.ts';
import { compiledLambda, readLambda } from '../stored-lambda.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, CommonOptions, ExitCode } from './command.ts';
import { required } from './given.ts';
import { type LoadedProject, loadProject } from './load.ts';
import { oneOf } from './one-of.ts';
import { recorded } from './recorded.ts';

interface Options extends CommonOptions {
  readonly history?: string;
  readonly artifacts?: string;
}

type State = 'still differs' | 'agrees now' | 'cannot be asked';

interface Verified {
  readonly feature: string;
  /** Of the difference, as the history numbers it. */
  readonly ordinal: number;
  readonly cause: string;
  /** Then: part of what a stream cannot know, which nothing will change. */
  readonly explained: boolean;
  readonly state: State;
  readonly versionThen: string;
  /** null: there is no such feature any more, or it does not compile. */
  readonly versionNow: string | null;
  readonly asOf: unknown;
  readonly now: Reasked | null;
  readonly problem: string | null;
}

export const verify: CliCommand = {
  register: (program, run) => {
    program
      .command('verify [run]')
      .usage('<run>[/<feature>[/<n>]] --history <file> [options]')
      .description('ask the witnesses of an old run again, with the features as they are now (default: the latest run)')
      .option('--history <file>', 'where `parity --history` kept the run')
      .option('--artifacts <dir>', 'the lambdas that compile wrote there (default: as they compile now)')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((named: string | undefined, options: Options) =>
        run(async (output) => {
          const format = oneOf('--format', options.format, ['text', 'json'] as const);
          const file = required('--history <file>', options.history);
          const runs = await recorded(file, named === undefined ? 'latest' : [named.split('/')[0] ?? ''], output.say);
          const chosen = choose(runs, named, file);
          const project = await loadProject(options.project);
          const found: Verified[] = [];
          for (const { report, ordinal, witness } of chosen.witnesses)
            found.push(await verified(report, ordinal, witness, project, options.artifacts));
          output.result(
            format === 'json' ? JSON.stringify({ run: chosen.run.run.id, witnesses: found }, null, 2) : textOf(chosen.run, found),
          );
          return exitCode(found);
        }),
      );
  },
};

function exitCode(found: readonly Verified[]): ExitCode {
  if (found.some((f) => f.state === 'still differs' && !f.explained)) return 1;
  return found.length === 0 || found.some((f) => f.state === 'cannot be asked') ? 3 : 0;
}

interface Chosen {
  readonly run: ReportedRun;
  readonly witnesses: readonly { readonly report: FeatureReport; readonly ordinal: number; readonly witness: PrintedWitness }[];
}

function choose(runs: readonly ReportedRun[], named: string | undefined, file: string): Chosen {
  const [id, feature, n, more] = named?.split('/') ?? [];
  if (more !== undefined || (n !== undefined && !/^[1-9]\d*$/.test(n)))
    throw new UsageError(`${named}: write a run, a run and a feature, or a run, a feature and a number: RUN/FEATURE/1`);
  const run = id === undefined ? runs.findLast((r) => r.features.length > 0) : runs.find((r) => r.run.id === id);
  const latest = runs.slice(-5).map((r) => r.run.id);
  if (run === undefined)
    throw new UsageError(`${file} has no run ${id ?? 'that compared anything'}`, `the latest are ${latest.join(', ') || 'none'}`);
  const reports = run.features.filter((f) => feature === undefined || f.feature === feature);
  if (reports.length === 0)
    throw new UsageError(`run ${run.run.id} ${feature === undefined ? 'compared nothing' : `did not compare ${feature}`}`);
  const witnesses = reports.flatMap((report) =>
    report.differences.flatMap(({ witness }, i) =>
      witness !== null && (n === undefined || i + 1 === Number(n)) ? [{ report, ordinal: i + 1, witness }] : [],
    ),
  );
  if (n !== undefined && witnesses.length === 0) throw new UsageError(`difference ${n} of ${feature} in run ${run.run.id} has no witness`);
  return { run, witnesses };
}

async function verified(
  report: FeatureReport,
  ordinal: number,
  witness: PrintedWitness,
  { compiled, authored: { catalog } }: LoadedProject,
  artifacts: string | undefined,
): Promise<Verified> {
  const of = compiled.features.find((f) => f.feature.name === report.feature);
  const { cause = 'unknown', explained = false } = report.differences[ordinal - 1] ?? {};
  const base = {
    feature: report.feature,
    ordinal,
    cause,
    explained,
    versionThen: report.version,
    versionNow: of?.version ?? null,
    asOf: witness.asOf,
  };
  if (of === undefined)
    return { ...base, state: 'cannot be asked', now: null, problem: 'there is no such feature any more, or it does not compile' };
  if (report.lambda === 'foreign')
    return { ...base, state: 'cannot be asked', now: null, problem: 'SQL that Lockstep did not compile answered: compare it again' };
  const own = compiledLambda(of, catalog);
  const lambda = artifacts === undefined ? own : await readLambda(resolve(artifacts), of.feature, own);
  const now = await askAgain(witness, report.mode, of, lambda, catalog);
  if ('problem' in now) return { ...base, state: 'cannot be asked', now: null, problem: now.problem };
  return { ...base, state: now.differs ? 'still differs' : 'agrees now', now, problem: null };
}

function textOf({ run }: ReportedRun, found: readonly Verified[]): string {
  if (found.length === 0) return `run ${run.id} has no witness: nothing was asked again`;
  return found.map(line).join('\n');
}

function line({ feature, ordinal, cause, explained, state, versionThen, versionNow, asOf, now, problem }: Verified): string {
  const changed =
    versionNow === null || versionNow === versionThen ? '' : `; the version has changed since: ${versionThen} then, ${versionNow} now`;
  const differing =
    now === null ? [] : Object.keys(now.batch).filter((o) => JSON.stringify(now.batch[o]) !== JSON.stringify(now.stream[o]));
  const values = differing.map((o) => `${o} is ${JSON.stringify(now?.batch[o])} in batch, ${JSON.stringify(now?.stream[o])} in the stream`);
  const reference =
    now === null || now.againstReference.length === 0 ? [] : [`the reference disagrees on ${now.againstReference.join(', ')}`];
  const said = problem ?? [...values, ...reference].join('; ');
  return `${state.padEnd(15)} ${feature}/${ordinal} (${cause}${explained ? ', explained' : ''}) at ${String(asOf)}${said === '' ? '' : `: ${said}`}${changed}`;
}
