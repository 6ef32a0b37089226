/** Labels as a table of DuckDB: their rows numbered, their columns by place, `c0` and on, with the types that they have. */
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { asOfColumn, type Plan } from '../../compiler/plan/plan.ts';
import { integer, typeName } from '../../compiler/sql-type.ts';
import { tooPrecise } from '../data/column.ts';
import { DataError } from '../data/data-error.ts';
import { type Exact, exactly, exactValue } from '../data/duckdb-exact.ts';
import { requireFile } from '../data/rows.ts';
import type { Workspace } from '../engines/duckdb-workspace.ts';
import { EngineError } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';
import { relationSql } from '../warehouse/declared-columns.ts';
import type { Key, LabelsGiven } from './engine.ts';
import { absentKeys, keyAmong, requireDistinct } from './label-keys.ts';
import { readLabelRows } from './label-rows.ts';
import { labelTypeHint } from './label-types.ts';

export interface KeptLabels {
  readonly rows: number;
  readonly columns: readonly Described[];
  /** By the name of the key: its column as SQL, with the key's type. */
  readonly keys: ReadonlyMap<string, string>;
  readonly asOf: string;
}

interface Described {
  readonly name: string;
  /** As DESCRIBE has it. */
  readonly type: string;
}

interface Found {
  /** What messages call the labels. */
  readonly shown: string;
  readonly from: string;
  /** What a column is called there. */
  readonly inside: (name: string, place: number) => string;
  readonly columns: readonly Described[];
}

export async function keepLabels(
  workspace: Workspace,
  given: LabelsGiven,
  keys: readonly Key[],
  target: string | null,
  warn: (warning: string) => void,
): Promise<KeptLabels> {
  const { connection, reader, own } = workspace;
  const { shown, from, inside, columns } = await found(workspace, given, keys, target, warn);
  const keyed = keyAmong(
    columns.map(({ name }) => name),
    keys,
    shown,
  );
  const items = columns.map(({ name }, i) => `${inside(name, i)} AS c${i}`);
  await reader.execute(`CREATE TABLE ${own('labels')} AS SELECT ${['row_number() OVER () - 1 AS o', ...items].join(', ')} FROM ${from}`);
  const sqlOf = new Map<string, string>();
  for (const [i, { name, type }] of columns.entries()) {
    const key = keyed.get(name);
    if (key === undefined) continue;
    const exact = exactly(`c${i}`, type, key.type);
    if (exact === null)
      throw new DataError(
        { file: shown, line: null, column: name },
        `the labels have ${type} where ${typeName(key.type)} is declared`,
        labelTypeHint(name, type, key.type),
      );
    await requireFitting(workspace, exact, key, { shown, column: name });
    await warnOfCut(workspace, `c${i}`, type, `${shown}: ${name}`, warn);
    sqlOf.set(key.name, exact.cast);
  }
  const [[rows] = []] = await connection.query('SELECT count(*) FROM labels', [{ name: 'rows', type: integer }]);
  const [absent] = await first(
    reader,
    `SELECT count_if(${[...sqlOf.values()].map((sql) => `${sql} IS NULL`).join(' OR ')}) FROM ${own('labels')}`,
  );
  if (Number(absent) > 0) warn(absentKeys(shown, Number(absent), Number(rows)));
  return { rows: Number(rows), columns, keys: sqlOf, asOf: sqlOf.get(asOfColumn) ?? '' };
}

