/** One in-process DuckDB with the macros that artifacts call; results as text, with their scale. */
import { DuckDBInstance } from '@duckdb/node-api';
import { duckdbPrelude } from '../../compiler/functions/duckdb-prelude.ts';
import type { SqlType } from '../../compiler/sql-type.ts';

export interface Duck {
  readonly rows: (sql: string) => Promise<readonly (readonly (string | null)[])[]>;
}

export async function openDuck(): Promise<Duck> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone='America/Los_Angeles'");
  await connection.run("SET default_null_order='nulls_first'");
  for (const statement of duckdbPrelude) await connection.run(statement);
  return {
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowsJson() as (string | null)[][],
  };
}

/** An expression as text in the form of `valueText`. */
export function asText(expression: string, type: SqlType): string {
  if (type.kind === 'time') return `strftime(DATE '1970-01-01' + ${expression}, '%H:%M:%S.%f')`;
  if (type.kind === 'timestamp') return `strftime(${expression}, '%Y-%m-%d %H:%M:%S.%f')`;
  return `CAST(${expression} AS VARCHAR)`;
}
