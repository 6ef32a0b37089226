/** The marketplace's project with its raw rows twice: as files, and landed in a DuckDB file as a loader leaves them. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { relationParts } from '../../compiler/artifacts/warehouse-name.ts';
import type { Source } from '../../compiler/catalog.ts';
import { duckdb } from '../../compiler/emit/dialect.ts';
import { folderWith } from '../support/cli.ts';
import { catalog, type World } from './world.ts';

/** What the warehouse has instead: integers of 64 bits, and texts of JSON as they were written. */
const typeThere = ({ type }: Source['columns'][number]): string =>
  type.kind === 'number' && type.scale === 0 ? 'BIGINT' : duckdb.typeName(type);

async function makeWarehouse(folder: string, file: string): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  for (const source of catalog.sources) {
    const [table, schema] = [...relationParts(source)].reverse();
    const columns = source.columns.map((c) => `"${c.name.toLowerCase()}": '${typeThere(c)}'`).join(', ');
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}_landed`);
    await connection.run(
      `CREATE TABLE ${schema}_landed.${table} AS SELECT *, 'x' AS loaded_by FROM read_json('${folder}/events/${source.name}.ndjson', format = 'newline_delimited', columns = {${columns}})`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}

/** The folder: files in `events`, the target `local`, whose folder MARKETPLACE_FOLDER of the environment names. */
export async function landedMarketplace({ raw }: World): Promise<string> {
  const schemas = [...new Set(catalog.sources.map((s) => relationParts(s).at(-2)))].map((schema) => `${schema}: ${schema}_landed`);
  const folder = await folderWith({
    'lockstep.yml': `name: marketplace
targets:
  prod: { engine: snowflake, databases: { raw: RAW_PROD } }
  local:
    engine: duckdb
    path: "{{ env_var('MARKETPLACE_FOLDER') }}/{{ env_var('MARKETPLACE_FILE', 'landed.duckdb') }}"
    databases: { raw: landed }
    schemas: { ${schemas.join(', ')} }
`,
  });
  await cp(fileURLToPath(new URL('../../transforms', import.meta.url)), join(folder, 'transforms'), { recursive: true });
  await mkdir(join(folder, 'events'));
  for (const [source, rows] of raw)
    await writeFile(join(folder, 'events', `${source}.ndjson`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await mkdir(join(folder, 'there'));
  await makeWarehouse(folder, join(folder, 'there/landed.duckdb'));
  process.env['MARKETPLACE_FOLDER'] = 'there';
  return folder;
}
