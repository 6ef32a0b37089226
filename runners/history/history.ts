/** A history file, written run by run and read again. */
import type { Value } from '../../compiler/value.ts';
import type { Connection } from '../engines/engine.ts';
import { makeTables, type Opening, openToRead, openToWrite } from './open.ts';
import { type Row, type Rows, rowsOfRun } from './rows-of-run.ts';
import type { ReportedRun } from './run.ts';
import { runsOfRows } from './run-of-rows.ts';
import { type HistoryTable, tables } from './schema.ts';

/** All of it, or nothing: what dies or finds no room on the way leaves the file as it was. */
export async function appendRun(file: string, reported: ReportedRun, opening: Opening): Promise<void> {
  const connection = await openToWrite(file, opening);
  try {
    await connection.execute('BEGIN TRANSACTION');
    await makeTables(connection, reported.run.lockstep);
    await insertRun(connection, reported);
    await connection.execute('COMMIT');
    // The run is kept from here on, in the file beside it if this one cannot grow.
    await connection
      .execute('CHECKPOINT')
      .catch((error: Error) =>
        opening.say(`warning: ${file}.wal has the run, and must stay beside ${file}: ${error.message.split('\n')[0]}`),
      );
  } finally {
    connection.close();
  }
}

export async function insertRun(connection: Connection, reported: ReportedRun): Promise<void> {
  const rows = rowsOfRun(reported);
  for (const table of tables)
    await connection.append(
      table.name,
      table.columns,
      (rows[table.name] ?? []).map((row) => cells(table, row)),
    );
}

const cells = (table: HistoryTable, row: Row): readonly Value[] => table.columns.map((c) => row[c.name] ?? null);

/** In the order of time. */
export async function readRuns(file: string, opening: Opening): Promise<readonly ReportedRun[]> {
  const connection = await openToRead(file, opening);
  try {
    const rows: Record<string, readonly Row[]> = {};
    for (const table of tables) rows[table.name] = await rowsOf(connection, table);
    return runsOfRows(rows satisfies Rows);
  } finally {
    connection.close();
  }
}

async function rowsOf(connection: Connection, table: HistoryTable): Promise<readonly Row[]> {
  const names = table.columns.map((c) => c.name);
  const order = ['run_id', 'ordinal'].filter((name) => names.includes(name));
  const found = await connection.query(
    `SELECT ${names.join(', ')} FROM ${table.name} ORDER BY ${[...order, 'rowid'].join(', ')}`,
    table.columns,
  );
  return found.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])));
}
