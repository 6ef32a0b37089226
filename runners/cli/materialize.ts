/** lockstep materialize: the tables of features over an interval of their grid, chunk by chunk: by Lockstep itself on DuckDB, by dbt on Snowflake. */
import { counted } from '../../compiler/counted.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { estimateOf, type Planned, stagingSeconds } from '../batch/materialize/estimate.ts';
import { gridOf } from '../batch/materialize/grid.ts';
import { type Cost, requireWithin } from '../batch/materialize/limits.ts';
import { openTables } from '../batch/materialize/open-tables.ts';
import { type Asked, planOf } from '../batch/materialize/plan.ts';
import { type Materialized, materialize as materializeGrid, spanOf } from '../batch/materialize/run.ts';
import type { GridTables, RawRows } from '../batch/materialize/tables.ts';
import { parseInstant } from '../data/instant.ts';
import { UsageError } from '../usage-error.ts';
import { targetNamed } from '../warehouse/target-file.ts';
import type { CliCommand, CommonOptions, ExitCode, Output } from './command.ts';
import { type FeatureFailure, featureFailure, plainWords } from './feature-failure.ts';
import { required } from './given.ts';
import { asRun, type Runs } from './lineage-runs.ts';
import { DoesNotCompile, type LoadedProject, loadProject, requireFeature } from './load.ts';
import { fillsOf } from './materialize-lineage.ts';
import { doneText, leftText, plannedJson, planText, runJson } from './materialize-text.ts';
import { oneOf } from './one-of.ts';

interface Options extends CommonOptions {
  readonly target?: string;
  readonly from?: string;
  readonly to?: string;
  readonly repair?: boolean;
  readonly again?: boolean;
  readonly plan?: boolean;
  readonly chunk: string;
  readonly maxSeconds?: string;
  readonly maxCost?: string;
  readonly raw?: boolean;
}

export const materialize: CliCommand = {
  register: (program, run) => {
    program
      .command('materialize [features...]')
      .usage('[feature...] --target <name> [options]')
      .description('fill the tables of features on their grid, in chunks; repeated, it goes on where it stopped (default: all features)')
      .option(
        '--target <name>',
        'a target of lockstep.yml, which has the raw relations: the tables are written there, on Snowflake by the dbt that it names',
      )
      .option('--from <instant>', 'the first instant (default: what is missing, and what late events may have changed)')
      .option('--to <instant>', 'behind the last instant (default: now)')
      .option('--repair', 'compute the instants, too, that events changed which came later than the lateness')
      .option('--again', 'compute what is there already, too')
      .option('--plan', 'only say what would be computed; write nothing')
      .option('--chunk <n>', 'instants of a chunk: one transaction, one run of dbt', '168')
      .option('--max-seconds <n>', 'do not begin if it is estimated to take longer')
      .option('--max-cost <n>', 'do not begin if it is estimated to cost more: credits of Snowflake')
      .option('--raw', 'messages of the engine may hold personal values')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((features: readonly string[], options: Options) => run((output) => materialized(features, options, output)));
  },
};

async function materialized(named: readonly string[], options: Options, output: Output): Promise<ExitCode> {
  const format = oneOf('--format', options.format, ['text', 'json'] as const);
  const name = required('--target <name>', options.target);
  const asked = askedOf(options);
  const mostSeconds = options.maxSeconds === undefined ? null : numberOf('--max-seconds', options.maxSeconds, 'seconds');
  const mostCredits = options.maxCost === undefined ? null : creditsOption(options.maxCost);
  const project = await loadProject(options.project);
  const { catalog, config } = project.authored;
  const target = targetNamed(config, name);
  if (options.maxCost !== undefined && target.engine === 'duckdb')
    throw new UsageError(
      `--max-cost is for warehouses that bill, and the target ${name} is a DuckDB file`,
      '--max-seconds limits what it may take',
    );
  const features = featuresOf(project, named, output);
  const tables = await openTables({
    name,
    target,
    folder: project.folder,
    environment: process.env,
    say: output.say,
    writes: options.plan !== true,
  });
  try {
    const grids = features.map((feature) => gridOf(feature, catalog));
    const raw = new Map<string, RawRows>();
    // All of them, before anything is written.
    for (const source of catalog.sources.filter((s) => grids.some((g) => g.sources.includes(s))))
      raw.set(source.name, await tables.raw(source));
    const plans: Planned[] = [];
    for (const grid of grids) {
      const plan = planOf(grid, await tables.state(grid), asked);
      plans.push({ plan, estimate: estimateOf(plan, raw, tables.pace) });
    }
    const isBusy = plans.some(({ plan }) => plan.chunks.length + plan.repairs.length > 0);
    const seconds = plans.reduce((sum, { estimate }) => sum + estimate.seconds, isBusy ? stagingSeconds(raw.values(), tables.pace) : 0);
    const cost: Cost = { seconds, bill: await tables.bill() };
    if (options.plan === true) {
      output.result(format === 'json' ? plannedJson(plans, cost) : planText(plans, cost));
      return 0;
    }
    output.say(planText(plans, cost));
    requireWithin(cost, { credits: mostCredits, seconds: mostSeconds });
    return await asRun('materialize', { project, output }, (runs) =>
      run(tables, plans, project, { asked, format, raw: options.raw === true, target: name }, output, runs),
    );
  } finally {
    await tables.close();
  }
}

