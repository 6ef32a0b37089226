/** A session: one statement after the other, each with values bound, none with values in its text. */
import type { Bind, Connection as DriverConnection, RowStatement } from 'snowflake-sdk';
import { EngineError } from '../engine.ts';
import { engineError, loadDriver, optionsOf } from './driver.ts';
import { type SnowflakeSettings, secretsOf } from './settings.ts';

/** As the driver reads them; each with a place for each column. */
export type DriverRow = readonly unknown[];
export type Binds = readonly Bind[];

export interface Session {
  /** All rows; none of what is no query. */
  readonly run: (sql: string, binds?: Binds) => Promise<readonly DriverRow[]>;
  /** Rows as they come. Whoever stops reading cancels the statement. */
  readonly stream: (sql: string, binds?: Binds) => AsyncIterable<DriverRow>;
  /** From now on, so that the account's history says for what a query was. */
  readonly tag: (tag: Readonly<Record<string, string>>) => Promise<void>;
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
    // The driver gives times of a day as text.
    TIME_OUTPUT_FORMAT: "'HH24:MI:SS.FF6'",
    STATEMENT_TIMEOUT_IN_SECONDS: String(timeout),
  };
  return `ALTER SESSION SET ${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')}`;
}

export async function openSession(settings: SnowflakeSettings): Promise<Session> {
  const { createConnection } = await loadDriver();
  const secrets = secretsOf(settings);
  const connection = await connected(createConnection(optionsOf(settings)), secrets);
  const run = (sql: string, binds: Binds = []): Promise<readonly DriverRow[]> =>
    new Promise((done, failed) => {
      connection.execute({
        sqlText: sql,
        binds: binds as Bind[],
        complete: (error, _, rows) => (error === undefined || error === null ? done(rows ?? []) : failed(engineError(error, secrets))),
      });
    });
  try {
    await run(sessionSettings(settings.statementTimeout));
  } catch (thrown) {
    await closed(connection);
    throw thrown;
  }
  return {
    run,
    stream: (sql, binds = []) => streamed(connection, sql, binds, secrets),
    tag: async (tag) => {
      const text = JSON.stringify(tag);
      // The parameter takes no bound value; a string literal of Snowflake escapes with backslashes.
      if (!/^[\w{}":,. -]*$/.test(text)) throw new EngineError('snowflake', 'a query tag has letters, digits, dots and dashes only');
      await run(`ALTER SESSION SET QUERY_TAG = '${text}'`);
    },
    close: () => closed(connection),
  };
}

function connected(connection: DriverConnection, secrets: readonly string[]): Promise<DriverConnection> {
  return new Promise((done, failed) => {
    connection.connect((error) => (error === undefined || error === null ? done(connection) : failed(engineError(error, secrets))));
  });
}

const closed = (connection: DriverConnection): Promise<void> => new Promise((done) => connection.destroy(() => done()));

async function* streamed(connection: DriverConnection, sql: string, binds: Binds, secrets: readonly string[]): AsyncGenerator<DriverRow> {
  const statement = await new Promise<RowStatement>((done, failed) => {
    connection.execute({
      sqlText: sql,
      binds: binds as Bind[],
      streamResult: true,
      complete: (error, of) => (error === undefined || error === null ? done(of as RowStatement) : failed(engineError(error, secrets))),
    });
  });
  let ended = false;
  try {
    for await (const row of statement.streamRows()) yield row as DriverRow;
    ended = true;
  } catch (thrown) {
    throw engineError(thrown, secrets);
  } finally {
    if (!ended) statement.cancel(() => {});
  }
}
