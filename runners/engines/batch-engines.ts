/** The engines that the batch form runs on, one row each. */
import { openClickhouse } from './clickhouse.ts';
import { openDuckdb } from './duckdb.ts';
import type { Connection } from './engine.ts';
import { openPostgres } from './postgres.ts';

interface Opening {
  /** DuckDB's; the others have one, or choose themselves. */
  readonly threads?: number;
}

const open = {
  duckdb: openDuckdb,
  postgres: openPostgres,
  clickhouse: openClickhouse,
} satisfies Readonly<Record<string, (opening: Opening) => Promise<Connection>>>;

export type BatchEngine = keyof typeof open;
export const batchEngines = Object.keys(open) as readonly BatchEngine[];

export function openBatchEngine(engine: BatchEngine, opening: Opening = {}): Promise<Connection> {
  return open[engine](opening);
}
