/** A DuckDB file of others to read from, and beside it tables of our own, which stay in memory, or beside it in `spill`, and go at the end. */
import { basename } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { duckdb } from '../../compiler/emit/dialect.ts';
import { duckdbPrelude } from '../../compiler/functions/duckdb-prelude.ts';
import { attempted, connectTo, settings } from './duckdb-connection.ts';
import { type DuckdbReader, openInstance, readsOn } from './duckdb-reader.ts';
import type { Connection } from './engine.ts';

export interface Workspace {
  /** Sees our own tables, and what features call. */
  readonly connection: Connection;
  /** Sees the relations of the file as those do who open it alone. */
  readonly reader: Omit<DuckdbReader, 'close'> & {
    readonly execute: (sql: string) => Promise<void>;
  };
  /** A table of our own, as both see it. */
  readonly own: (table: string) => string;
  readonly close: () => void;
}

export interface OpenedFile {
  readonly file: string;
  /** For messages. */
  readonly shown: string;
  readonly writes: boolean;
}

export async function openWorkspace(opened: OpenedFile | null, spill: string): Promise<Workspace> {
  const instance =
    opened === null
      ? await attempted(() => DuckDBInstance.create(':memory:'))
      : await openInstance(
          opened.file,
          opened.shown,
          { access_mode: opened.writes ? 'READ_WRITE' : 'READ_ONLY' },
          opened.writes ? 'nobody else may use it meanwhile' : 'nobody may write to it meanwhile',
        );
  try {
    return await workspaceIn(instance, basename(opened?.file ?? ''), spill);
  } catch (thrown) {
    instance.closeSync();
    throw thrown;
  }
}

async function workspaceIn(instance: DuckDBInstance, file: string, spill: string): Promise<Workspace> {
  // A database is called like its file.
  const work = file.toLowerCase().startsWith('lockstep_work') ? 'lockstep_own' : 'lockstep_work';
  const looking = await instance.connect();
  const run = (sql: string): Promise<void> => attempted(async () => void (await looking.run(sql)));
  for (const setting of [...settings, `temp_directory = ${duckdb.string(spill)}`]) await run(`SET ${setting}`);
  await run(`ATTACH ':memory:' AS ${work} (READ_WRITE)`);
  const connection = await connectTo(instance, { helpers: false });
  for (const statement of [`USE ${work}`, ...duckdbPrelude]) await connection.execute(statement);
  return {
    connection,
    reader: { ...readsOn(looking), execute: run },
    own: (table) => `${work}.main.${table}`,
    close: () => {
      connection.close();
      looking.closeSync();
      instance.closeSync();
    },
  };
}
