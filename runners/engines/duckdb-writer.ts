/** A DuckDB file that is read and written in transactions, with every value bound. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { attempted, settings } from './duckdb-connection.ts';
import { type DuckdbReader, openInstance, readsOn } from './duckdb-reader.ts';
import { duckdbType, toDuckdb } from './duckdb-values.ts';

export interface DuckdbWriter extends DuckdbReader {
  /** How many rows it wrote. Of the values those are bound that the statement names. */
  readonly run: (sql: string, values?: Values) => Promise<number>;
  readonly all: (sql: string, values?: Values) => Promise<readonly (readonly DuckDBValue[])[]>;
  /** All of it or nothing. */
  readonly transaction: <T>(work: () => Promise<T>) => Promise<T>;
  /** What is under way fails. */
  readonly interrupt: () => void;
}

export type Values = Readonly<Record<string, { readonly type: SqlType; readonly value: Value }>>;

/** `writes` false: the file is opened for reading only, beside others who do. */
export async function openDuckdbWriter(file: string, shown: string, writes: boolean): Promise<DuckdbWriter> {
  const options: Readonly<Record<string, string>> = writes ? {} : { access_mode: 'READ_ONLY' };
  const instance = await openInstance(file, shown, options, writes ? 'nobody else may have it open' : 'nobody may write to it meanwhile');
  const connection = await instance.connect();
  for (const setting of settings) await connection.run(`SET ${setting}`);
  // A commit that is interrupted says that it failed, and is done all the same.
  let ends = false;
  return {
    ...readsOn(connection),
    run: (sql, values = {}) => attempted(async () => (await bound(connection, sql, values)).rowsChanged),
    all: (sql, values = {}) => attempted(async () => (await bound(connection, sql, values)).getRows()),
    transaction: async (work) => {
      await attempted(() => connection.run('BEGIN TRANSACTION'));
      try {
        const done = await work();
        ends = true;
        await attempted(() => connection.run('COMMIT'));
        return done;
      } catch (thrown) {
        ends = true;
        // One that failed at its end is over already.
        await connection.run('ROLLBACK').catch(() => {});
        throw thrown;
      } finally {
        ends = false;
      }
    },
    interrupt: () => {
      if (!ends) connection.interrupt();
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function bound(connection: DuckDBConnection, sql: string, values: Values) {
  const statement = await connection.prepare(sql);
  try {
    const names = Array.from({ length: statement.parameterCount }, (_, i) => statement.parameterName(i + 1));
    const given = names.flatMap((name) => {
      const { type, value } = values[name] ?? {};
      return type === undefined || value === undefined ? [] : [{ name, type, value }];
    });
    if (given.length > 0)
      statement.bind(
        Object.fromEntries(given.map(({ name, type, value }) => [name, toDuckdb(value, type)])),
        Object.fromEntries(given.map(({ name, type }) => [name, duckdbType(type)])),
      );
    return await statement.runAndReadAll();
  } finally {
    statement.destroySync();
  }
}
