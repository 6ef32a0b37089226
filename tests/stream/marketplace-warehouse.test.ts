/** The marketplace's history from a warehouse is what it is from files: the same store, and the same answers from it. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { relationParts } from '../../compiler/artifacts/warehouse-name.ts';
import type { Source } from '../../compiler/catalog.ts';
import { duckdb } from '../../compiler/emit/dialect.ts';
import { compareForms } from '../../runners/parity/compare-forms.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { executeLambda } from '../../runners/stream/execute.ts';
import { type KeptStore, openKept } from '../../runners/stream/store/kept.ts';
import { quoted } from '../../runners/stream/store/tables.ts';
import { asked, catalog, project, worldOf } from '../marketplace/world.ts';
import { folderWith, lockstep } from '../support/cli.ts';

const world = worldOf(5, 160);
let folder: string;

/** What the warehouse has instead: integers of 64 bits, and texts of JSON as they were written. */
const typeThere = ({ type }: Source['columns'][number]): string =>
  type.kind === 'number' && type.scale === 0 ? 'BIGINT' : duckdb.typeName(type);

async function makeWarehouse(file: string): Promise<void> {
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

beforeAll(async () => {
  const schemas = [...new Set(catalog.sources.map((s) => relationParts(s).at(-2)))].map((schema) => `${schema}: ${schema}_landed`);
  folder = await folderWith({
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
  for (const [source, rows] of world.raw)
    await writeFile(join(folder, 'events', `${source}.ndjson`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await mkdir(join(folder, 'there'));
  await makeWarehouse(join(folder, 'there/landed.duckdb'));
  process.env['MARKETPLACE_FOLDER'] = 'there';
  const load = (...from: string[]) => lockstep('backfill', '--project', folder, '--since', 'beginning', ...from);
  const [byFiles, byTarget] = [
    await load('--events', join(folder, 'events'), '--store', 'files'),
    await load('--target', 'local', '--store', 'target'),
  ];
  expect(byTarget).toEqual(byFiles);
  expect(byTarget).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^follows: \d+ new rows, \d+ there already, 1 quarantined, of/m),
  });
});

const opened = (name: string): Promise<KeptStore> => openKept(join(folder, name, 'events.duckdb'), catalog.sources);

describe('the store', () => {
  const stored = async (name: string): Promise<Record<string, unknown>> => {
    const store = await opened(name);
    const reader = await store.reader();
    const tables: Record<string, unknown> = { state: [...store.state().sources.values()] };
    for (const source of catalog.sources) {
      const upper = source.name.toUpperCase();
      const columns = store.columnsOf(source.name).filter((c) => c.name !== 'lockstep.arrived_at');
      const names = columns.map((c) => quoted(c.name)).join(', ');
      const of = (table: string, more = '') => reader.query(`SELECT ${names}${more} FROM ${table} ORDER BY ALL`, columns);
      tables[upper] = await of(upper);
      tables[`copies of ${upper}`] = await of(`COPIES_OF_${upper}`);
      if (source.kind !== 'table') continue;
      tables[`versions of ${upper}`] = await of(`VERSIONS_OF_${upper}`);
      const interval = ['valid_from', 'valid_to'].map((column) => ({ name: column, type: { kind: 'timestamp', zone: 'ntz' } as const }));
      tables[`intervals of ${upper}`] = await reader.query(
        `SELECT ${interval.map((c) => c.name).join(', ')} FROM ${upper} ORDER BY ALL`,
        interval,
      );
    }
    reader.close();
    await store.close();
    return tables;
  };

  test('has the same rows, copies, versions and counts, and is complete alike', async () => {
    const [files, target] = [await stored('files'), await stored('target')];
    expect(target).toEqual(files);
    expect((target['CHATS'] as unknown[]).length).toBeGreaterThan(100);
    expect((target['copies of CHATS'] as unknown[]).length).toBeGreaterThan(0);
  });
});

test.each(project.compiled.features.map((f) => [f.feature.name, f] as const))('%s is what the reference says', async (_, compiled) => {
  const store = await opened('target');
  const reader = await store.reader();
  try {
    const { spine } = asked(compiled, world, 10);
    const answered = await executeLambda(reader, compiledLambda(compiled, catalog), spine, 256);
    const meant = evaluateFeature(compiled.feature, catalog, world.events, spine, { knowledge: 'event' });
    expect(spine.length).toBeGreaterThan(1);
    expect(compareForms(compiled.feature, catalog, world.events, spine, answered, meant)).toMatchObject({
      points: spine.length,
      differences: [],
    });
  } finally {
    reader.close();
    await store.close();
  }
});
