/** The marketplace on the emulated server: its raw relations, and the project for Snowflake with a profile that leads there. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { relationParts } from '../../../compiler/artifacts/warehouse-name.ts';
import { dialects, identifier } from '../../../compiler/emit/dialect.ts';
import { timestamp } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import { snowflakeOn } from '../../../runners/engines/snowflake/connection.ts';
import type { Session } from '../../../runners/engines/snowflake/session.ts';
import { catalog, featureNamed, project } from '../../marketplace/world.ts';
import type { Fakesnow } from './fakesnow.ts';

/**
 * fakesnow makes no temporary relation whose name has its database, which is how dbt writes them: to it they are ordinary ones. dbt drops them
 * itself; what is not tried is that Snowflake hides them from other sessions. `upstream:` in dbt.test.ts fails when this is no longer needed.
 */
export const temporaryAsOrdinary = (sql: string): string =>
  sql.replace(/^(\s*create or replace)\s+temporary\s+((?:table|view)\s+\w+\.\w+\.\w+)/i, '$1 $2');

/** Replaces what was there. */
export async function writeRaw(session: Session, events: ReadonlyMap<string, SourceRows>): Promise<void> {
  const connection = snowflakeOn(session);
  for (const source of catalog.sources) {
    const [table = '', schema = '', database = ''] = [...relationParts(source)].reverse();
    await session.run(`CREATE DATABASE IF NOT EXISTS ${database}`);
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${database}.${schema}`);
    await connection.load(`${database}.${schema}.${table}`, source.columns, events.get(source.name)?.rows ?? []);
  }
}

export const database = 'ANALYTICS';
export const schema = 'FEATURES';

/** The folder of dbt's project, which has its `profiles.yml`. `files`: as `compile` writes them. */
export async function writeProject(
  { settings: { url } }: Fakesnow,
  files: readonly { readonly path: string; readonly text: string }[] = project.compiled.files,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-dbt-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  for (const { path, text } of files.filter((f) => f.path.startsWith('dbt/snowflake/'))) {
    const file = join(folder, path.slice('dbt/snowflake/'.length));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const { hostname, port } = new URL(url ?? '');
  const account = `account: emulated, host: ${hostname}, port: ${port}, protocol: http`;
  const who = `user: "{{ env_var('SNOW_USER') }}", password: "{{ env_var('SNOW_PASSWORD') }}"`;
  process.env['SNOW_USER'] = 'the-user-from-outside';
  process.env['SNOW_PASSWORD'] = 'the-password-from-outside';
  await writeFile(
    join(folder, 'profiles.yml'),
    `marketplace: {target: prod, outputs: {prod: {type: snowflake, ${account}, ${who}, database: ${database}, schema: ${schema}, warehouse: SMALL, threads: 1}}}\n`,
  );
  return folder;
}

/** Entity, as_of and outputs, in an order that repeats. */
export async function tableOf(session: Session, name: string): Promise<readonly (readonly Value[])[]> {
  const { feature, version } = featureNamed(name);
  const columns = [...feature.entity, { name: 'AS_OF', type: timestamp }, ...feature.outputs];
  const items = columns.map((c) => identifier(c.name, dialects.snowflake)).join(', ');
  return snowflakeOn(session).query(
    `SELECT ${items} FROM ${database}.${schema}.${name}__${version} WHERE lockstep_version = '${version}' ORDER BY ${columns.map((_, i) => i + 1).join(', ')}`,
    columns,
  );
}
