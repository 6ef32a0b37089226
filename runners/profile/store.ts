/** The store that a lambda is profiled on: a server's own as it lies there, or one made of files as a server would have it. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from '../../compiler/catalog.ts';
import { varchar } from '../../compiler/sql-type.ts';
import type { SourceRows } from '../data/events.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { type Connection, EngineError } from '../engines/engine.ts';
import { beginning } from '../stream/store/beginning.ts';
import { fill, inPieces } from '../stream/store/fill.ts';
import { openKept } from '../stream/store/kept.ts';
import { UsageError } from '../usage-error.ts';

/** As a server runs each query. */
export const threads = 1;

/** Never written to. `place`: the file, or the folder that `serve --store` names. */
export async function openStoreToRead(place: string, sources: readonly Source[]): Promise<Connection> {
  const file = (await isFolder(place)) ? join(place, 'events.duckdb') : place;
  await stat(file).catch(() => {
    throw new UsageError(`${file} is not there`, '--store takes what `serve --store` was given, or a store file');
  });
  // The helpers that lambdas call live in memory: those in the file may be of another version.
  const connection = await openDuckdb({ threads });
  try {
    await connection.execute(`ATTACH '${file.replaceAll("'", "''")}' AS lockstep_store (READ_ONLY)`);
    await connection.execute("SET search_path = 'memory,lockstep_store'");
    await requireSources(connection, file, sources);
    return connection;
  } catch (thrown) {
    connection.close();
    if (thrown instanceof EngineError && /lock/i.test(thrown.message))
      throw new UsageError(`${file} is in use by a server`, 'profile while it is stopped, or with --events');
    throw thrown;
  }
}

async function requireSources(connection: Connection, file: string, sources: readonly Source[]): Promise<void> {
  const found = await connection.query(
    "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lockstep_store' AND schema_name = 'main'",
    [
      { name: 'table_name', type: varchar },
      { name: 'column_name', type: varchar },
    ],
  );
  const held = new Set(found.map(([table, column]) => `${table}\n${column}`.toUpperCase()));
  for (const { name, columns } of sources) {
    const missing = columns.find((c) => !held.has(`${name}\n${c.name}`.toUpperCase()));
    if (missing !== undefined)
      throw new UsageError(`${file} does not have \`${name}\` as it is declared now`, 'start the server with it once, or use --events');
  }
}

/** Makes a store of the rows, looks at it, and takes it away. */
export async function withStoreOf<T>(
  sources: readonly Source[],
  events: ReadonlyMap<string, SourceRows>,
  look: (connection: Connection) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-profile-'));
  try {
    const file = join(folder, 'events.duckdb');
    const store = await openKept(file, sources);
    try {
      for (const source of sources) {
        const rows = events.get(source.name)?.rows ?? [];
        const until = BigInt(Date.now()) * 1000n;
        await fill(store, { source, pieces: inPieces(rows), since: beginning, until }, until, () => {});
      }
    } finally {
      await store.close();
    }
    const connection = await openStoreToRead(file, sources);
    try {
      return await look(connection);
    } finally {
      connection.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
