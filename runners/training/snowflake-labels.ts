/** Labels as a temporary table of Snowflake: their rows numbered by `o`, their columns by place. What a file of labels hands through stays here, unless a table is made there. */
import { dialects, identifier } from '../../compiler/emit/dialect.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { boolean, date, float, number, type SqlType, timestamp, typeName, varchar, variant } from '../../compiler/sql-type.ts';
import { DataError } from '../data/data-error.ts';
import { exactly } from '../data/duckdb-exact.ts';
import type { Workspace } from '../engines/duckdb-workspace.ts';
import type { TypedColumn } from '../engines/engine.ts';
import { snowflakeOn } from '../engines/snowflake/connection.ts';
import type { DriverColumn, Session } from '../engines/snowflake/session.ts';
import { fromDriver } from '../engines/snowflake/values.ts';
import { UsageError } from '../usage-error.ts';
import { type ExactColumn, exactColumn, foundType, nameThere, relationName } from '../warehouse/snowflake-relation.ts';
import { type KeptLabels, keepLabels } from './duckdb-labels.ts';
import type { Key, LabelsGiven } from './engine.ts';
import { absentKeys, keyAmong } from './label-keys.ts';
import { labelTypeHint } from './label-types.ts';
import { fetched, ordinal } from './snowflake-fetch.ts';

const { snowflake } = dialects;

/** A temporary table of ours. It would hide a table of others that is called like it. */
export type Temporary = (name: string) => string;

export interface LabelsThere {
  readonly rows: number;
  /** `there`: what a column is called in a table that is made there, as SQL has it. */
  readonly columns: readonly { readonly name: string; readonly there: string }[];
  /** By the name of the key: its column as SQL, with the key's type. */
  readonly keys: ReadonlyMap<string, string>;
  readonly table: string;
  /** Null: no label has one. */
  readonly instants: { readonly first: bigint; readonly last: bigint } | null;
  /** The same rows in the workspace, for a file. */
  readonly here: KeptLabels | null;
}

interface Keeping {
  readonly session: Session;
  readonly workspace: Workspace;
  readonly temporary: Temporary;
  readonly target: string;
  readonly writesTable: boolean;
  readonly warn: (warning: string) => void;
}

export async function keepLabelsThere(keeping: Keeping, given: LabelsGiven, keys: readonly Key[]): Promise<LabelsThere> {
  const table = keeping.temporary('labels');
  const kept = given.kind === 'relation' ? await ofRelation(keeping, given.name, keys, table) : await ofFile(keeping, given, keys, table);
  const asOf = kept.keys.get(asOfColumn);
  const [[first, last] = []] = await keeping.session.run(`SELECT MIN(${asOf}), MAX(${asOf}) FROM ${table}`);
  const ends = [fromDriver(first, timestamp), fromDriver(last, timestamp)];
  const instants = typeof ends[0] === 'bigint' && typeof ends[1] === 'bigint' ? { first: ends[0], last: ends[1] } : null;
  return { ...kept, table, instants };
}

type Kept = Omit<LabelsThere, 'table' | 'instants'>;

async function ofRelation(
  { session, workspace, target, writesTable, warn }: Keeping,
  name: string,
  keys: readonly Key[],
  table: string,
): Promise<Kept> {
  const from = relationName(name.split('.'));
  const found = await session.describe(`SELECT * FROM ${from}`);
  if (found === null)
    throw new UsageError(
      `the target ${target} has no relation ${name}, or its role may not see it`,
      'or a file: .parquet, .csv or .ndjson',
    );
  const keyed = keyAmong(
    found.map((column) => column.name),
    keys,
    name,
  );
  const asked = found.flatMap((column, i) => {
    const key = keyed.get(column.name);
    return key === undefined ? [] : [{ column: column.name, name: key.name, type: key.type, read: keyRead(column, key, i, name) }];
  });
  const passed = writesTable ? [] : found.map((column, i) => passedColumn(column, i, name));
  const items = found.map((column, i) => `${identifier(column.name, snowflake)} AS c${i}`);
  await session.run(
    `CREATE TEMPORARY TABLE ${table} AS SELECT ${['ROW_NUMBER() OVER (ORDER BY NULL) - 1 AS o', ...items].join(', ')} FROM ${from}`,
  );
  const rows = await fittingLabels(session, table, name, [...asked, ...passed]);
  const [[absent] = []] = await session.run(
    `SELECT COUNT_IF(${asked.map(({ read }) => `${read.cast} IS NULL`).join(' OR ')}) FROM ${table}`,
  );
  if (Number(absent) > 0) warn(absentKeys(name, Number(absent), rows));
  const sqlOf = new Map(asked.map(({ name: key, read }) => [key, read.cast]));
  const here = writesTable ? null : await brought(session, workspace, table, passed, rows, sqlOf);
  return { rows, columns: found.map((column) => ({ name: column.name, there: identifier(column.name, snowflake) })), keys: sqlOf, here };
}

function keyRead(column: DriverColumn, key: Key, place: number, labels: string): ExactColumn {
  const read = exactColumn(`c${place}`, column, key.type);
  if (read !== null) return read;
  throw new DataError(
    { file: labels, line: null, column: column.name },
    `the labels have ${foundType(column)} where ${typeName(key.type)} is declared`,
    labelTypeHint(column.name, foundType(column), key.type),
  );
}

type Passed = TypedColumn & { readonly column: string; readonly read: ExactColumn };

