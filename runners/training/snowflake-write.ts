/** The labels with their answers: a new table there, made in one statement, or a file here, in the order of the labels. */
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Workspace } from '../engines/duckdb-workspace.ts';
import type { Session } from '../engines/snowflake/session.ts';
import { nameThere, ownColumn, relationName } from '../warehouse/snowflake-relation.ts';
import { writeFile } from './duckdb-write.ts';
import { fetched } from './snowflake-fetch.ts';
import type { LabelsThere } from './snowflake-labels.ts';

export interface AnsweredThere {
  readonly table: string;
  /** What the outputs are called in the training set. */
  readonly columns: readonly string[];
  readonly types: readonly SqlType[];
}

export async function writeTableThere(
  session: Session,
  labels: LabelsThere,
  answered: readonly AnsweredThere[],
  name: string,
): Promise<void> {
  const items = [
    ...labels.columns.map((column, i) => `l.c${i} AS ${column.there}`),
    ...answered.flatMap(({ columns }, a) => columns.map((column, i) => `a${a}.v${i} AS ${nameThere(column)}`)),
  ];
  const joins = answered.map(({ table }, a) => `JOIN ${table} AS a${a} ON a${a}.o = l.o`);
  await session.run(
    [`CREATE TABLE ${relationName(name.split('.'))} AS`, `SELECT ${items.join(', ')}`, `FROM ${labels.table} AS l`, ...joins].join('\n'),
  );
}

export async function writeFileHere(
  session: Session,
  workspace: Workspace,
  labels: LabelsThere,
  answered: readonly AnsweredThere[],
  file: string,
  format: 'csv' | 'parquet',
): Promise<void> {
  if (labels.here === null) throw new Error('the labels are not here');
  for (const [a, { table, types }] of answered.entries()) {
    const columns = types.map((type, i) => ({ name: `V${i}`, type, read: ownColumn(`v${i}`, type) }));
    await fetched(session, workspace, { from: table, into: `answer_${a}`, columns, rows: labels.rows });
  }
  await writeFile(
    workspace,
    labels.here,
    answered.map(({ columns }) => columns),
    file,
    format,
  );
}
