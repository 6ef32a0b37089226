/** DuckDB in process. It is larger than all of Lockstep, and loaded where it is used. */
import type { DuckdbOptions } from './duckdb-connection.ts';
import type { Connection } from './engine.ts';

export async function openDuckdb(options: DuckdbOptions = {}): Promise<Connection> {
  const { connectDuckdb } = await import('./duckdb-connection.ts');
  return connectDuckdb(options);
}
