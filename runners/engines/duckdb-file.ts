/** One DuckDB file with several connections, each of which sees what the others committed. */
import { DuckDBInstance } from '@duckdb/node-api';
import { attempted, connectTo } from './duckdb-connection.ts';
import type { Connection } from './engine.ts';

export interface DuckdbFile {
  /** `helpers`: makes the macros that features call; they stay in the file, and two connections that make them at once are in each other's way. */
  readonly connect: (helpers: boolean) => Promise<Connection>;
  /** After its connections. */
  readonly close: () => void;
}

/** `threads`: of one query. Several queries run beside each other in any case. */
export async function openDuckdbFile(file: string, threads: number): Promise<DuckdbFile> {
  const instance = await attempted(() => DuckDBInstance.create(file, { threads: String(threads) }));
  return {
    connect: (helpers) => attempted(() => connectTo(instance, helpers)),
    close: () => instance.closeSync(),
  };
}
