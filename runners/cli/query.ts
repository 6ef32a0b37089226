/** lockstep query: one feature on given data, one JSON object a line in the spine's order. */
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateBatch, loadRaw } from '../batch/evaluate.ts';
import { readEvents, type SourceRows } from '../data/events.ts';
import { formatValue } from '../data/format-value.ts';
import { readSpine, type SpineRow } from '../data/spine.ts';
import { type BatchEngine, batchEngines, openBatchEngine } from '../engines/batch-engines.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { EngineError } from '../engines/engine.ts';
import { evaluateFeature } from '../reference/index.ts';
import { compiledLambda, readUntampered } from '../stored-lambda.ts';
import { executeAsArrived } from '../stream/arrivals.ts';
import { executeOn } from '../stream/execute-on.ts';
import { openStore } from '../stream/store/store.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, CommonOptions } from './command.ts';
import { onlyWith, required, rowCount } from './given.ts';
import { type LoadedProject, loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';
import { type Cell, type TableColumn, textTable } from './table.ts';

const engines = [...batchEngines, 'reference'] as const;

interface Options extends CommonOptions {
  readonly engine: string;
  readonly form: string;
  readonly events?: string;
  readonly spine?: string;
  readonly knowledge: string;
  readonly batch?: string;
  readonly artifacts?: string;
}

export const query: CliCommand = {
  register: (program, run) => {
    program
      .command('query [feature]')
      .usage('<feature> --events <dir> --spine <file> [options]')
      .description('evaluate a feature on given events, for the entities and instants of a spine')
      .option('--events <dir>', 'a folder with one file per source: <source>.ndjson, .csv or .parquet')
      .option('--spine <file>', 'entity columns and as_of: .ndjson, .csv or .parquet')
      .option('--engine <engine>', `${engines.join(', ')}`, 'duckdb')
      .option('--form <form>', 'batch or lambda', 'batch')
      .option('--knowledge <knowledge>', 'event: all events dated before T. arrived: only those that had arrived by T', 'event')
      .option('--batch <n>', 'spine rows per execution of the lambda (default: 1)')
      .option('--artifacts <dir>', 'execute the lambda that compile wrote there')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'json: one object a line. text: a table', 'json')
      .action((name: string | undefined, options: Options) =>
        run(async (output) => {
          const format = oneOf('--format', options.format, ['text', 'json'] as const);
          const knowledge = oneOf('--knowledge', options.knowledge, ['event', 'arrived'] as const);
          const form = oneOf('--form', options.form, ['batch', 'lambda'] as const);
          const engine = oneOf('--engine', options.engine, engines);
          if (form === 'lambda' && engine !== 'duckdb' && engine !== 'reference')
            throw new UsageError(`the lambda does not run on ${engine}`, 'lambdas run on DuckDB; --form batch runs on every engine');
          const atOnce = rowCount('--batch', options.batch ?? '1');
          onlyWith('--batch', options.batch, '--form lambda', form === 'lambda');
          onlyWith('--artifacts', options.artifacts, '--form lambda', form === 'lambda');
          const project = await loadProject(options.project);
          const compiled = requireFeature(project, name, output);
          const [folder, file] = [required('--events <dir>', options.events), required('--spine <file>', options.spine)];
          const { feature } = compiled;
          const sources = project.authored.catalog.sources.filter((s) => feature.sources.includes(s.name));
          const { events, warnings } = await readEvents(resolve(folder), sources);
          for (const warning of warnings) output.say(`warning: ${warning}`);
          const spine = await readSpine(resolve(file), feature.entity, (warning) => output.say(`warning: ${warning}`));
          const answers =
            engine === 'reference'
              ? evaluateFeature(feature, project.authored.catalog, events, spine, { knowledge })
              : form === 'batch'
                ? await onBatch(compiled, project, events, spine, knowledge, engine)
                : await onLambda(compiled, project, events, spine, knowledge, atOnce, options.artifacts);
          const { columns, rows } = shownAnswers(compiled, spine, answers);
          if (format === 'text') output.result(textTable(columns, rows));
          else if (rows.length > 0) output.result(rows.map((row) => jsonLine(columns, row)).join('\n'));
          return 0;
        }),
      );
  },
};

/** Entity columns, as_of, outputs in select order. */
function shownAnswers(
  { feature }: CompiledFeature,
  spine: readonly SpineRow[],
  answers: readonly (readonly Value[])[],
): { readonly columns: readonly TableColumn[]; readonly rows: readonly (readonly Cell[])[] } {
  const shown = [...feature.entity, { name: asOfColumn, type: timestamp }, ...feature.outputs];
  return {
    columns: shown.map(({ name, type }) => ({ name: outputName(name), numeric: type.kind === 'number' || type.kind === 'float' })),
    rows: spine.map((asked, i) => {
      const values = answers[i];
      if (values === undefined) throw new EngineError('duckdb', `the lambda leaves out row ${i + 1} of the ${spine.length} asked`);
      const row = [...asked.entity, asked.asOf, ...values];
      return shown.map(({ type }, c) => formatValue(row[c] ?? null, type));
    }),
  };
}

/** Written by hand because an object would put a column called `1` first. */
function jsonLine(columns: readonly TableColumn[], row: readonly Cell[]): string {
  return `{${columns.map(({ name }, i) => `${JSON.stringify(name)}:${JSON.stringify(row[i] ?? null)}`).join(',')}}`;
}

type Knowledge = 'event' | 'arrived';
type Events = ReadonlyMap<string, SourceRows>;

async function onBatch(
  compiled: CompiledFeature,
  project: LoadedProject,
  events: Events,
  spine: readonly SpineRow[],
  knowledge: Knowledge,
  engine: BatchEngine,
): Promise<readonly (readonly Value[])[]> {
  const { feature } = compiled;
  const plan = batchPlanOf(feature, project.authored.catalog, knowledge);
  const connection = await openBatchEngine(engine);
  try {
    await loadRaw(connection, project.authored.catalog, feature.sources, events);
    return await evaluateBatch(connection, feature, plan, spine);
  } catch (thrown) {
    if (thrown instanceof NotOnEngine) throw new UsageError(thrown.message, 'DuckDB has it: --engine duckdb');
    throw thrown;
  } finally {
    connection.close();
  }
}

async function onLambda(
  compiled: CompiledFeature,
  project: LoadedProject,
  events: Events,
  spine: readonly SpineRow[],
  knowledge: Knowledge,
  atOnce: number,
  artifacts: string | undefined,
): Promise<readonly (readonly Value[])[]> {
  const { feature } = compiled;
  const lambda =
    artifacts === undefined
      ? compiledLambda(compiled, project.authored.catalog)
      : await readUntampered(resolve(artifacts), feature, compiledLambda(compiled, project.authored.catalog));
  const connection = await openDuckdb();
  try {
    const { catalog } = project.authored;
    if (knowledge === 'event') return await executeOn(connection, lambda, catalog, feature.sources, events, spine, atOnce);
    const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
    return await executeAsArrived(await openStore(connection, sources), lambda, sources, events, spine, atOnce);
  } finally {
    connection.close();
  }
}
