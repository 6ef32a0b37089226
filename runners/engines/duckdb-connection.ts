/** A connection to DuckDB: statements, and values to and from it. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBAppender,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  type DuckDBPreparedStatement,
  type DuckDBResultReader,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  LIST,
  listValue,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { duckdbPrelude } from '../../compiler/functions/duckdb-prelude.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type Connection, EngineError, type ListParameter, type TypedColumn } from './engine.ts';

/** Safety nets only: emitted SQL does not depend on them (hazard X5). */
export const settings: readonly string[] = [
  "TimeZone = 'UTC'",
  "default_null_order = 'nulls_last_on_asc_first_on_desc'",
  'preserve_insertion_order = true',
];

export interface DuckdbOptions {
  readonly file?: string;
  /** For many small statements one is quicker than several. */
  readonly threads?: number;
  readonly readOnly?: boolean;
  /** The macros that features call; in a file they stay. */
  readonly helpers?: boolean;
}

/** An instance of its own, which goes with it. */
export async function connectDuckdb({ file = ':memory:', threads, readOnly = false, helpers = true }: DuckdbOptions): Promise<Connection> {
  const options = { ...(threads === undefined ? {} : { threads: String(threads) }), ...(readOnly ? { access_mode: 'READ_ONLY' } : {}) };
  const instance = await attempted(() => DuckDBInstance.create(file, options));
  const connection = await connectTo(instance, { helpers });
  return {
    ...connection,
    close: () => {
      connection.close();
      instance.closeSync();
    },
  };
}

/** One of several connections to an instance, which outlives them. `isSet`: the instance has its settings, for all of them. */
export async function connectTo(
  instance: DuckDBInstance,
  { helpers = true, isSet = false }: { readonly helpers?: boolean; readonly isSet?: boolean } = {},
): Promise<Connection> {
  const connection = await instance.connect();
  const session = isSet ? [] : settings.map((setting) => `SET ${setting}`);
  for (const statement of [...session, ...(helpers ? duckdbPrelude : [])]) await connection.run(statement);
  const statements: Statements = new Map();
  return {
    dialect: duckdb,
    execute: (sql) => attempted(async () => void (await connection.run(sql))),
    schema: (name) => attempted(async () => void (await connection.run(`CREATE SCHEMA IF NOT EXISTS ${name}`))),
    query: (sql, columns, parameters = []) => attempted(() => query(connection, sql, columns, parameters, statements)),
    load: (table, columns, rows) =>
      attempted(async () => {
        await connection.run(
          `CREATE OR REPLACE TABLE ${table} (${columns.map((c) => `${identifier(c.name, duckdb)} ${duckdb.typeName(c.type)}`).join(', ')})`,
        );
        await append(connection, table, columns, rows);
      }),
    append: (table, columns, rows) => attempted(() => append(connection, table, columns, rows)),
    close: () => connection.closeSync(),
  };
}

