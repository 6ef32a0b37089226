/** lockstep parity: the forms of features compared on the same events. Counts and differences; no statistics yet. */

import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { counted } from '../../compiler/counted.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { entitiesAt } from '../batch/entities.ts';
import { loadRaw } from '../batch/evaluate.ts';
import { readEvents, type SourceRows } from '../data/events.ts';
import { formatValue } from '../data/format-value.ts';
import { readSpine, type SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { type Comparison, compare } from '../parity/compare.ts';
import { compareLogic } from '../parity/logic.ts';
import { choosePoints, eventTimes } from '../parity/points.ts';
import { evaluateFeature } from '../reference/index.ts';
import { readLambda } from '../stored-lambda.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, CommonOptions, ExitCode } from './command.ts';
import { parseInstant } from './instant.ts';
import { type LoadedProject, loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';
import { compiledLambda } from './query.ts';

interface Options extends CommonOptions {
  readonly mode: string;
  readonly feature?: readonly string[];
  readonly events: string;
  readonly spine?: string;
  readonly interval?: string;
  readonly artifacts?: string;
}

type Verdict = 'PROVEN' | 'VIOLATED' | 'UNDECIDED';

interface FeatureReport {
  readonly feature: string;
  readonly version: string;
  readonly batchVersion: string;
  readonly lambdaVersion: string;
  readonly mode: 'logic';
  readonly verdict: Verdict;
  readonly population: string;
  readonly samples: number;
  readonly mismatches: number;
  readonly referenceMismatches: number;
  readonly outcomes: Comparison['outcomes'];
  readonly differences: readonly unknown[];
}

const shown = 20;

export const parity: CliCommand = {
  register: (program, run) => {
    program
      .command('parity')
      .description('compare the batch form, the lambda and the reference on the same events')
      .option('--mode <mode>', 'logic', 'logic')
      .option('--feature <feature...>', 'only these features')
      .requiredOption('--events <dir>', 'a folder with one file per source')
      .option('--spine <file>', 'the points to compare (default: chosen from the events)')
      .option('--interval <a/b>', 'choose points from this interval only, e.g. 2026-01-01T00:00:00/2026-01-02T00:00:00')
      .option('--artifacts <dir>', 'the lambdas that compile wrote there')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: Options) =>
        run(async (output) => {
          oneOf('--format', options.format, ['text', 'json'] as const);
          oneOf('--mode', options.mode, ['logic'] as const);
          if (options.interval !== undefined && options.spine !== undefined)
            throw new UsageError('--interval chooses points, and --spine names them: give one of the two');
          const project = await loadProject(options.project);
          const names = options.feature ?? project.authored.features.map((f) => f.name);
          const features = names.map((n) => requireFeature(project, n, output));
          if (features.length === 0) throw new UsageError('the project has no features');
          const progress = output.progress('parity', features.length);
          const reports: FeatureReport[] = [];
          for (const [i, feature] of features.entries()) {
            progress.step(i);
            reports.push(await reportOf(feature, project, options, output.say));
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

async function reportOf(
  compiled: CompiledFeature,
  project: LoadedProject,
  options: Options,
  say: (text: string) => void,
): Promise<FeatureReport> {
  const { feature, version } = compiled;
  const { catalog } = project.authored;
  const { events, warnings } = await readEvents(
    resolve(options.events),
    catalog.sources.filter((s) => feature.sources.includes(s.name)),
  );
  for (const warning of warnings) say(`warning: ${warning}`);
  const interval = options.interval === undefined ? undefined : parseInterval(options.interval);
  const spine =
    options.spine === undefined
      ? await defaultPoints(compiled, project, events, interval)
      : await readSpine(resolve(options.spine), feature.entity, (warning) => say(`warning: ${warning}`));
  const lambda =
    options.artifacts === undefined
      ? { ...compiledLambda(compiled, project), tampered: null }
      : await readLambda(resolve(options.artifacts), feature);
  if (lambda.tampered !== null) say(`warning: ${lambda.tampered}`);
  const result = await compareLogic(compiled, lambda, catalog, events, spine);
  const { batchAgainstLambda: forms, referenceAgainstBatch: oracle } = result;
  const nothing = forms.points === 0 || (options.spine === undefined && saysNothing(compiled, project, spine, result.batch));
  const verdict: Verdict =
    nothing && forms.mismatches + oracle.mismatches === 0 ? 'UNDECIDED' : forms.mismatches + oracle.mismatches > 0 ? 'VIOLATED' : 'PROVEN';
  const differences = [
    ...forms.differences.map((d) => ({
      ...describe(compiled, spine[d.row] as SpineRow, d.column),
      batch: show(compiled, d.column, d.left),
      stream: show(compiled, d.column, d.right),
      outcome: d.outcome,
      cause: lambda.tampered === null ? 'unknown' : 'tampered_artifact',
    })),
    ...oracle.differences.map((d) => ({
      ...describe(compiled, spine[d.row] as SpineRow, d.column),
      batch: show(compiled, d.column, d.left),
      reference: show(compiled, d.column, d.right),
      outcome: d.outcome,
      cause: 'unknown',
    })),
  ];
  return {
    feature: feature.name,
    version,
    batchVersion: version,
    lambdaVersion: lambda.artifact.version,
    mode: 'logic',
    verdict,
    population: `census of ${counted(forms.points, '(entity, as_of) point')} ${options.spine === undefined ? 'chosen from the events' : 'of the spine'}`,
    samples: forms.points,
    mismatches: forms.mismatches,
    referenceMismatches: oracle.mismatches,
    outcomes: forms.outcomes,
    differences: differences.slice(0, 1000),
  };
}

function describe(
  { feature }: CompiledFeature,
  row: SpineRow,
  column: string,
): { key: Record<string, unknown>; asOf: unknown; column: string } {
  const key = Object.fromEntries(feature.entity.map((e, i) => [outputName(e.name), formatValue(row.entity[i] ?? null, e.type)])) as Record<
    string,
    unknown
  >;
  return { key, asOf: formatValue(row.asOf, timestamp), column: outputName(column) };
}

function show({ feature }: CompiledFeature, column: string, value: Value): unknown {
  const output = feature.outputs.find((o) => o.name === column);
  return output === undefined ? null : formatValue(value, output.type);
}

async function defaultPoints(
  compiled: CompiledFeature,
  project: LoadedProject,
  events: ReadonlyMap<string, SourceRows>,
  interval: readonly [bigint, bigint] | undefined,
): Promise<readonly SpineRow[]> {
  const { catalog } = project.authored;
  const connection = await openDuckdb();
  try {
    await loadRaw(connection, catalog, compiled.feature.sources, events);
    const times = eventTimes(compiled, catalog, events);
    const instants =
      times.length === 0
        ? []
        : Array.from({ length: 24 }, (_, i) => (times[Math.floor(((i + 1) * (times.length - 1)) / 24)] as bigint) + 1n);
    const entities = instants.length === 0 ? [] : await entitiesAt(connection, compiled, catalog, instants);
    return choosePoints(compiled, catalog, events, interval, entities, { instants: 20, entities: 200 });
  } finally {
    connection.close();
  }
}

function parseInterval(text: string): readonly [bigint, bigint] {
  const [a, b, more] = text.split('/');
  const parse = (t: string | undefined): bigint | undefined => (t === undefined ? undefined : parseInstant(t));
  const [from, to] = [parse(a), parse(b)];
  if (from === undefined || to === undefined || more !== undefined || to <= from)
    throw new UsageError(`--interval ${text}: write two instants, the earlier first: 2026-01-01T00:00:00/2026-01-02T00:00:00`);
  return [from, to];
}

function reportText(report: FeatureReport): string {
  const lines = [
    `${report.verdict.padEnd(9)} ${report.feature}  ${counted(report.samples, 'point')}, ${counted(report.mismatches, 'differs', 'differ')} between the forms, ${report.referenceMismatches} from the reference`,
  ];
  for (const d of report.differences.slice(0, shown) as readonly Record<string, unknown>[]) {
    const other = 'stream' in d ? `lambda ${JSON.stringify(d['stream'])}` : `reference ${JSON.stringify(d['reference'])}`;
    lines.push(
      `  ${JSON.stringify(d['key'])} at ${String(d['asOf'])}: ${String(d['column'])} is ${JSON.stringify(d['batch'])} in batch, ${other}`,
    );
  }
  if (report.differences.length > shown) lines.push(`  … and ${report.differences.length - shown} more (--format json has them)`);
  return lines.join('\n');
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
