/** The warehouse that a target of lockstep.yml names. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ProjectConfig, Target } from '../../compiler/authoring/config.ts';
import type { Source } from '../../compiler/catalog.ts';
import { didYouMean } from '../../compiler/diagnostics.ts';
import { UsageError } from '../usage-error.ts';
import { openDuckdbWarehouse } from './duckdb-warehouse.ts';
import { type Environment, fromEnvironment } from './environment.ts';
import { relationOf } from './relation.ts';
import type { Warehouse } from './warehouse.ts';

export interface NamedTarget {
  readonly name: string;
  readonly declared: Target;
  /** Of the project. */
  readonly folder: string;
  readonly environment: Environment;
}

export interface FileOfTarget {
  readonly name: string;
  readonly file: string;
  /** The path as lockstep.yml has it, for messages. */
  readonly shown: string;
  readonly relationOf: (source: Source) => readonly string[];
}

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

export function targetNamed({ targets }: ProjectConfig, name: string): Target {
  const names = Object.keys(targets);
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target === undefined) {
    const present = names.length === 0 ? 'lockstep.yml has no `targets`' : `there are ${names.join(', ')}`;
    throw new UsageError(`there is no target ${name}`, didYouMean(name, names) ?? present);
  }
  return target;
}

/** Of a target on DuckDB. */
export async function fileOf({ declared: target, name, folder, environment }: NamedTarget): Promise<FileOfTarget> {
  if (target.path === null)
    throw new UsageError(
      `the target ${name} does not say where its file is`,
      `targets: { ${name}: { engine: duckdb, path: warehouse.duckdb } }`,
    );
  const file = resolve(folder, fromEnvironment(target.path, `path of the target ${name}`, environment));
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new UsageError(`the target ${name} has no file at ${target.path}`, 'its path is relative to the project');
  return { name, file, shown: target.path, relationOf: (source) => relationOf(source, name, target, environment) };
}
