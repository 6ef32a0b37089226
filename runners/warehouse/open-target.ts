/** The warehouse that a target of lockstep.yml names. */
import type { ProjectConfig } from '../../compiler/authoring/config.ts';
import { UsageError } from '../usage-error.ts';
import { openDuckdbWarehouse } from './duckdb-warehouse.ts';
import type { Environment } from './environment.ts';
import { fileOf, targetNamed } from './target-file.ts';
import type { Warehouse } from './warehouse.ts';

/** `folder`: of the project. */
export async function openTarget(config: ProjectConfig, name: string, folder: string, environment: Environment): Promise<Warehouse> {
  const target = targetNamed(config, name);
  if (target.engine === 'snowflake')
    throw new UsageError(
      `the target ${name} is on Snowflake, from which history cannot be loaded yet`,
      'unload its tables to files, and load those with --events',
    );
  const { file, shown, relationOf } = await fileOf({ declared: target, name, folder, environment });
  return openDuckdbWarehouse(file, { name, path: shown }, relationOf);
}
