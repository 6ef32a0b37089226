/** A history file: found, made, waited for, or refused with the way out. */
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { duckdb } from '../../compiler/emit/dialect.ts';
import { varchar } from '../../compiler/sql-type.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { isLocked } from '../engines/duckdb-locked.ts';
import { type Connection, EngineError } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';
import { type HistoryTable, schemaTable, schemaVersion, tables } from './schema.ts';

export interface Opening {
  readonly say: (text: string) => void;
  /** How long another process may hold the file, in milliseconds. */
  readonly patience: number;
}

const otherFile = 'name another file, or upgrade Lockstep';

/** For reading; several may at once, while nobody writes. */
export async function openToRead(file: string, opening: Opening): Promise<Connection> {
  if (!existsSync(file)) throw new UsageError(`there is no history ${file}`, 'lockstep parity --history writes one');
  return checked(file, await opened(file, true, opening), 'read');
}

/** For one run; a file that is not there is made when the run is written. */
export async function openToWrite(file: string, opening: Opening): Promise<Connection> {
  return checked(file, await opened(file, false, opening), 'write');
}

async function checked(file: string, connection: Connection, to: 'read' | 'write'): Promise<Connection> {
  try {
    const found = await versionOf(connection);
    if (found === 'other') throw new UsageError(`${file} is a DuckDB file, and no history of Lockstep`, otherFile);
    if (found === 'empty' && to === 'read') throw new UsageError(`${file} has no runs yet`, 'lockstep parity --history writes them');
    if (typeof found === 'number' && found > schemaVersion)
      throw new UsageError(
        `${file} was written by a newer Lockstep: its tables are of version ${found}, and this one knows ${schemaVersion}`,
        otherFile,
      );
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function versionOf(connection: Connection): Promise<number | 'empty' | 'other'> {
  const names = await namesOfTables(connection);
  if (names.length === 0) return 'empty';
  if (!names.includes(schemaTable.name)) return 'other';
  const [version] = await connection.query(`SELECT schema_version::VARCHAR FROM ${schemaTable.name}`, [
    { name: 'schema_version', type: varchar },
  ]);
  return version === undefined ? 'other' : Number(version[0]);
}

async function namesOfTables(connection: Connection): Promise<readonly string[]> {
  const names = await connection.query("SELECT table_name FROM duckdb_tables() WHERE database_name <> 'temp'", [
    { name: 'table_name', type: varchar },
  ]);
  return names.map(([name]) => String(name));
}

const columnsOf = (table: HistoryTable): string => table.columns.map((c) => `${c.name} ${duckdb.typeName(c.type)}`).join(', ');

/** Those that the file has: an older Lockstep may have made it. */
export async function presentTables(connection: Connection): Promise<readonly HistoryTable[]> {
  const names = await namesOfTables(connection);
  return tables.filter(({ name }) => names.includes(name));
}

/** All that are missing; within the transaction of a run. */
export async function makeTables(connection: Connection, lockstep: string): Promise<void> {
  const present = await presentTables(connection);
  const isNew = present.length === 0;
  for (const table of [...(isNew ? [schemaTable] : []), ...tables.filter((t) => !present.includes(t))])
    await connection.execute(`CREATE TABLE ${table.name} (${columnsOf(table)})`);
  if (isNew) await connection.append(schemaTable.name, schemaTable.columns, [[BigInt(schemaVersion), lockstep]]);
  else if (present.length < tables.length) await connection.execute(`UPDATE ${schemaTable.name} SET schema_version = ${schemaVersion}`);
}

const isForeign = (message: string): boolean =>
  /not a valid duckdb database|serializ|storage version|older version|newer version/i.test(message);

async function opened(file: string, readOnly: boolean, { say, patience }: Opening): Promise<Connection> {
  const started = Date.now();
  for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
    try {
      return await openDuckdb({ file, readOnly, helpers: false, threads: 1 });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (isForeign(error.message))
        throw new UsageError(`${file} is no history of Lockstep, and no DuckDB file that can be read`, otherFile);
      if (!isLocked(error.message)) throw new UsageError(`the history ${file} cannot be opened: ${error.message.split('\n')[0]}`);
      if (Date.now() - started > patience)
        throw new UsageError(`the history ${file} is held by another process`, 'wait until it is done, or name another file');
      if (wait === 50) say(`waiting for the history ${file}: another process has it open`);
      await pause(wait);
    }
  }
}
