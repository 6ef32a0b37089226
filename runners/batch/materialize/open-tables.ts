/** Who computes chunks on a target: one row for each engine. */
import type { Target } from '../../../compiler/authoring/config.ts';
import { UsageError } from '../../usage-error.ts';
import { openDuckdbTables } from './duckdb-tables.ts';
import type { GridTables, Opening } from './tables.ts';

const engines: Readonly<Record<Target['engine'], (opening: Opening) => Promise<GridTables>>> = {
  duckdb: openDuckdbTables,
  snowflake: async ({ name }) => {
    throw new UsageError(
      `the target ${name} is on Snowflake, where dbt fills the tables`,
      "dbt build --vars '{lockstep_from: …, lockstep_to: …}' computes a chunk",
    );
  },
};

export const openTables = (opening: Opening): Promise<GridTables> => engines[opening.target.engine](opening);
