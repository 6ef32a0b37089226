/** The example's code location beside the market's warehouse, and a night of it. */
import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { fileOf, marketFolder } from '../../batch/market-file.ts';
import { first, until } from '../../marketplace/arrivals.ts';
import { lockstep } from '../../support/cli.ts';

export interface Check {
  readonly passed: boolean;
  readonly severity: string;
  readonly partition: string;
  readonly metadata: Readonly<Record<string, readonly [type: string, value: string]>>;
  readonly incidents: readonly Readonly<Record<string, unknown>>[];
}

export interface Night {
  readonly success: boolean;
  readonly checks: Readonly<Record<string, Check>>;
  readonly failures: readonly string[];
  readonly logs: readonly string[];
  /** Those that are errors. */
  readonly errors: readonly string[];
  readonly engine: readonly string[];
  /** Rows and columns of the models that were built, as dbt's adapter says. */
  readonly models: Readonly<Record<string, { readonly rows: number | null; readonly columns: readonly string[] }>>;
}

export interface CodeLocation {
  /** LOCKSTEP_PROJECT. */
  readonly project: string;
  readonly python?: string;
  /** Has the packages `marketplace` and `lockstep_dagster`; null: they are installed. */
  readonly packages?: string | null;
}

export const features = ['bidder_outbid', 'seller_gmv', 'stream_chat_activity'];
export const day = '2026-03-01';
export const valuesOf = ({ metadata }: Check): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(metadata).map(([name, [, value]]) => [name, value]));

/** The market's project with a few of its features, compiled, and profiles for dbt. */
export async function marketNight(): Promise<string> {
  const folder = await marketFolder(until(first));
  const transforms = join(folder, 'transforms/features');
  for (const file of await readdir(transforms)) if (!features.includes(file.replace('.sql', ''))) await rm(join(transforms, file));
  const gmv = join(transforms, 'seller_gmv.sql');
  await writeFile(gmv, (await readFile(gmv, 'utf8')).replace('---*/', 'parity: { blocking: true }\n---*/'));
  await writeFile(
    join(folder, 'profiles.yml'),
    `marketplace: {target: local, outputs: {local: {type: duckdb, path: ${fileOf(folder)}, schema: features, threads: 1}}}\n`,
  );
  expect((await lockstep('compile', '--project', folder)).code).toBe(0);
  return folder;
}

export async function versionOf(project: string, name: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(project, 'build/manifest.json'), 'utf8'));
  return manifest.features.find((f: { name: string }) => f.name === name).version;
}

/** What night.py prints. */
export async function python<T>({ project, python: of, packages }: CodeLocation, ...args: readonly string[]): Promise<T> {
  const { PYTHONPATH: _, LOCKSTEP_API_KEY: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    PATH: `${resolve(stackFolder, 'dagster/bin')}:${process.env['PATH']}`,
    LOCKSTEP_PROJECT: project,
    ...(packages === null ? {} : { PYTHONPATH: packages ?? resolve('examples/dagster') }),
    PYTHONDONTWRITEBYTECODE: '1',
    DAGSTER_DISABLE_TELEMETRY: 'yes',
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    no_proxy: '127.0.0.1',
  };
  const script = resolve('tests/stack/dagster/night.py');
  const ran = spawn(of ?? resolve(stackFolder, 'dagster/bin/python'), ['-W', 'ignore', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const said = { out: '', err: '' };
  ran.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  ran.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const code = await new Promise<number | null>((done) => ran.on('close', done));
  expect(code, said.err.slice(-20_000)).toBe(0);
  // Said of a dbt whose adapter is in another environment.
  expect(said.err).not.toContain('creating a handle to the dbt adapter');
  return JSON.parse(said.out.trimEnd().split('\n').at(-1) ?? '') as T;
}