interface Running {
  readonly asked: Asked;
  readonly format: 'text' | 'json';
  readonly raw: boolean;
  /** By its name. */
  readonly target: string;
}

async function run(
  tables: GridTables,
  plans: readonly Planned[],
  project: LoadedProject,
  { asked, format, raw, target }: Running,
  output: Output,
  runs: Runs | null,
): Promise<ExitCode> {
  const { catalog } = project.authored;
  const fills = fillsOf(runs, target, catalog);
  const waiting = untilInterrupted(tables.interrupt);
  const done: Materialized[] = [];
  const failed: FeatureFailure[] = [];
  try {
    const busy = plans.filter(({ plan }) => plan.chunks.length + plan.repairs.length > 0).flatMap(({ plan }) => plan.grid.sources);
    const sources = catalog.sources.filter((s) => busy.includes(s));
    const staging = output.progress('clean rows', sources.length);
    let staged = 0;
    if (sources.length > 0)
      await tables
        .prepare(sources, () => staging.step(++staged))
        .catch((thrown: unknown) => {
          if (!waiting.stopped()) throw thrown;
        });
    staging.end();
    for (const { plan } of plans) {
      const compiled = project.compiled.features.find((f) => f.feature === plan.grid.feature);
      const fill = compiled === undefined ? null : fills(compiled, spanOf([...plan.chunks, ...plan.repairs], plan.grid));
      let progress = output.progress(plan.grid.name, 0);
      let finished = 0;
      try {
        const step = (chunk: unknown, planned: number): void => {
          if (chunk !== null) return progress.step(++finished);
          progress.end();
          progress = output.progress(plan.grid.name, planned);
          finished = 0;
        };
        const filled = await materializeGrid(tables, plan, {
          repair: asked.repair,
          chunk: asked.chunk,
          done: step,
          stopped: waiting.stopped,
        });
        done.push(filled);
        fill?.end(filled);
      } catch (thrown) {
        fill?.fail(plainWords(thrown));
        if (compiled === undefined) throw thrown;
        failed.push(featureFailure(compiled, catalog, thrown, { raw, say: output.say }));
      } finally {
        progress.end();
      }
    }
  } finally {
    waiting.end();
  }
  output.result(format === 'json' ? runJson(done, failed) : doneText(done));
  for (const { plan } of plans)
    if (asked.repair && !plan.looks)
      output.say(
        `${plan.grid.name}: events that came too late were not looked for, only those repaired that are known: the interval ends before the last instant that is there`,
      );
  for (const line of leftText(done)) output.say(line);
  if (failed.length > 0) {
    runs?.failed(`${counted(failed.length, 'feature')} failed`);
    return 2;
  }
  if (!waiting.stopped()) return 0;
  runs?.stopped();
  return 3;
}

function askedOf({ from, to, repair, again, chunk }: Options): Asked {
  const asked: Asked = {
    from: instantOf('--from', from),
    to: instantOf('--to', to),
    now: BigInt(Date.now()) * 1000n,
    repair: repair === true,
    again: again === true,
    chunk: BigInt(numberOf('--chunk', chunk, 'instants')),
  };
  if (asked.from !== null && asked.to !== null && asked.from >= asked.to)
    throw new UsageError(`--from ${from} is not before --to ${to}`, '--to is behind the last instant that is computed');
  return asked;
}

function instantOf(option: string, text: string | undefined): bigint | null {
  if (text === undefined) return null;
  const instant = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text);
  if (instant === undefined) throw new UsageError(`${option} is ${text}`, 'for example 2026-01-31 or 2026-01-31T12:00:00, in UTC');
  return instant;
}

function numberOf(option: string, text: string, what: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${option} ${text} is no number of ${what}: 1, 2, 3, …`);
  return Number(text);
}

function creditsOption(text: string): number {
  if (!/^(?=.*[1-9])\d{1,9}(\.\d{1,9})?$/.test(text)) throw new UsageError(`--max-cost ${text} is no number of credits: 0.5, 1, 20, …`);
  return Number(text);
}

function featuresOf(project: LoadedProject, named: readonly string[], output: Output) {
  if (named.length > 0) return [...new Set(named)].map((name) => requireFeature(project, name, output));
  if (hasErrors(project.diagnostics)) {
    output.say(renderDiagnostics(project.diagnostics, project.files, { color: output.color }));
    throw new DoesNotCompile('the project does not compile; features that do can be named');
  }
  if (project.compiled.features.length === 0) throw new UsageError('the project has no features');
  return project.compiled.features;
}

/** Ctrl-C, or who manages processes: the chunk that is under way is given up, and what is done stays. */
function untilInterrupted(interrupt: () => void): { readonly stopped: () => boolean; readonly end: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    // Again and again: an interrupt that comes between two statements stops neither.
    timer ??= setInterval(interrupt, 20);
    interrupt();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    stopped: () => timer !== undefined,
    end: () => {
      clearInterval(timer);
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
