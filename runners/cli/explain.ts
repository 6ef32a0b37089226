/** lockstep explain: what one feature is made of, from its columns to what each step costs; or one stage as it is. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { lineageOf, type SourceColumnName } from '../../compiler/check/lineage.ts';
import { durationText } from '../../compiler/duration-text.ts';
import { duckdb } from '../../compiler/emit/dialect.ts';
import { asOfColumn, instantsStep, type Plan, type Scan, type Step } from '../../compiler/plan/plan.ts';
import { inputsOf } from '../../compiler/plan/readers.ts';
import { typeName } from '../../compiler/sql-type.ts';
import { batchSql } from '../batch/evaluate.ts';
import type { CliCommand, CommonOptions } from './command.ts';
import { answerText, explainAnswer } from './explain-answer.ts';
import { required } from './given.ts';
import { loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';
import { expectShortRun } from './short-run.ts';
import { textTable } from './table.ts';

const stages = ['query', 'plan', 'batch', 'lambda'] as const;

interface Options extends CommonOptions {
  readonly stage?: string;
  readonly events?: string;
  readonly spine?: string;
}

export const explain: CliCommand = {
  register: (program, run) => {
    program
      .command('explain [feature]')
      .usage('<feature> [options]')
      .description('what a feature is made of: its outputs, the columns they come from, and what each step reads')
      .option('--stage <stage>', `one stage as it is: ${stages.join(', ')} (query and plan as JSON, the others as SQL for DuckDB)`)
      .option('--events <dir>', 'with --spine: why the answer to its first row is what it is, stage by stage')
      .option('--spine <file>', 'entity columns and as_of, as for query')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((name: string | undefined, options: Options) =>
        run(async (output) => {
          expectShortRun();
          const format = oneOf('--format', options.format, ['text', 'json'] as const);
          const stage = options.stage === undefined ? undefined : oneOf('--stage', options.stage, stages);
          const project = await loadProject(options.project);
          const compiled = requireFeature(project, name, output);
          const plan = batchPlanOf(compiled.feature, project.authored.catalog);
          if (options.events !== undefined || options.spine !== undefined) {
            const why = await explainAnswer(
              compiled,
              project,
              required('--events <dir>', options.events),
              required('--spine <file>', options.spine),
            );
            output.result(format === 'json' ? JSON.stringify(why, null, 2) : answerText(why));
          } else if (stage !== undefined) output.result(stageOf(compiled, plan, stage));
          else if (format === 'json') output.result(JSON.stringify(explanation(compiled, plan), null, 2));
          else output.result(explanationText(compiled, plan));
          return 0;
        }),
      );
  },
};

function stageOf({ feature, lambdaSql }: CompiledFeature, plan: Plan, stage: (typeof stages)[number]): string {
  switch (stage) {
    case 'query':
      return JSON.stringify(feature.query, null, 2);
    case 'plan':
      return JSON.stringify(plan, null, 2);
    case 'batch':
      return batchSql(plan, duckdb);
    case 'lambda':
      return lambdaSql;
  }
}

interface ExplainedStep {
  readonly name: string;
  readonly reads: string;
  /** What makes it dear, or keeps it cheap. */
  readonly note: string;
  readonly columns: readonly string[];
}

function explanation({ feature, version }: CompiledFeature, plan: Plan) {
  const lineage = lineageOf(feature);
  return {
    name: feature.name,
    version,
    file: feature.file,
    description: feature.description,
    owner: feature.owner,
    latencyBudget: feature.latencyBudget,
    consumers: feature.consumers,
    entity: feature.entity.map((e) => ({ name: outputName(e.name), type: typeName(e.type) })),
    outputs: feature.outputs.map((o) => ({
      name: outputName(o.name),
      type: typeName(o.type),
      exactness: o.exactness,
      columns: (lineage.columns.get(o.name) ?? []).map(written),
    })),
    reads: lineage.reads.map(written),
    universe: feature.universe,
    steps: plan.steps.filter((s) => s.name !== instantsStep && s.body.kind !== 'keys').map((s) => explainedStep(s, plan)),
  };
}

