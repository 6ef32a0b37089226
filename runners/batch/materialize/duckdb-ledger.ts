/** The ledger of a DuckDB file, in the relations that the dbt project has: read, and written to inside of a chunk's transaction. */
import { dirtyName, type LedgerTable, ledger } from '../../../compiler/artifacts/dbt/ledger.ts';
import {
  beforeTheRun,
  beginSql,
  completeRunsSql,
  completeSql,
  dirtySql,
  firstInstantSql,
  lateSql,
  pastInstantSql,
  type RunOf,
  seenSql,
} from '../../../compiler/artifacts/dbt/ledger-sql.ts';
import { duckdb, identifier } from '../../../compiler/emit/dialect.ts';
import { boolean, number, timestamp, varchar } from '../../../compiler/sql-type.ts';
import type { DuckdbWriter, Values } from '../../engines/duckdb-writer.ts';
import { type Grid, tickFrom } from './grid.ts';
import type { Interval } from './intervals.ts';
import type { Shown } from './shown.ts';
import type { Chunk, Measured } from './tables.ts';

export interface Ledger {
  readonly exists: () => Promise<boolean>;
  /** Where it is not there yet. */
  readonly make: () => Promise<void>;
  /** Microseconds; in the order of their beginnings. */
  readonly runs: (feature: string, version: string) => Promise<readonly Run[]>;
  readonly dirty: (grid: Grid) => Promise<readonly Interval[]>;
  readonly measured: (grid: Grid) => Promise<Omit<Measured, 'rows'> | null>;
  /** `staged`: the relation of a source's clean rows. */
  readonly begin: (grid: Grid, chunk: Chunk, run: RunId, staged: (source: string) => string) => Promise<void>;
  /** How many events came too late. */
  readonly late: (grid: Grid, run: RunId, staged: (source: string) => string) => Promise<number>;
  readonly complete: (grid: Grid, chunk: Chunk, run: RunId) => Promise<void>;
  /** What a feature's name shows. */
  readonly shown: (feature: string) => Promise<Shown>;
  readonly show: (grid: Grid, run: RunId) => Promise<void>;
}

export interface Run {
  readonly start: bigint;
  readonly end: bigint;
}

export interface RunId {
  readonly id: string;
  /** Microseconds, UTC; each later than the one before. */
  readonly now: () => bigint;
  /** Of this version. */
  readonly isFirstChunk: boolean;
}

const whose: RunOf = { feature: '$feature', version: '$version', run: '$run', now: '$now' };

