/** A history file, written run by run and read again. */
import { varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { Connection } from '../engines/engine.ts';
import { makeTables, type Opening, openToRead, openToWrite, presentTables } from './open.ts';
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

/**
 * Of which runs everything is read; of the others only verdicts, bounds and failures. `latest`: of each feature and mode the last run;
 * a list has the ids of runs.
 */
export type Details = 'all' | 'latest' | readonly string[];

/** In the order of time. */
export async function readRuns(file: string, opening: Opening, details: Details = 'all'): Promise<readonly ReportedRun[]> {
  const connection = await openToRead(file, opening);
  try {
    const rows: Record<string, readonly Row[]> = {};
    for (const table of await presentTables(connection)) rows[table.name] = await rowsOf(connection, table, details);
    return runsOfRows(rows satisfies Rows);
  } finally {
    connection.close();
  }
}

const latest = `(run_id, feature) IN (
  SELECT (max_by(run_id, (started_at, run_id)), feature) FROM features JOIN runs USING (run_id) GROUP BY feature, mode
)`;

async function rowsOf(connection: Connection, table: HistoryTable, details: Details): Promise<readonly Row[]> {
  const names = table.columns.map((c) => c.name);
  const order = ['run_id', 'ordinal'].filter((name) => names.includes(name));
  const inAll = details === 'all' || ['runs', 'features', 'failures'].includes(table.name);
  const where = inAll ? '' : details === 'latest' ? `WHERE ${latest}` : 'WHERE run_id IN (SELECT unnest($runs))';
  const parameters = inAll || typeof details === 'string' ? [] : [{ name: 'runs', type: varchar, values: details }];
  const sql = `SELECT ${names.join(', ')} FROM ${table.name} ${where} ORDER BY ${[...order, 'rowid'].join(', ')}`;
  const found = await connection.query(sql, table.columns, parameters);
  return found.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])));
}
