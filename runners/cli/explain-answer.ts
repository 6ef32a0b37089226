/** Why one answer is what it is: the rows of each stage at that instant, those of the entity first. */
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import type { CheckedColumn } from '../../compiler/check/checked.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { readEvents } from '../data/events.ts';
import { formatValue, type Printed } from '../data/format-value.ts';
import { readSpine, type SpineRow } from '../data/spine.ts';
import { evaluateFeature, evaluateStages, type Stage } from '../reference/index.ts';
import { UsageError } from '../usage-error.ts';
import type { LoadedProject } from './load.ts';
import { textTable } from './table.ts';

/** More are counted, not shown. */
const mostRows = 20;

interface ExplainedStage {
  readonly stage: string;
  readonly columns: readonly { readonly name: string; readonly numeric: boolean }[];
  readonly rows: readonly (readonly Printed[])[];
  /** Of the entity, where the stage has its columns; of everyone otherwise. */
  readonly found: number;
  readonly ofOthers: number;
}

interface ExplainedAnswer {
  readonly feature: string;
  readonly entity: Readonly<Record<string, Printed>>;
  readonly asOf: Printed;
  readonly stages: readonly ExplainedStage[];
  readonly answer: Readonly<Record<string, Printed>>;
}

export async function explainAnswer(
  { feature }: CompiledFeature,
  project: LoadedProject,
  folder: string,
  spineFile: string,
): Promise<ExplainedAnswer> {
  const { catalog } = project.authored;
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const { events } = await readEvents(resolve(folder), sources);
  const [asked] = await readSpine(resolve(spineFile), feature.entity, () => {});
  if (asked === undefined) throw new UsageError('the spine has no row', 'its first row is explained');
  const options = { knowledge: 'event' } as const;
  const [values = []] = evaluateFeature(feature, catalog, events, [asked], options);
  const stages = evaluateStages(feature, catalog, events, asked.asOf, options);
  return {
    feature: feature.name,
    entity: record(feature.entity, asked.entity),
    asOf: formatValue(asked.asOf, timestamp),
    stages: stages.map((stage) => shownStage(stage, feature.entity, asked)),
    answer: record(feature.outputs, values),
  };
}

const record = (columns: readonly CheckedColumn[], values: readonly Value[]): Readonly<Record<string, Printed>> =>
  Object.fromEntries(columns.map(({ name, type }, i) => [outputName(name), formatValue(values[i] ?? null, type)]));

/** A stage that has a column of the entity's name is taken to mean the entity by it. */
function shownStage({ name, columns, rows }: Stage, entity: readonly CheckedColumn[], asked: SpineRow): ExplainedStage {
  const places = entity.flatMap((e, i) => {
    const at = columns.findIndex((c) => c.name === e.name);
    return at < 0 ? [] : [{ at, wanted: asked.entity[i] ?? null }];
  });
  const own = rows.filter((row) => places.every(({ at, wanted }) => row[at] === wanted));
  return {
    stage: name === null ? 'the query' : outputName(name),
    columns: columns.map((c) => ({ name: outputName(c.name), numeric: c.type.kind === 'number' || c.type.kind === 'float' })),
    rows: own.slice(0, mostRows).map((row) => columns.map((c, i) => formatValue(row[i] ?? null, c.type))),
    found: own.length,
    ofOthers: rows.length - own.length,
  };
}

export function answerText({ feature, entity, asOf, stages, answer }: ExplainedAnswer): string {
  const named = (values: Readonly<Record<string, Printed>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value === null ? 'NULL' : typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
      .join(', ');
  const parts = stages.map(({ stage, columns, rows, found, ofOthers }) => {
    const others = ofOthers === 0 ? '' : `; of others ${ofOthers}`;
    const cut = found > rows.length ? `; the first ${rows.length} are shown` : '';
    const head = `${stage}: rows ${found}${others}${cut}`;
    return rows.length === 0 ? head : `${head}\n${textTable(columns, rows)}`;
  });
  return [`${feature}, ${named(entity) || 'the platform'}, at ${String(asOf)}`, ...parts, `answer: ${named(answer)}`].join('\n\n');
}
