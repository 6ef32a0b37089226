/** A session: one statement after the other, each with values bound, none with values in its text. */
import type { Bind, Connection as DriverConnection, RowStatement, SnowflakeError, StatementOption } from 'snowflake-sdk';
import { hider } from '../../hide-secrets.ts';
import { EngineError } from '../engine.ts';
import { connected, hostOf, type Patience, patience } from './connect.ts';
import { engineError, loadDriver, optionsOf } from './driver.ts';
import { type SnowflakeSettings, secretsOf } from './settings.ts';

/** As the driver reads them; each with a place for each column. */
export type DriverRow = readonly unknown[];
export type Binds = readonly Bind[];

/** As the service describes it: `type` is fixed, real, text, timestamp_ntz …; precision and scale are 0 where there are none. */
export interface DriverColumn {
  readonly name: string;
  readonly type: string;
  readonly precision: number;
  readonly scale: number;
}

export interface Session {
  /** All rows; none of what is no query. */
  readonly run: (sql: string, binds?: Binds) => Promise<readonly DriverRow[]>;
  /** Rows as they come. Whoever stops reading cancels the statement. */
  readonly stream: (sql: string, binds?: Binds) => AsyncIterable<DriverRow>;
  /** The columns of a query, which is not run; null: a relation in it is not there, or not for this role. */
  readonly describe: (sql: string) => Promise<readonly DriverColumn[] | null>;
  /** From now on, so that the account's history says for what a query was. */
  readonly tag: (tag: Readonly<Record<string, string>>) => Promise<void>;
  /** The statement under way is given up, there and here, and none is begun any more. */
  readonly interrupt: () => void;
  readonly close: () => Promise<void>;
}

/**
 * What a statement's meaning could depend on is set, though emitted SQL does not (hazard X5). An account's own settings stay as they are for
 * everybody else.
 */
function sessionSettings(timeout: number): string {
  const settings = {
    TIMEZONE: "'UTC'",
    WEEK_START: '0',
    WEEK_OF_YEAR_POLICY: '0',
    TIMESTAMP_TYPE_MAPPING: "'TIMESTAMP_NTZ'",
    BINARY_INPUT_FORMAT: "'HEX'",
    BINARY_OUTPUT_FORMAT: "'HEX'",
    DATE_INPUT_FORMAT: "'AUTO'",
    TIME_INPUT_FORMAT: "'AUTO'",
    TIMESTAMP_INPUT_FORMAT: "'AUTO'",
    QUOTED_IDENTIFIERS_IGNORE_CASE: 'FALSE',
    // All of them: an account may have set that some are left out.
    ROWS_PER_RESULTSET: '0',
    AUTOCOMMIT: 'TRUE',
    // The driver gives times of a day as text.
    TIME_OUTPUT_FORMAT: "'HH24:MI:SS.FF6'",
    STATEMENT_TIMEOUT_IN_SECONDS: String(timeout),
    // Of a session that was killed.
    ABORT_DETACHED_QUERY: 'TRUE',
  };
  return `ALTER SESSION SET ${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')}`;
}

export async function openSession(settings: SnowflakeSettings, waiting: Partial<Patience> = {}): Promise<Session> {
  const { createConnection } = await loadDriver();
  const hide = hider(secretsOf(settings));
  const connection = await connected(createConnection(optionsOf(settings)), hostOf(settings), hide, { ...patience, ...waiting });
  const { execute, interrupt } = statementsOn(connection);
  const asOurs = (thrown: unknown): never => {
    throw engineError(thrown, hide);
  };
  const run = async (sql: string, binds: Binds = []): Promise<readonly DriverRow[]> =>
    (await execute({ sqlText: sql, binds: binds as Bind[] }).catch(asOurs)).rows;
  const close = (): Promise<void> => new Promise((done) => connection.destroy(() => done()));
  try {
    await run(sessionSettings(settings.statementTimeout));
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    run,
    stream: async function* (sql, binds = []) {
      const { statement } = await execute({ sqlText: sql, binds: binds as Bind[], streamResult: true }).catch(asOurs);
      let ended = false;
      try {
        for await (const row of statement.streamRows()) yield row as DriverRow;
        ended = true;
      } catch (thrown) {
        asOurs(thrown);
      } finally {
        if (!ended) statement.cancel(() => {});
      }
    },
    describe: async (sql) => {
      const described = await execute({ sqlText: sql, describeOnly: true }).catch((thrown: unknown) =>
        isNotThere(thrown) ? null : asOurs(thrown),
      );
      if (described === null) return null;
      return (described.statement.getColumns() ?? []).map((column) => ({
        name: column.getName(),
        type: column.getType(),
        precision: column.getPrecision() ?? 0,
        scale: column.getScale() ?? 0,
      }));
    },
    tag: async (tag) => {
      const text = `${settings.queryTag === null ? '' : `${settings.queryTag} `}${JSON.stringify(tag)}`;
      // The parameter takes no bound value; a string literal of Snowflake escapes with backslashes.
      if (!/^[\w{}":,. -]*$/.test(text)) throw new EngineError('snowflake', 'a query tag has letters, digits, dots and dashes only');
      await run(`ALTER SESSION SET QUERY_TAG = '${text}'`);
    },
    interrupt,
    close,
  };
}

/** The service's code for what does not exist or is not for this role: a database, a schema, a relation. */
const isNotThere = (thrown: unknown): boolean => Number((thrown as Partial<SnowflakeError>).code) === 2003;

interface Executed {
  readonly statement: RowStatement;
  readonly rows: readonly DriverRow[];
}

interface Statements {
  readonly execute: (options: StatementOption) => Promise<Executed>;
  readonly interrupt: () => void;
}

function statementsOn(connection: DriverConnection): Statements {
  const giveUp = new Set<() => void>();
  let isInterrupted = false;
  const interrupted = (): EngineError => new EngineError('snowflake', 'interrupted: the statement that was under way is cancelled');
  return {
    execute: (options) =>
      new Promise((done, failed) => {
        if (isInterrupted) return failed(interrupted());
        const cancel = (): void => statement.cancel(() => failed(interrupted()));
        const statement = connection.execute({
          ...options,
          complete: (error, of, rows) => {
            giveUp.delete(cancel);
            if (error === undefined || error === null) done({ statement: of as RowStatement, rows: rows ?? [] });
            // Whatever the service says of it then.
            else failed(isInterrupted ? interrupted() : error);
          },
        });
        giveUp.add(cancel);
      }),
    interrupt: () => {
      isInterrupted = true;
      for (const cancel of giveUp) cancel();
    },
  };
}
