/** The warehouse that a target of lockstep.yml names. */
import type { Target } from '../../compiler/authoring/config.ts';
import { openDuckdbWarehouse } from './duckdb-warehouse.ts';
import { fileOf, type NamedTarget } from './target-file.ts';
import type { Warehouse } from './warehouse.ts';

const engines: Readonly<Record<Target['engine'], (target: NamedTarget, command: string) => Promise<Warehouse>>> = {
  duckdb: async (target) => {
    const { file, shown, relationOf } = await fileOf(target);
    return openDuckdbWarehouse(file, { name: target.name, path: shown }, relationOf);
  },
  snowflake: async (target, command) => (await import('./snowflake-warehouse.ts')).openSnowflakeWarehouse(target, command),
};

/** `command`: that asks, for the warehouse's own history. */
export const openTarget = (target: NamedTarget, command: string): Promise<Warehouse> => engines[target.declared.engine](target, command);
