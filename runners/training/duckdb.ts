/** Training sets on DuckDB: rows stay in the engine from the raw tables to the file. */
import { stagingSql } from '../../compiler/artifacts/staging.ts';
import type { Source } from '../../compiler/catalog.ts';
import { asWritten, duckdb } from '../../compiler/emit/dialect.ts';
import { planSql } from '../../compiler/emit/plan-sql.ts';
import type { Plan } from '../../compiler/plan/plan.ts';
import { integer } from '../../compiler/sql-type.ts';
import { readEvents } from '../data/events.ts';
import { timePlace } from '../data/row-time.ts';
import { openWorkspace, type Workspace } from '../engines/duckdb-workspace.ts';
import { declaredIn, fitting } from '../warehouse/declared-columns.ts';
import { type FileOfTarget, fileOf } from '../warehouse/target-file.ts';
import { floatTextMacros } from './csv-text.ts';
import { documentsOf } from './duckdb-documents.ts';
import { type KeptLabels, keepLabels, ordinalOf, spineSql } from './duckdb-labels.ts';
import { requireFree, writeFile, writeTable } from './duckdb-write.ts';
import type { Opening, TrainingEngine } from './engine.ts';
import { longestLookback } from './lookback.ts';

export async function openDuckdbTraining({ raw, spill, writesTable, warn }: Opening): Promise<TrainingEngine> {
  const target = raw.kind === 'target' ? await fileOf(raw.target) : null;
  const workspace = await openWorkspace(target === null ? null : { file: target.file, shown: target.shown, writes: writesTable }, spill);
  const { connection, own } = workspace;
  for (const macro of floatTextMacros) await connection.execute(macro);
  const answered: (readonly string[])[] = [];
  let kept: KeptLabels | undefined;
  const labels = (): KeptLabels => {
    if (kept === undefined) throw new Error('the labels come first');
    return kept;
  };
  return {
    labels: async (given, keys) => {
      kept = await keepLabels(workspace, given, keys, target?.name ?? null, warn);
      return { rows: kept.rows, columns: kept.columns.map(({ name }) => name) };
    },
    stage: (source, plans) =>
      target === null
        ? stageEvents(workspace, raw.kind === 'events' ? raw.folder : '', source, warn)
        : stageTarget(workspace, target, source, boundsOf(workspace, labels(), source, plans)),
    answer: async (plan, columns) => {
      await connection.execute(`CREATE OR REPLACE TABLE spine AS\n${spineSql(workspace, labels(), plan)}`);
      const table = own(`answer_${answered.length}`);
      await connection.execute(`CREATE TABLE ${table} AS\n${answersSql(workspace, plan)}`);
      const [[rows] = []] = await connection.query(`SELECT count(*) FROM ${table}`, [{ name: 'rows', type: integer }]);
      if (rows !== BigInt(labels().rows)) throw new Error(`${plan.feature}: ${rows} answers for ${labels().rows} labels`);
      answered.push(columns);
    },
    requireFree: (table) => requireFree(workspace, table, target?.name ?? ''),
    write: (to) =>
      to.kind === 'file'
        ? writeFile(workspace, labels(), answered, to.file, to.format)
        : writeTable(workspace, labels(), answered, to.name),
    close: workspace.close,
  };
}

const stagedTable = ({ own }: Workspace, source: string): string => own(asWritten(`staged ${source.toLowerCase()}`));

/** The row of the label, and the outputs by their places, whatever they are called. */
function answersSql(workspace: Workspace, plan: Plan): string {
  const sql = planSql(plan, {
    dialect: duckdb,
    source: (source) => stagedTable(workspace, source),
    spine: { text: 'spine' },
    passed: [ordinalOf(plan)],
    rows: 'asked',
    appended: [],
  });
  const outputs = plan.outputs.map((_, i) => `v${i}`);
  const columns = ['o', ...plan.entity.map((_, i) => `e${i}`), 't', ...outputs];
  return `SELECT ${['o', ...outputs].join(', ')}\nFROM (\n${sql}\n) AS answered(${columns.join(', ')})`;
}

async function stageEvents(workspace: Workspace, folder: string, source: Source, warn: (warning: string) => void): Promise<void> {
  const { connection } = workspace;
  const { events, warnings } = await readEvents(folder, [source]);
  warnings.forEach(warn);
  const columns = source.columns.map(({ name, type }) => ({ name, type }));
  await connection.load('given_events', columns, events.get(source.name)?.rows ?? []);
  await connection.execute(`CREATE TABLE ${stagedTable(workspace, source.name)} AS\n${stagingSql(source, 'given_events', duckdb)}`);
  await connection.execute('DROP TABLE given_events');
}

async function stageTarget(workspace: Workspace, target: FileOfTarget, source: Source, bounds: readonly string[]): Promise<void> {
  const { reader } = workspace;
  const { relation, reads } = await declaredIn(reader, source, target.relationOf(source), target.name);
  await fitting(reader, source, reads, `FROM ${relation}`, {});
  const time = reads[timePlace(source)]?.cast ?? '';
  const where = bounds.length === 0 ? '' : ` WHERE ${bounds.map((bound) => `${time} ${bound}`).join(' AND ')}`;
  const items: string[] = [];
  for (const read of reads) {
    const value = read.column.type.kind === 'variant' ? await documentsOf(workspace, source, read, `${relation}${where}`) : read.cast;
    items.push(`${value} AS ${asWritten(read.column.name)}`);
  }
  const given = `(SELECT ${items.join(', ')} FROM ${relation}${where}) AS given`;
  await reader.execute(`CREATE TABLE ${stagedTable(workspace, source.name)} AS\n${stagingSql(source, given, duckdb)}`);
}

/** Events that no label can see are not staged. An event's time is part of its identity, so the copy that counts stays the same. */
function boundsOf({ own }: Workspace, { asOf }: KeptLabels, source: Source, plans: readonly Plan[]): readonly string[] {
  if (source.kind !== 'stream') return [];
  const at = (end: string): string => `(SELECT ${end}(${asOf}) FROM ${own('labels')})`;
  const lookback = longestLookback(plans, source.name);
  return [`<= ${at('max')}`, ...(lookback === null ? [] : [`>= ${at('min')} - INTERVAL '${lookback} microseconds'`])];
}
