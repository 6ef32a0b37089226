/** What is counted of random rows of a DuckDB file, against the same counted here, row by row. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDuckdbReal } from '../../runners/sources/real/duckdb.ts';
import { folderWith } from '../support/cli.ts';
import { type Counted, counted, measured, type Row, row, type SourceName } from './measured-rows.ts';

async function measuredThere(rows: readonly Row[], name: SourceName): Promise<Counted> {
  const folder = await folderWith({});
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'));
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE events ("day" HUGEINT, raw_rows VARCHAR, dated_at TIMESTAMP, dated TIMESTAMP, "In ""quotes""" VARCHAR)`,
  );
  const at = (microseconds: number | null): string => (microseconds === null ? 'NULL' : `make_timestamp(${microseconds})`);
  const text = (value: string | null): string => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
  const tuples = rows.map((r) => `(${r.day ?? 'NULL'}, ${text(r.key)}, ${at(r.time)}, ${at(r.ingest)}, ${text(r.value)})`);
  if (rows.length > 0) await connection.run(`INSERT INTO events VALUES ${tuples.join(', ')}`);
  connection.closeSync();
  instance.closeSync();
  const target = {
    engine: 'duckdb' as const,
    path: 'raw.duckdb',
    schema: null,
    account: {},
    dbt: null,
    databases: {},
    schemas: {},
    models: {},
  };
  const warehouse = await openDuckdbReal({ name: 'local', declared: target, folder, environment: {} });
  try {
    return await measured(warehouse, name);
  } finally {
    await warehouse.close();
  }
}

test.each(['events', 'versions'] as const)(
  'rows of %s are counted as one by one',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        expect(await measuredThere(rows, name)).toEqual(counted(rows, name));
      }),
      { numRuns: 40, seed: 7 },
    );
  },
  60_000,
);