export async function attempted<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown;
    throw new EngineError('duckdb', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

async function query(
  connection: DuckDBConnection,
  sql: string,
  columns: readonly TypedColumn[],
  parameters: readonly ListParameter[],
  statements: Statements,
): Promise<readonly (readonly Value[])[]> {
  const values = Object.fromEntries(parameters.map((p) => [p.name, listValue(p.values.map((v) => toDuckdb(v, p.type)))]));
  const types = Object.fromEntries(parameters.map((p) => [p.name, LIST(duckdbType(p.type))]));
  if (parameters.length === 0) return rowsOf(await connection.runAndReadAll(sql), columns);
  const statement = await prepared(connection, sql, statements);
  statement.bind(values, types);
  return rowsOf(await statement.runAndReadAll(), columns);
}

/** Statements with parameters are asked again and again: planning them once is most of what a small request costs. */
async function prepared(connection: DuckDBConnection, sql: string, statements: Statements): Promise<DuckDBPreparedStatement> {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = await connection.prepare(sql);
  for (const oldest of statements.keys()) {
    if (statements.size < mostStatements) break;
    statements.delete(oldest);
  }
  statements.set(sql, statement);
  return statement;
}

type Statements = Map<string, DuckDBPreparedStatement>;
const mostStatements = 256;

function rowsOf(reader: DuckDBResultReader, columns: readonly TypedColumn[]): readonly (readonly Value[])[] {
  return reader.getRows().map((row) => columns.map((column, i) => fromDuckdb(row[i] ?? null, column)));
}

/** A schema-qualified name splits for the appender. */
async function append(
  connection: DuckDBConnection,
  table: string,
  columns: readonly TypedColumn[],
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const [first = table, second] = table.split('.');
  const appender = await connection.createAppender(second ?? first, second === undefined ? undefined : first);
  for (const row of rows) {
    columns.forEach((column, i) => {
      appendValue(appender, row[i] ?? null, column.type);
    });
    appender.endRow();
  }
  appender.closeSync();
}

/** Where the appender takes a value as it is: one that is made for it is freed by the garbage collector, which costs more than to append it. */
function appendValue(appender: DuckDBAppender, value: Value, type: SqlType): void {
  if (value === null) return appender.appendNull();
  const other = (): void => appender.appendValue(toDuckdb(value, type), duckdbType(type));
  switch (type.kind) {
    case 'number':
      if (type.scale > 0) return other();
      return type.precision <= 18 ? appender.appendBigInt(value as bigint) : appender.appendHugeInt(value as bigint);
    case 'float':
      return appender.appendDouble(value as number);
    case 'boolean':
      return appender.appendBoolean(value as boolean);
    case 'date':
      return appender.appendDate(new DuckDBDateValue(Number(value)));
    case 'time':
      return appender.appendTime(new DuckDBTimeValue(value as bigint));
    case 'timestamp':
      return type.zone === 'ntz' ? appender.appendTimestamp(new DuckDBTimestampValue(value as bigint)) : other();
    case 'element':
      return appendValue(appender, value, type.of);
    case 'varchar':
    case 'variant':
    case 'null':
      return appender.appendVarchar(value as string);
    default:
      return other();
  }
}

export function duckdbType(type: SqlType): DuckDBType {
  switch (type.kind) {
    case 'number':
      if (type.scale > 0) return DECIMAL(type.precision, type.scale);
      return type.precision <= 18 ? BIGINT : HUGEINT;
    case 'float':
      return DOUBLE;
    case 'binary':
      return BLOB;
    case 'boolean':
      return BOOLEAN;
    case 'date':
      return DATE;
    case 'time':
      return TIME;
    case 'timestamp':
      return type.zone === 'ntz' ? TIMESTAMP : TIMESTAMPTZ;
    case 'array':
      return LIST(duckdbType(type.of));
    case 'element':
      return duckdbType(type.of);
    case 'varchar':
    case 'variant':
    case 'null':
      return VARCHAR;
  }
}

export function toDuckdb(value: Value, type: SqlType): DuckDBValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'number':
      return type.scale > 0 ? new DuckDBDecimalValue(value as bigint, type.precision, type.scale) : (value as bigint);
    case 'date':
      return new DuckDBDateValue(Number(value));
    case 'time':
      return new DuckDBTimeValue(value as bigint);
    case 'timestamp':
      return type.zone === 'ntz' ? new DuckDBTimestampValue(value as bigint) : new DuckDBTimestampTZValue(value as bigint);
    case 'binary':
      return new DuckDBBlobValue(Buffer.from(value as string, 'hex'));
    case 'array':
      return listValue((value as readonly Value[]).map((element) => toDuckdb(element, type.of)));
    case 'element':
      return toDuckdb(value, type.of);
    default:
      return value as DuckDBValue;
  }
}

function fromDuckdb(value: DuckDBValue, { name, type }: TypedColumn): Value {
  if (value === null) return null;
  const wrong = (): never => {
    throw new EngineError('duckdb', `column ${name}: expected ${duckdb.typeName(type)}, and the engine gave ${String(value)}`);
  };
  switch (type.kind) {
    case 'number':
      if (value instanceof DuckDBDecimalValue) return value.scale === type.scale ? value.value : wrong();
      if (type.scale !== 0) return wrong();
      return typeof value === 'bigint' ? value : typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : wrong();
    case 'float':
      return typeof value === 'number' ? value : wrong();
    case 'boolean':
      return typeof value === 'boolean' ? value : wrong();
    case 'array':
      return value instanceof DuckDBListValue ? value.items.map((item) => fromDuckdb(item, { name, type: type.of })) : wrong();
    case 'element':
      return fromDuckdb(value, { name, type: type.of });
    case 'varchar':
    case 'variant':
    case 'null':
      return typeof value === 'string' ? value : wrong();
    case 'binary':
      return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString('hex').toUpperCase() : wrong();
    case 'date':
      return value instanceof DuckDBDateValue ? BigInt(value.days) : wrong();
    case 'time':
      return value instanceof DuckDBTimeValue ? value.micros : wrong();
    case 'timestamp':
      return value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue ? value.micros : wrong();
  }
}
