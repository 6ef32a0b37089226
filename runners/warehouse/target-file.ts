/** A target of lockstep.yml by its name, and the file of one on DuckDB. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ProjectConfig, Target } from '../../compiler/authoring/config.ts';
import type { Source } from '../../compiler/catalog.ts';
import { didYouMean } from '../../compiler/diagnostics.ts';
import { UsageError } from '../usage-error.ts';
import { type Environment, fromEnvironment } from './environment.ts';
import { relationOf } from './relation.ts';

export interface NamedTarget {
  readonly name: string;
  readonly declared: Target;
  /** Of the project. */
  readonly folder: string;
  readonly environment: Environment;
  /** Is told of a wait. */
  readonly say?: (text: string) => void;
}

export function targetNamed({ targets }: ProjectConfig, name: string): Target {
  const names = Object.keys(targets);
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target !== undefined) return target;
  throw new UsageError(`there is no target ${name}`, didYouMean(name, names) ?? presentTargets({ targets }));
}

/** For hints. */
export function presentTargets({ targets }: Pick<ProjectConfig, 'targets'>): string {
  const names = Object.keys(targets);
  return names.length === 0 ? 'lockstep.yml has no `targets`' : `there are ${names.join(', ')}`;
}

export interface TargetFile {
  readonly file: string;
  /** What messages call it: its name may come from the environment. */
  readonly shown: string;
}

/** `folder`: of the project. */
export async function duckdbFileOf(target: Target, name: string, folder: string, environment: Environment): Promise<TargetFile> {
  if (target.path === null)
    throw new UsageError(
      `the target ${name} does not say where its file is`,
      `targets: { ${name}: { engine: duckdb, path: warehouse.duckdb } }`,
    );
  const file = resolve(folder, fromEnvironment(target.path, `path of the target ${name}`, environment));
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new UsageError(`the target ${name} has no file at ${target.path}`, 'its path is relative to the project');
  return { file, shown: target.path };
}

export interface FileOfTarget extends TargetFile {
  readonly name: string;
  readonly relationOf: (source: Source) => readonly string[];
}

export async function fileOf({ declared, name, folder, environment }: NamedTarget): Promise<FileOfTarget> {
  const found = await duckdbFileOf(declared, name, folder, environment);
  return { ...found, name, relationOf: (source) => relationOf(source, name, declared, environment) };
}
