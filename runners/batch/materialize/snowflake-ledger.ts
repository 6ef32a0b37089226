/** What the ledger on Snowflake says, which dbt alone writes. */

import { microsOf } from '../../../compiler/artifacts/dbt/engine-time.ts';
import { completeRunsSql, dirtySql } from '../../../compiler/artifacts/dbt/ledger-sql.ts';
import { dialects } from '../../../compiler/emit/dialect.ts';
import type { DriverRow, Session } from '../../engines/snowflake/session.ts';
import type { Run } from './duckdb-ledger.ts';
import { type Grid, tickFrom } from './grid.ts';
import type { Interval } from './intervals.ts';
import type { Shown } from './shown.ts';
import type { Measured } from './tables.ts';

export interface LedgerThere {
  readonly exists: () => Promise<boolean>;
  readonly runs: (feature: string, version: string) => Promise<readonly Run[]>;
  readonly dirty: (grid: Grid) => Promise<readonly Interval[]>;
  readonly measured: (grid: Grid) => Promise<Omit<Measured, 'rows'> | null>;
  /** Whether a run began to build the relation anew, and no run has completed since. */
  readonly isUnfinished: (grid: Grid) => Promise<boolean>;
  /** What one invocation of dbt completed; `whole`: it built the relation anew. */
  readonly completed: (grid: Grid, invocation: string) => Promise<readonly (Run & { readonly whole: boolean })[]>;
  /** How many events it found that came too late. */
  readonly late: (grid: Grid, invocation: string) => Promise<number>;
  /** What a feature's name shows. */
  readonly shown: (feature: string) => Promise<Shown>;
}

const { snowflake } = dialects;
const micros = (time: string): string => microsOf(time, snowflake);
const runOf = ([start, end]: DriverRow): Run => ({ start: BigInt(String(start)), end: BigInt(String(end)) });

export function ledgerThere(session: Session, relation: (name: string) => string): LedgerThere {
  const [runs, late, shown] = ['lockstep_runs', 'lockstep_late_events', 'lockstep_shown'].map(relation) as [string, string, string];
  return {
    exists: async () => (await session.describe(`SELECT * FROM ${runs}`)) !== null,
    runs: async (feature, version) => {
      // The subquery asks for both once more.
      const sql = completeRunsSql(runs, { feature: '?', version: '?' }, snowflake);
      return (await session.run(sql, [feature, version, feature, version])).map(runOf);
    },
    dirty: async ({ name, version, every }) => {
      const sql = `SELECT ${micros('dirty_start')}, ${micros('dirty_end')}\nFROM (\n${dirtySql({ runs, late })}\n) AS dirty\nWHERE feature = ? AND version = ?`;
      return (await session.run(sql, [name, version]))
        .map(runOf)
        .map(({ start, end }) => ({ first: start / every, past: tickFrom(end, every) }));
    },
    measured: async ({ name, version, every }) => {
      const [[seconds, span] = []] = await session.run(
        `SELECT SUM(${micros('done.recorded_at')} - ${micros('begun.recorded_at')}), SUM(${micros('done.interval_end')} - ${micros('done.interval_start')})
FROM ${runs} AS done
JOIN ${runs} AS begun
  ON begun.feature = done.feature AND begun.version = done.version AND begun.run_id = done.run_id AND begun.interval_start = done.interval_start
  AND begun.interval_end = done.interval_end
WHERE done.feature = ? AND done.version = ? AND done.complete AND NOT begun.complete`,
        [name, version],
      );
      if (seconds === null || seconds === undefined || span === null || BigInt(String(span)) === 0n) return null;
      return { instants: BigInt(String(span)) / every, seconds: Number(seconds) / 1e6 };
    },
    isUnfinished: async ({ name, version }) => {
      const sql = `SELECT COUNT_IF(whole AND NOT complete), COUNT_IF(complete) FROM ${runs} WHERE feature = ? AND version = ?`;
      const [[begun, complete] = []] = await session.run(sql, [name, version]);
      return Number(begun) > 0 && Number(complete) === 0;
    },
    completed: async ({ name, version }, invocation) => {
      const sql = `SELECT ${micros('interval_start')}, ${micros('interval_end')}, CASE WHEN whole THEN 1 ELSE 0 END FROM ${runs} WHERE feature = ? AND version = ? AND run_id = ? AND complete`;
      return (await session.run(sql, [name, version, invocation])).map((row) => ({ ...runOf(row), whole: Number(row[2]) === 1 }));
    },
    late: async ({ name, version }, invocation) => {
      const sql = `SELECT COALESCE(SUM(late_events), 0) FROM ${late} WHERE feature = ? AND version = ? AND run_id = ?`;
      const [[events] = []] = await session.run(sql, [name, version, invocation]);
      return Number(events);
    },
    shown: async (feature) => {
      const columns = await session.describe(`SELECT * FROM ${shown}`);
      if (columns === null) return { version: null, refused: null };
      // One that an older Lockstep has made does not have it.
      const taken = columns.some(({ name }) => name === 'REFUSED') ? 'refused' : 'NULL';
      const [[version = null, refused = null] = []] = await session.run(
        `SELECT version, ${taken} FROM ${shown} WHERE feature = ? ORDER BY recorded_at DESC LIMIT 1`,
        [feature],
      );
      return { version: version === null ? null : String(version), refused: refused === null ? null : String(refused) };
    },
  };
}
