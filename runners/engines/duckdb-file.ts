/** One DuckDB file with several connections, each of which sees what the others committed. Its SQL reaches no other file, and no network. */
import { DuckDBInstance } from '@duckdb/node-api';
import { type ColumnReader, connectColumns } from './duckdb-columns.ts';
import { attempted, connectTo, settings } from './duckdb-connection.ts';
import { connectSelects, type Selects } from './duckdb-select.ts';
import type { Connection } from './engine.ts';

export interface DuckdbFile {
  /** `helpers`: makes the macros that features call; they stay in the file, and two connections that make them at once are in each other's way. */
  readonly connect: (helpers: boolean) => Promise<Connection>;
  /** For SQL that somebody else wrote. */
  readonly selects: () => Promise<Selects>;
  readonly columns: () => Promise<ColumnReader>;
  /** After its connections. */
  readonly close: () => void;
}

/** The last one locks: from then on nothing can be set, whoever asks. */
const closed = ['enable_external_access = false', 'lock_configuration = true'];

/** `threads`: of one query. Several queries run beside each other in any case. */
export async function openDuckdbFile(file: string, threads: number): Promise<DuckdbFile> {
  const instance = await attempted(() => DuckDBInstance.create(file, { threads: String(threads) }));
  try {
    await attempted(async () => {
      const connection = await instance.connect();
      for (const setting of [...settings, ...closed]) await connection.run(`SET GLOBAL ${setting}`);
      connection.closeSync();
    });
  } catch (thrown) {
    instance.closeSync();
    throw thrown;
  }
  return {
    connect: (helpers) => attempted(() => connectTo(instance, { helpers, isSet: true })),
    selects: () => attempted(() => connectSelects(instance)),
    columns: () => attempted(() => connectColumns(instance)),
    close: () => instance.closeSync(),
  };
}
