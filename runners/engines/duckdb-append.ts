/** Rows to the end of a table of DuckDB, a column of many at once: a call for each value, and what is made for it, cost four times as much. */
import { type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import type { Value } from '../../compiler/value.ts';
import { duckdbType, toDuckdb } from './duckdb-values.ts';
import type { TypedColumn } from './engine.ts';

/** As many as DuckDB takes at once. */
const rowsOfChunk = 2048;

/** `table`: with its schema, or without; its columns are these. */
export async function append(
  connection: DuckDBConnection,
  table: string,
  columns: readonly TypedColumn[],
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const [first = table, second] = table.split('.');
  const appender = await connection.createAppender(second ?? first, second === undefined ? undefined : first);
  try {
    const types = columns.map(({ type }) => duckdbType(type));
    for (let from = 0; from < rows.length; from += rowsOfChunk) {
      const piece = rows.slice(from, from + rowsOfChunk);
      const chunk = DuckDBDataChunk.create(types, piece.length);
      columns.forEach(({ type }, at) => {
        chunk.setColumnValues(
          at,
          piece.map((row) => toDuckdb(row[at] ?? null, type)),
        );
      });
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } catch (thrown) {
    // What it still holds it would write when it is collected, whatever became of the transaction.
    appender.clear();
    throw thrown;
  } finally {
    appender.closeSync();
  }
}