/** With the type that it has. */
function passedColumn(column: DriverColumn, place: number, labels: string): Passed {
  const type = typeOf(column);
  const read = type === null ? null : exactColumn(`c${place}`, column, type);
  if (type !== null && read !== null) return { name: `C${place}`, type, column: column.name, read };
  throw new UsageError(
    `the labels ${labels} have a column ${column.name} of type ${foundType(column)}, which no file takes exactly`,
    'name a view that casts it or leaves it out, or make a table: --table',
  );
}

function typeOf({ type, precision, scale }: DriverColumn): SqlType | null {
  switch (type) {
    case 'fixed':
      return number(precision, scale);
    case 'real':
      return float;
    case 'text':
      return varchar;
    case 'boolean':
      return boolean;
    case 'date':
      return date;
    case 'timestamp_ntz':
      return timestamp;
    case 'timestamp_ltz':
      return { kind: 'timestamp', zone: 'ltz' };
    case 'variant':
    case 'object':
    case 'array':
      return variant;
    default:
      return null;
  }
}

/** How many there are. */
async function fittingLabels(
  session: Session,
  table: string,
  labels: string,
  columns: readonly { readonly column: string; readonly type: SqlType; readonly read: ExactColumn }[],
): Promise<number> {
  const wider = columns.filter(({ read }) => read.beyond !== null);
  const counts = ['COUNT(*)', ...wider.map(({ read }) => `COUNT_IF(${read.beyond})`)];
  const [row = []] = await session.run(`SELECT ${counts.join(', ')} FROM ${table}`);
  wider.forEach(({ column, type }, i) => {
    const beyond = Number(row[i + 1]);
    if (beyond > 0)
      throw new DataError(
        { file: labels, line: null, column },
        `${beyond} of ${row[0]} rows have what ${typeName(type)} does not hold: a time has microseconds and a year from 1 to 9999`,
      );
  });
  return Number(row[0]);
}

async function brought(
  session: Session,
  workspace: Workspace,
  table: string,
  columns: readonly Passed[],
  rows: number,
  keys: ReadonlyMap<string, string>,
): Promise<KeptLabels> {
  await fetched(session, workspace, { from: table, into: 'labels', columns, rows });
  const described = (await workspace.reader.describe(workspace.own('labels'))) ?? [];
  return {
    rows,
    columns: columns.map(({ column }, i) => ({ name: column, type: described[i + 1]?.type ?? '' })),
    keys,
    asOf: keys.get(asOfColumn) ?? '',
  };
}

/** Rows of one question to the workspace. */
const pieceRows = 50_000;

async function ofFile(
  { session, workspace, writesTable, warn }: Keeping,
  given: LabelsGiven,
  keys: readonly Key[],
  table: string,
): Promise<Kept> {
  const here = await keepLabels(workspace, given, keys, null, warn);
  const keyed = keyAmong(
    here.columns.map(({ name }) => name),
    keys,
    '',
  );
  const sent = here.columns.flatMap(({ name, type }, i) => {
    const key = keyed.get(name);
    if (key !== undefined) return [{ name: `C${i}`, type: key.type, sql: here.keys.get(key.name) ?? '' }];
    return writesTable ? [{ name: `C${i}`, ...sentColumn(name, type, i) }] : [];
  });
  const typed = [ordinal, ...sent.map(({ name, type }) => ({ name, type }))];
  const defined = typed.map(({ name, type }) => `${identifier(name, snowflake)} ${snowflake.typeName(type)}`);
  await session.run(`CREATE TEMPORARY TABLE ${table} (${defined.join(', ')})`);
  for (let from = 0; from < here.rows; from += pieceRows) {
    const rows = await workspace.connection.query(
      `SELECT ${['o', ...sent.map(({ sql }) => sql)].join(', ')} FROM labels WHERE o >= ${from} AND o < ${from + pieceRows} ORDER BY o`,
      typed,
    );
    await snowflakeOn(session).append(table, typed, rows);
  }
  return {
    rows: here.rows,
    columns: here.columns.map(({ name }) => ({ name, there: nameThere(name) })),
    keys: new Map(
      here.columns.flatMap(({ name }, i): [string, string][] => {
        const key = keyed.get(name);
        return key === undefined ? [] : [[key.name, `c${i}`]];
      }),
    ),
    here,
  };
}

/** Of a type of DuckDB's. */
function sentColumn(name: string, type: string, place: number): { readonly type: SqlType; readonly sql: string } {
  const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type)?.map(Number) ?? [];
  const there: SqlType | undefined =
    precision !== undefined && scale !== undefined
      ? number(precision, scale)
      : ({
          VARCHAR: varchar,
          BOOLEAN: boolean,
          DOUBLE: float,
          FLOAT: float,
          DATE: date,
          TIMESTAMP: timestamp,
          TIMESTAMP_S: timestamp,
          TIMESTAMP_MS: timestamp,
          'TIMESTAMP WITH TIME ZONE': { kind: 'timestamp', zone: 'ltz' } as const,
        }[type] ?? (/INT(EGER)?$/.test(type) ? number(38) : undefined));
  const exact = there === undefined ? null : exactly(`c${place}`, type, there);
  if (there !== undefined && exact !== null) return { type: there, sql: exact.cast };
  throw new UsageError(
    `the column ${name} of the labels is ${type}, which is not sent to Snowflake`,
    'leave it out, cast it, or write a file: --out',
  );
}
