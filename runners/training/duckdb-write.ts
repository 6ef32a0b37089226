/** The labels with their answers, in the order of the labels, to a file or a table. */
import { asWritten, duckdb } from '../../compiler/emit/dialect.ts';
import type { Workspace } from '../engines/duckdb-workspace.ts';
import { EngineError } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';
import { relationSql } from '../warehouse/declared-columns.ts';
import { csvText } from './csv-text.ts';
import type { KeptLabels } from './duckdb-labels.ts';

type Answered = readonly (readonly string[])[];

export async function writeFile(
  workspace: Workspace,
  labels: KeptLabels,
  answered: Answered,
  file: string,
  format: 'csv' | 'parquet',
): Promise<void> {
  const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet';
  const rows = await rowsSql(workspace, labels, answered, format === 'csv' ? csvText : parquetValue);
  await workspace.connection.execute(`COPY (\n${rows}\n) TO ${duckdb.string(file)} (${options})`);
}

export async function writeTable(workspace: Workspace, labels: KeptLabels, answered: Answered, table: string): Promise<void> {
  const rows = await rowsSql(workspace, labels, answered, (value) => value);
  await workspace.reader.execute(`CREATE TABLE ${relationSql(table.split('.'))} AS\n${rows}`);
}

/** Said before the work: whatever else hinders a table does it now. */
export async function requireFree({ reader }: Workspace, table: string, target: string): Promise<void> {
  const relation = relationSql(table.split('.'));
  if ((await reader.describe(relation)) !== null)
    throw new UsageError(`the target ${target} has a relation ${table} already`, 'nothing is overwritten: drop it, or name another one');
  await reader.execute('BEGIN');
  try {
    await reader.execute(`CREATE TABLE ${relation} (tried INTEGER)`);
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown;
    throw new UsageError(`the target ${target} takes no table ${table}: ${thrown.message.split('\n')[0]}`);
  } finally {
    await reader.execute('ROLLBACK');
  }
}

async function rowsSql(
  { reader, own }: Workspace,
  { columns }: KeptLabels,
  answered: Answered,
  shown: (value: string, type: string, column: string) => string,
): Promise<string> {
  const values = columns.map(({ name, type }, i) => ({ name, type, value: `l.c${i}` }));
  for (const [a, names] of answered.entries()) {
    const described = (await reader.describe(own(`answer_${a}`))) ?? [];
    names.forEach((name, i) => {
      values.push({ name, type: described[i + 1]?.type ?? '', value: `a${a}.v${i}` });
    });
  }
  const items = values.map(({ name, type, value }) => `${shown(value, type, name)} AS ${asWritten(name)}`);
  const joins = answered.map((_, a) => `JOIN ${own(`answer_${a}`)} AS a${a} ON a${a}.o = l.o`);
  return [`SELECT ${items.join(', ')}`, `FROM ${own('labels')} AS l`, ...joins, 'ORDER BY l.o'].join('\n');
}

/** DuckDB would write integers of 128 bits as DOUBLE. */
function parquetValue(value: string, type: string, column: string): string {
  if (!/\bU?HUGEINT\b/.test(type)) return value;
  if (!/^U?HUGEINT(\[\])*$/.test(type))
    throw new UsageError(`the column ${column} is ${type}: Parquet has no integers of 128 bits`, 'cast them to DECIMAL(38,0)');
  return `${value}::${type.replace(/U?HUGEINT/, 'DECIMAL(38,0)')}`;
}