async function found(
  workspace: Workspace,
  given: LabelsGiven,
  keys: readonly Key[],
  target: string | null,
  warn: (warning: string) => void,
): Promise<Found> {
  const { connection, reader, own } = workspace;
  const named = (name: string): string => identifier(name, duckdb);
  if (given.kind === 'relation') {
    const from = relationSql(given.name.split('.'));
    const columns = await reader.describe(from);
    if (columns === null)
      throw new UsageError(`the target ${target} has no relation ${given.name}`, 'or a file: .parquet, .csv or .ndjson');
    return { shown: given.name, from, inside: named, columns };
  }
  const { file, format } = given;
  await requireFile(file);
  if (format === 'parquet') {
    const from = `read_parquet(${duckdb.string(file)})`;
    const columns = await reader.describe(from).catch((thrown: unknown) => {
      if (!(thrown instanceof EngineError)) throw thrown;
      throw new DataError({ file, line: null, column: null }, `the file cannot be read as Parquet: ${thrown.message.split('\n')[0]}`);
    });
    // The engine gives a second column that differs only in case another name.
    requireDistinct(await columnsInFile(reader, file), file);
    return { shown: file, from, inside: named, columns: columns ?? [] };
  }
  const read = await readLabelRows(file, format, keys);
  read.warnings.forEach(warn);
  const byPlace = read.columns.map(({ type }, i) => ({ name: `C${i}`, type }));
  await connection.load('label_rows', byPlace, read.rows);
  const described = await reader.describe(own('label_rows'));
  const columns = read.columns.map(({ name }, i) => ({ name, type: described?.[i]?.type ?? '' }));
  return { shown: file, from: own('label_rows'), inside: (_, place) => `c${place}`, columns };
}

/** As the file calls them. Its schema lists each column before what is in it, and itself before all. */
async function columnsInFile(reader: Workspace['reader'], file: string): Promise<readonly string[]> {
  const names: string[] = [];
  /** How many of each level are still to come. */
  const open: number[] = [];
  for await (const chunk of reader.rows(`SELECT name, num_children FROM parquet_schema(${duckdb.string(file)})`, {}))
    for (const [name, children] of chunk) {
      if (open.length === 1) names.push(String(name));
      if (open.length > 0) open.push((open.pop() ?? 0) - 1);
      if (Number(children ?? 0) > 0) open.push(Number(children));
      while (open.at(-1) === 0) open.pop();
    }
  return names;
}

/** The least and the greatest value are of the declared type, or the row of the one that is not is named. */
async function requireFitting(
  { reader, own }: Workspace,
  { sql, scale, wider }: Exact,
  key: Key,
  at: { readonly shown: string; readonly column: string },
): Promise<void> {
  if (!wider) return;
  for (const end of ['min', 'max']) {
    const [value] = await first(reader, `SELECT ${end}(${sql}) FROM ${own('labels')}`);
    const read = exactValue(value, scale, key.type);
    if ('value' in read) continue;
    const [row] = await first(reader, `SELECT min(o) FROM ${own('labels')} WHERE ${sql} = (SELECT ${end}(${sql}) FROM ${own('labels')})`);
    throw new DataError({ file: at.shown, line: Number(row) + 1, column: at.column }, read.problem);
  }
}

async function first(reader: Workspace['reader'], sql: string): Promise<readonly unknown[]> {
  for await (const [row] of reader.rows(sql, {})) return row ?? [];
  return [];
}

async function warnOfCut(
  { reader, own }: Workspace,
  column: string,
  type: string,
  shown: string,
  warn: (warning: string) => void,
): Promise<void> {
  if (type !== 'TIMESTAMP_NS') return;
  const [cut] = await first(reader, `SELECT count_if(epoch_ns(${column}) % 1000 <> 0) FROM ${own('labels')}`);
  if (Number(cut) > 0) warn(`${shown}: ${tooPrecise(Number(cut))}`);
}

/** The column of a feature's spine that says which row of the labels it is. */
export function ordinalOf(plan: Plan): string {
  let name = 'LABEL_ROW';
  while ([...plan.entity, ...plan.outputs].some((column) => column.name.toUpperCase() === name)) name += '_';
  return name;
}

/** What one feature is asked: the rows of the labels, with the entity that it has. */
export function spineSql({ own }: Workspace, { keys }: KeptLabels, plan: Plan): string {
  const columns = [...plan.entity.map(({ name }) => name), asOfColumn].map((name) => `${keys.get(name)} AS ${identifier(name, duckdb)}`);
  return `SELECT ${[`o AS ${identifier(ordinalOf(plan), duckdb)}`, ...columns].join(', ')} FROM ${own('labels')}`;
}