export function duckdbLedger(file: DuckdbWriter, relation: (name: string) => string): Ledger {
  const [runs, seen, late, shown] = ['lockstep_runs', 'lockstep_seen', 'lockstep_late_events', 'lockstep_shown'].map(relation) as [
    string,
    string,
    string,
    string,
  ];
  const numbers = async (sql: string, values: Values): Promise<readonly (readonly bigint[])[]> =>
    (await file.all(sql, values)).map((row) => row.map((n) => n as bigint));
  return {
    exists: async () => (await file.describe(runs)) !== null,
    make: async () => {
      for (const table of ledger) {
        await file.run(tableSql(table, relation(table.name)));
        // One that an older Lockstep has made lacks what came since.
        for (const { name, type } of table.columns)
          await file.run(`ALTER TABLE ${relation(table.name)} ADD COLUMN IF NOT EXISTS ${name} ${duckdb.typeName(type)}`);
      }
      await file.run(`CREATE OR REPLACE VIEW ${relation(dirtyName)} AS\n${dirtySql({ runs, late })}`);
    },
    runs: async (feature, version) => {
      const found = await numbers(completeRunsSql(runs, whose, duckdb), valuesOf(feature, version));
      return found.map(([start = 0n, end = 0n]) => ({ start, end }));
    },
    dirty: async ({ name, version, every }) => {
      const sql = `SELECT epoch_us(dirty_start), epoch_us(dirty_end) FROM (\n${dirtySql({ runs, late })}\n) WHERE feature = $feature AND version = $version`;
      const found = await numbers(sql, valuesOf(name, version));
      return found.map(([start = 0n, end = 0n]) => ({ first: start / every, past: tickFrom(end, every) }));
    },
    measured: async ({ name, version, every }) => {
      const found = await file.all(
        `SELECT CAST(sum(epoch_us(done.recorded_at) - epoch_us(begun.recorded_at)) AS BIGINT),
  CAST(sum(epoch_us(done.interval_end) - epoch_us(done.interval_start)) AS HUGEINT)
FROM ${runs} AS done
JOIN ${runs} AS begun USING (feature, version, run_id, interval_start, interval_end)
WHERE done.feature = $feature AND done.version = $version AND done.complete AND NOT begun.complete`,
        valuesOf(name, version),
      );
      const [micros, span] = found[0] ?? [];
      return typeof micros === 'bigint' && typeof span === 'bigint' && span > 0n
        ? { instants: span / every, seconds: Number(micros) / 1e6 }
        : null;
    },
    begin: async (grid, chunk, run, staged) => {
      const values = { ...valuesOf(grid.name, grid.version), ...ofRun(run), ...ofChunk(grid, chunk) };
      if (run.isFirstChunk)
        for (const stream of grid.streams)
          await file.run(seenSql(seen, whose, lookedAt(stream, staged), duckdb), { ...values, source: text(stream.source) });
      await file.run(beginSql(runs, { ...whose, whole: '$whole', explicit: '$explicit', start: '$start', end: '$end' }), values);
    },
    late: async (grid, run, staged) => {
      let found = 0;
      for (const stream of grid.streams) {
        const event = `epoch_us(event.${identifier(stream.eventTime, duckdb)})`;
        const step = grid.every.toString();
        const affected = {
          ...lookedAt(stream, staged),
          firstInstant: firstInstantSql(event, step, grid.feature.includeAsOf, duckdb),
          pastInstant: stream.lookback === null ? beforeTheRun : pastInstantSql(event, stream.lookback, step, duckdb),
        };
        const values = { ...valuesOf(grid.name, grid.version), ...ofRun(run), source: text(stream.source) };
        await file.run(lateSql({ runs, seen, late }, whose, affected), values);
        const [[events = 0n] = []] = await numbers(
          `SELECT CAST(coalesce(sum(late_events), 0) AS BIGINT) FROM ${late} WHERE feature = $feature AND version = $version AND run_id = $run AND source = $source`,
          values,
        );
        found += Number(events);
      }
      return found;
    },
    complete: async (grid, chunk, run) => {
      const which = ' AND interval_start = $start AND interval_end = $end';
      const values = { ...valuesOf(grid.name, grid.version), ...ofRun(run), ...ofChunk(grid, chunk) };
      await file.run(completeSql(runs, whose, which), values);
    },
    shown: async (feature) => {
      const [[version = null, refused = null] = []] = await file.all(
        `SELECT version, refused FROM ${shown} WHERE feature = $feature ORDER BY recorded_at DESC LIMIT 1`,
        { feature: text(feature) },
      );
      return { version: version === null ? null : String(version), refused: refused === null ? null : String(refused) };
    },
    show: async ({ name, version }, run) => {
      await file.run(`INSERT INTO ${shown} (feature, version, recorded_at) SELECT $feature, $version, $now`, {
        ...valuesOf(name, version),
        ...ofRun(run),
      });
    },
  };
}

const text = (value: string): Values[string] => ({ type: varchar, value });
const at = (micros: bigint): Values[string] => ({ type: timestamp, value: micros });

const valuesOf = (feature: string, version: string): Values => ({ feature: text(feature), version: text(version) });

const ofRun = (run: RunId): Values => ({ run: text(run.id), now: at(run.now()) });

/** As SQL of the chunk's rows names them, too. */
export const ofChunk = ({ every }: Grid, { first, past, kind }: Chunk): Values => ({
  whole: { type: boolean, value: kind === 'first' },
  explicit: { type: boolean, value: kind === 'given' },
  first: { type: number(18), value: first },
  past: { type: number(18), value: past },
  start: at(first * every),
  end: at(past * every),
});

const lookedAt = (stream: Grid['streams'][number], staged: (source: string) => string) => ({
  source: '$source',
  rows: staged(stream.source),
  eventTime: identifier(stream.eventTime, duckdb),
  ingestTime: identifier(stream.ingestTime, duckdb),
});

const tableSql = ({ columns }: LedgerTable, relation: string): string =>
  `CREATE TABLE IF NOT EXISTS ${relation} (${columns.map((c) => `${c.name} ${duckdb.typeName(c.type)}`).join(', ')})`;
