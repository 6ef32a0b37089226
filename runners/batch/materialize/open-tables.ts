/** Who computes chunks on a target: one row for each engine. */
import type { Target } from '../../../compiler/authoring/config.ts';
import { openDuckdbTables } from './duckdb-tables.ts';
import type { GridTables, Opening } from './tables.ts';

const engines: Readonly<Record<Target['engine'], (opening: Opening) => Promise<GridTables>>> = {
  duckdb: openDuckdbTables,
  snowflake: async (opening) => (await import('./snowflake-tables.ts')).openSnowflakeTables(opening),
};

export const openTables = (opening: Opening): Promise<GridTables> => engines[opening.target.engine](opening);
