/** The marketplace's project beside a DuckDB file with its raw rows, as a warehouse has them, and what `materialize` makes of it. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { integer, type SqlType, timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import { formatTimestamp } from '../../runners/data/format-value.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { folderWith, lockstep, type Ran } from '../support/cli.ts';

const day = 86_400_000_000n;

const root = fileURLToPath(new URL('../../', import.meta.url));
const config = 'name: marketplace\ntargets:\n  local: { engine: duckdb, path: raw.duckdb, schema: features }\n';

export async function marketFolder(events: ReadonlyMap<string, SourceRows>): Promise<string> {
  const folder = await folderWith({ 'lockstep.yml': config });
  await cp(join(root, 'transforms'), join(folder, 'transforms'), { recursive: true });
  await writeRaw(folder, events);
  return folder;
}

export const fileOf = (folder: string): string => join(folder, 'raw.duckdb');

/** Another folder with the same file. */
export async function copyOf(folder: string): Promise<string> {
  const copy = await folderWith({ 'lockstep.yml': config });
  await cp(folder, copy, { recursive: true });
  return copy;
}

/** Replaces what was there. */
export async function writeRaw(folder: string, events: ReadonlyMap<string, SourceRows>): Promise<void> {
  const raw = await openDuckdb({ file: fileOf(folder) });
  for (const source of catalog.sources) {
    const [, schema, table] = source.warehouse.split('.');
    await raw.schema(String(schema));
    await raw.load(`${schema}.${table}`, source.columns, events.get(source.name)?.rows ?? []);
  }
  raw.close();
}

export const at = (micros: bigint): string => formatTimestamp(micros);

/** The instant of a feature's grid that is not before. */
export function instantOf(name: string, micros: bigint): bigint {
  const every = BigInt(featureNamed(name).feature.every ?? day);
  return ((micros + every - 1n) / every) * every;
}

export const materialize = (folder: string, ...more: readonly string[]): Promise<Ran> =>
  lockstep('materialize', '--project', folder, '--target', 'local', ...more);

export async function queried(folder: string, sql: string, ...types: readonly SqlType[]): Promise<readonly (readonly Value[])[]> {
  const connection = await openDuckdb({ file: fileOf(folder), helpers: false });
  try {
    return await connection.query(
      sql,
      types.map((type, i) => ({ name: `C${i}`, type })),
    );
  } finally {
    connection.close();
  }
}

export async function executed(folder: string, ...statements: readonly string[]): Promise<void> {
  const connection = await openDuckdb({ file: fileOf(folder), helpers: false });
  for (const statement of statements) await connection.execute(statement);
  connection.close();
}

/** Entity, as_of and outputs, in an order that repeats. */
export async function tableOf(folder: string, name: string): Promise<readonly (readonly Value[])[]> {
  const { feature, version } = featureNamed(name);
  const columns = [...feature.entity, { name: 'AS_OF', type: timestamp }, ...feature.outputs];
  return queried(
    folder,
    `SELECT ${columns.map((c) => `"${c.name.toLowerCase()}"`).join(', ')} FROM features."${name}__${version}" WHERE lockstep_version = '${version}' ORDER BY ALL`,
    ...columns.map((c) => c.type),
  );
}

/** By feature, how many rows are on one side alone. */
export async function differences(folder: string, other: string, names: readonly string[]): Promise<Readonly<Record<string, bigint>>> {
  const connection = await openDuckdb({ file: ':memory:', helpers: false });
  await connection.execute(`ATTACH '${fileOf(folder)}' AS own (READ_ONLY)`);
  await connection.execute(`ATTACH '${fileOf(other)}' AS other (READ_ONLY)`);
  const found: Record<string, bigint> = {};
  for (const name of names) {
    const { feature, version } = featureNamed(name);
    // Sums of FLOAT depend on the order of additions.
    const rounded = feature.outputs.filter((o) => o.exactness === 'tolerance').map((o) => `round(${o.name}, 9) AS ${o.name}`);
    const items = rounded.length === 0 ? '*' : `* REPLACE (${rounded.join(', ')})`;
    const [a, b] = ['own', 'other'].map((side) => `(SELECT ${items} FROM ${side}.features."${name}__${version}")`);
    const [row] = await connection.query(
      `SELECT count(*) FROM ((FROM ${a} EXCEPT ALL FROM ${b}) UNION ALL (FROM ${b} EXCEPT ALL FROM ${a}))`,
      [{ name: 'N', type: integer }],
    );
    if (row?.[0] !== 0n) found[name] = row?.[0] as bigint;
  }
  connection.close();
  return found;
}

/** Each key of a table that is there at the instants, whatever our SQL says of it. */
export async function liveByHand(folder: string, name: string, instants: readonly bigint[]): Promise<readonly SpineRow[]> {
  const source = catalog.sources.find((s) => s.name === name);
  const [key = ''] = source?.key ?? [];
  const rows = await queried(
    folder,
    `SELECT ${key}, t FROM (
  SELECT * FROM (SELECT make_timestamp(unnest([${instants.join(', ')}])) AS t), ${source?.warehouse.split('.').slice(1).join('.')}
  WHERE updated_at < t AND ${key} IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY ${key}, t ORDER BY updated_at DESC, lsn DESC) = 1
) WHERE coalesce(is_deleted, FALSE) = FALSE ORDER BY ALL`,
    source?.columns.find((c) => c.name === key)?.type ?? integer,
    timestamp,
  );
  return rows.map(([entity, asOf]) => ({ entity: [entity as Value], asOf: asOf as bigint }));
}
