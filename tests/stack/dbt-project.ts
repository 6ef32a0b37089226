/** Compiled files as a dbt project on disk, and dbt itself run on it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import type { TextFile } from '../../compiler/artifacts/dbt.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import { stackFolder } from '../../runners/engines/clickhouse.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';

export interface Scratch {
  readonly folder: string;
  /** What dbt builds into; `again` names another database with the same raw one beside it. */
  readonly database: (target?: 'duckdb' | 'again') => string;
  readonly write: (files: readonly TextFile[], under: string, profile: string) => string;
  /** Of a catalog's warehouse; replaces what was there. */
  readonly load: (catalog: Catalog, events: ReadonlyMap<string, SourceRows>) => Promise<void>;
}

export function scratchFolder(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-dbt-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const database = (target: 'duckdb' | 'again' = 'duckdb'): string => join(folder, `${target}.duckdb`);
  const duckdb = (target: 'duckdb' | 'again'): string =>
    `{type: duckdb, path: ${database(target)}, schema: features, threads: 1, attach: [{path: ${folder}/raw.duckdb, alias: raw}]}`;
  // Nothing is asked of the account.
  const profiles = (name: string): string => `${name}:
  target: snowflake
  outputs:
    snowflake: {type: snowflake, account: none, user: none, password: none, database: none, schema: none, warehouse: none}
    duckdb: ${duckdb('duckdb')}
    again: ${duckdb('again')}
`;
  return {
    folder,
    database,
    write: (files, under, name) => {
      const project = mkdtempSync(join(folder, 'project-'));
      for (const { path, text } of files.filter((f) => f.path.startsWith(under))) {
        const file = join(project, path.slice(under.length));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      writeFileSync(join(project, 'profiles.yml'), profiles(name));
      return project;
    },
    load: async (catalog, events) => {
      rmSync(join(folder, 'raw.duckdb'), { force: true });
      const raw = await openDuckdb({ file: join(folder, 'raw.duckdb') });
      for (const source of catalog.sources) {
        const [, schema, table] = source.warehouse.split('.');
        await raw.schema(String(schema));
        await raw.load(`${schema}.${table}`, source.columns, events.get(source.name)?.rows ?? []);
      }
      raw.close();
    },
  };
}

/** Its output; throws with it if dbt fails. */
export async function dbt(folder: string, target: string, ...args: readonly string[]): Promise<string> {
  const given = ['--no-use-colors', ...args, '--project-dir', folder, '--profiles-dir', folder, '--target', target];
  const environment = { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', DO_NOT_TRACK: '1' };
  try {
    return (await promisify(execFile)(resolve(stackFolder, 'dbt/bin/dbt'), given, { env: environment, maxBuffer: 64e6 })).stdout;
  } catch (failed) {
    throw new Error((failed as { stdout?: string }).stdout ?? String(failed));
  }
}

/** As an option of dbt; instants are microseconds. */
export function vars(values: Readonly<Record<string, bigint | boolean>>): readonly string[] {
  const text = (value: bigint | boolean): string | boolean =>
    typeof value === 'boolean'
      ? value
      : `${new Date(Number(value / 1000n)).toISOString().slice(0, 23)}${(value % 1000n).toString().padStart(3, '0')}`;
  return ['--vars', JSON.stringify(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)])))];
}
