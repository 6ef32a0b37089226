/** What Snowflake printed once, asked of it again: the gold cases as we compile them. */
import { fileURLToPath } from 'node:url';
import type { CheckedStatement } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { type Opened, sqlEngine } from '../gold/engines.ts';
import { type GoldCase, readCases } from '../gold/read-cases.ts';
import { type Prepared, prepare, runCase } from '../gold/run-case.ts';
import { failure } from './failure.ts';
import type { Found, Part } from './item.ts';
import { rowsShown } from './rows-shown.ts';

const goldFile = fileURLToPath(new URL('../gold/snowflake.jsonl', import.meta.url));

export function goldPart(): Part {
  const onConnection = goldOn();
  const items = readCases(goldFile).map((gold) => ({
    id: gold.id,
    sql: gold.sql,
    run: async (connection: Connection) => foundIn(gold, prepare(gold), await onConnection(connection)),
  }));
  return { name: 'gold', seed: null, items };
}

/** Tables of cases are in the session's schema, and each connection is made ready once. */
export function goldOn(): (connection: Connection) => Promise<Opened> {
  const ready = new WeakMap<Connection, Opened>();
  return async (connection) => {
    const opened = ready.get(connection) ?? (await sqlEngine('snowflake', async () => connection, null).open());
    ready.set(connection, opened);
    return opened;
  };
}

export async function foundIn(gold: GoldCase, prepared: Prepared, engine: Opened): Promise<Found> {
  let given: { readonly statement: CheckedStatement; readonly rows: readonly (readonly Value[])[] } | undefined;
  let thrown: unknown;
  const watched: Opened = {
    ...engine,
    rows: async (statement, world) => {
      try {
        const rows = await engine.rows(statement, world);
        given = { statement, rows };
        return rows;
      } catch (error) {
        thrown = error;
        throw error;
      }
    },
  };
  const outcome = await runCase(gold, prepared, watched);
  const functions = given === undefined ? [] : rowsShown(given.statement, given.rows);
  switch (outcome.kind) {
    case 'equal':
      return { outcome: 'equal', detail: null, functions, queryId: null };
    case 'different':
      if (thrown !== undefined) return failure(thrown);
      // Without rows it is our own compiler that failed.
      return { outcome: given === undefined ? 'failed' : 'different', detail: outcome.got, functions, queryId: null };
    case 'rejected':
      return { outcome: 'refused', detail: outcome.reason, functions: [], queryId: null };
    case 'setup':
      return { outcome: 'refused', detail: `its setup is not supported: ${outcome.reason}`, functions: [], queryId: null };
  }
}
