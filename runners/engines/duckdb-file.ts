/** One DuckDB file with several connections, each of which sees what the others committed. */
import { DuckDBInstance } from '@duckdb/node-api';
import { attempted, connectTo } from './duckdb-connection.ts';
import type { Connection } from './engine.ts';

export interface DuckdbFile {
  readonly connect: () => Promise<Connection>;
  /** After its connections. */
  readonly close: () => void;
}

/** `threads`: of one query. Several queries run beside each other in any case. */
export async function openDuckdbFile(file: string, threads: number): Promise<DuckdbFile> {
  const instance = await attempted(() => DuckDBInstance.create(file, { threads: String(threads) }));
  return {
    connect: () => attempted(() => connectTo(instance)),
    close: () => instance.closeSync(),
  };
}
