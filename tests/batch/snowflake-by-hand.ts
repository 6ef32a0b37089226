/**
 * The tables of features on Snowflake without Snowflake and without dbt: statements run on DuckDB, which has two of their functions under other
 * names, and what dbt does to the tables and the ledger a test does itself, row by row.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { DbtAsked, DbtRan, NodeResult } from '../../runners/dbt/job.ts';
import type { Session } from '../../runners/engines/snowflake/session.ts';

/** What Snowflake writes in its own way. */
const forDuckdb = (sql: string): string =>
  sql
    .replaceAll('DATE_PART(EPOCH_MICROSECOND, ', 'epoch_us(')
    .replaceAll('TIMESTAMP_NTZ', 'TIMESTAMP')
    .replaceAll(/\w+\.information_schema\./g, 'information_schema.');

export interface ByHand {
  readonly session: Session;
  /** As DuckDB has them, printed. */
  readonly rows: (sql: string) => Promise<readonly string[]>;
  readonly execute: (...statements: readonly string[]) => Promise<void>;
  readonly interrupts: () => number;
}

const ledger = [
  'lockstep_runs (feature VARCHAR, version VARCHAR, run_id VARCHAR, complete BOOLEAN, whole BOOLEAN, explicit BOOLEAN, interval_start TIMESTAMP, interval_end TIMESTAMP, recorded_at TIMESTAMP)',
  'lockstep_late_events (feature VARCHAR, version VARCHAR, run_id VARCHAR, source VARCHAR, late_events BIGINT, first_event TIMESTAMP, last_event TIMESTAMP, dirty_start TIMESTAMP, dirty_end TIMESTAMP, recorded_at TIMESTAMP)',
  'lockstep_shown (feature VARCHAR, version VARCHAR, recorded_at TIMESTAMP)',
];

export async function byHand(): Promise<ByHand> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  let interrupts = 0;
  const execute = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await connection.run(statement);
  };
  await execute("ATTACH ':memory:' AS analytics", 'CREATE SCHEMA analytics.FEATURES', 'USE analytics.FEATURES');
  await execute(...ledger.map((table) => `CREATE TABLE ${table}`));
  return {
    execute,
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String).join(' ')),
    interrupts: () => interrupts,
    session: {
      run: async (sql, binds = []) => (await connection.runAndReadAll(forDuckdb(sql), binds as string[])).getRows(),
      // biome-ignore lint/correctness/useYield: nothing here is read as it comes
      stream: async function* () {
        throw new Error('no statement is streamed');
      },
      describe: (sql) => described(connection, forDuckdb(sql)),
      tag: async () => {},
      interrupt: () => void interrupts++,
      close: async () => connection.closeSync(),
    },
  };
}

const described = (connection: DuckDBConnection, sql: string): ReturnType<Session['describe']> =>
  connection.runAndReadAll(`DESCRIBE ${sql}`).then(
    (found) => found.getRows().map(([name]) => ({ name: String(name), type: 'text', precision: 0, scale: 0 })),
    (thrown: unknown) => {
      if (String(thrown).includes('does not exist')) return null;
      throw thrown;
    },
  );

/** What a dbt did that a test stands in for. */
export type Doing = (asked: DbtAsked) => Promise<readonly Pick<NodeResult, 'id' | 'status'>[]>;

export const ranWith = (invocation: string, nodes: Awaited<ReturnType<Doing>>, manifest: unknown = {}): DbtRan => ({
  invocation,
  nodes: nodes.map((node) => ({ message: null, seconds: 1, rows: null, queryId: null, ...node })),
  manifest: async () => manifest,
});