const written = ({ source, column }: SourceColumnName): string => `${source}.${outputName(column)}`;

function explainedStep(step: Step, plan: Plan): ExplainedStep {
  const { body } = step;
  const columns = step.columns.filter((c) => c.name !== asOfColumn).map((c) => outputName(c.name));
  const base = { name: outputName(step.name), columns };
  if (body.kind === 'scan') return { ...base, reads: scanReads(body), note: scanNote(body, step.name, plan) };
  if (body.kind === 'running')
    return { ...base, reads: `events of ${body.source}`, note: 'running totals: each event and each question once, in order of time' };
  const inputs = [...new Set(inputsOf(step))].map((s) => outputName(s === instantsStep ? 'instants' : s));
  const joined = body.kind === 'union-all' ? 'all rows of ' : '';
  const note =
    body.kind === 'select' && body.groupBy !== null
      ? 'grouped, per instant'
      : body.kind === 'select' && body.qualify !== null
        ? 'one pass over its rows, per instant'
        : '';
  return { ...base, reads: `${joined}${inputs.join(', ')}`, note };
}

function scanReads({ source, mode, lookback }: Scan): string {
  const what = { stream: 'events', table: 'rows in force', history: 'versions', fixed: 'rows' }[mode];
  const span = mode !== 'stream' ? '' : lookback === null ? ', all of history' : `, ${durationText(BigInt(lookback))} back`;
  return `${what} of ${source}${span}`;
}

/** What cannot be asked for by entity is read for everyone, once per instant. */
function scanNote({ match, buckets, lookback, mode }: Scan, name: string, plan: Plan): string {
  const entity = plan.entity.length;
  const notes = [
    ...(match.length > 0 ? [`only what is asked for: ${match.map((m) => outputName(m.column.name)).join(', ')}`] : []),
    ...(match.length === 0 && entity > 0 ? [`all entities, once per instant, because ${whyNot(name, plan)}`] : []),
    ...(buckets === null ? [] : [`in time buckets of ${durationText(BigInt(buckets.size))}`]),
    ...(mode === 'stream' && lookback === null && match.length === 0 ? ['the whole stream for each instant'] : []),
  ];
  return notes.join('; ');
}

function whyNot(name: string, plan: Plan): string {
  const readers = plan.steps.filter((s) => inputsOf(s).includes(name)).map((s) => outputName(s.name));
  return readers.length === 0 ? 'nothing ties it to the entity' : `${readers.join(', ')} needs the others, too`;
}

function explanationText(compiled: CompiledFeature, plan: Plan): string {
  const told = explanation(compiled, plan);
  const column = (name: string) => ({ name, numeric: false });
  const lines = [
    `${told.name}  ${told.version}`,
    ...(told.description === null ? [] : [told.description]),
    `file    ${told.file}`,
    ...(told.owner === null ? [] : [`owner   ${told.owner}`]),
    ...(told.consumers.length === 0 ? [] : [`for     ${told.consumers.join(', ')}`]),
    ...(told.latencyBudget === null ? [] : [`budget  ${durationText(BigInt(told.latencyBudget))} for one entity, at p99`]),
    `entity  ${told.entity.map((e) => `${e.name} ${e.type}`).join(', ') || 'none: one row for the platform'}`,
    ...(told.universe === null ? [] : [`table   a row for each entity of ${told.universe}`]),
    '',
    textTable(
      ['output', 'type', 'exactness', 'comes from'].map(column),
      told.outputs.map((o) => [o.name, o.type, o.exactness, o.columns.join(', ') || 'the request, or counted rows']),
    ),
    '',
    `Also read, to choose rows: ${told.reads.filter((r) => !told.outputs.some((o) => o.columns.includes(r))).join(', ') || 'nothing'}`,
    '',
    textTable(
      ['step', 'reads', 'cost'].map(column),
      told.steps.map((s) => [s.name, s.reads, s.note]),
    ),
  ];
  return lines.join('\n');
}
