/** The warehouse that a target of lockstep.yml names. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ProjectConfig } from '../../compiler/authoring/config.ts';
import { didYouMean } from '../../compiler/diagnostics.ts';
import { UsageError } from '../usage-error.ts';
import { openDuckdbWarehouse } from './duckdb-warehouse.ts';
import { type Environment, fromEnvironment } from './environment.ts';
import { relationOf } from './relation.ts';
import type { Warehouse } from './warehouse.ts';

/** `folder`: of the project. */
export async function openTarget({ targets }: ProjectConfig, name: string, folder: string, environment: Environment): Promise<Warehouse> {
  const names = Object.keys(targets);
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target === undefined) {
    const present = names.length === 0 ? 'lockstep.yml has no `targets`' : `there are ${names.join(', ')}`;
    throw new UsageError(`there is no target ${name}`, didYouMean(name, names) ?? present);
  }
  if (target.engine === 'snowflake')
    throw new UsageError(
      `the target ${name} is on Snowflake, from which history cannot be loaded yet`,
      'unload its tables to files, and load those with --events',
    );
  if (target.path === null)
    throw new UsageError(
      `the target ${name} does not say where its file is`,
      `targets: { ${name}: { engine: duckdb, path: warehouse.duckdb } }`,
    );
  const file = resolve(folder, fromEnvironment(target.path, `path of the target ${name}`, environment));
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new UsageError(`the target ${name} has no file at ${target.path}`, 'its path is relative to the project');
  return openDuckdbWarehouse(file, { name, path: target.path }, (source) => relationOf(source, name, target, environment));
}
