/** A connection to DuckDB: statements, and rows to and from it. */
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResultReader,
  LIST,
  listValue,
} from '@duckdb/node-api';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { duckdbPrelude } from '../../compiler/functions/duckdb-prelude.ts';
import type { Value } from '../../compiler/value.ts';
import { append } from './duckdb-append.ts';
import { duckdbType, fromDuckdb, toDuckdb } from './duckdb-values.ts';
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
