/** What is asked of the ledger and written to it, the same by dbt's hooks and by `lockstep materialize`: names and values are text of either. */
import type { Dialect } from '../../emit/dialect.ts';
import { timestamp } from '../../sql-type.ts';
import { instantAt, microsOf } from './engine-time.ts';

/** Relations. */
export interface LedgerRelations {
  readonly runs: string;
  readonly seen: string;
  readonly late: string;
}

/** Expressions, as are all below that are not relations. */
export interface Whose {
  readonly feature: string;
  readonly version: string;
}

export interface RunOf extends Whose {
  readonly run: string;
  /** The wall clock in UTC. */
  readonly now: string;
}

export interface LookedAt {
  readonly source: string;
  /** The relation of its clean rows. */
  readonly rows: string;
  /** Columns. */
  readonly eventTime: string;
  readonly ingestTime: string;
}

export interface BegunRun extends RunOf {
  readonly whole: string;
  readonly explicit: string;
  readonly start: string;
  readonly end: string;
}

const runColumns = '(feature, version, run_id, complete, whole, explicit, interval_start, interval_end, recorded_at)';

export function beginSql(runs: string, { feature, version, run, whole, explicit, start, end, now }: BegunRun): string {
  return `INSERT INTO ${runs} ${runColumns}
SELECT ${feature}, ${version}, ${run}, FALSE, ${whole}, ${explicit},
  ${start}, ${end}, ${now}`;
}

/** `which`: further conditions on what began. */
export function completeSql(runs: string, { feature, version, run, now }: RunOf, which = ''): string {
  return `INSERT INTO ${runs} ${runColumns}
SELECT feature, version, run_id, TRUE, whole, explicit, interval_start, interval_end, ${now}
FROM ${runs}
WHERE feature = ${feature} AND version = ${version} AND run_id = ${run} AND NOT complete${which}`;
}

/** How far the run has the events of a stream. One whose arrival is dated ahead of the clock says nothing of others. */
export function seenSql(seen: string, { feature, version, run, now }: RunOf, stream: LookedAt, dialect: Dialect): string {
  return `INSERT INTO ${seen} (feature, version, run_id, source, seen_until)
SELECT ${feature}, ${version}, ${run}, ${stream.source},
  COALESCE(MAX(CASE WHEN ${stream.ingestTime} <= ${now} THEN ${stream.ingestTime} END), CAST('1970-01-01' AS ${dialect.typeName(timestamp)}))
FROM ${stream.rows}`;
}

/** Intervals in their order; what a full refresh replaced counts no more. `columns`: of the runs, behind the ends. */
export function completeRunsSql(runs: string, { feature, version }: Whose, dialect: Dialect, columns: readonly string[] = []): string {
  return `SELECT ${[`${microsOf('interval_start', dialect)} AS start_micros`, `${microsOf('interval_end', dialect)} AS end_micros`, ...columns].join(', ')}
FROM ${runs}
WHERE feature = ${feature}
  AND version = ${version}
  AND complete
  AND recorded_at >= (
    SELECT MAX(recorded_at)
    FROM ${runs}
    WHERE feature = ${feature}
      AND version = ${version}
      AND complete
      AND whole
  )
ORDER BY start_micros, end_micros`;
}

/** The first instant that an event is before, or, with include_as_of, not after. `grid`: microseconds. */
export function firstInstantSql(event: string, grid: string, includeAsOf: boolean, dialect: Dialect): string {
  return includeAsOf
    ? instantAt(`${event} + MOD(${grid} - MOD(${event}, ${grid}), ${grid})`, dialect)
    : instantAt(`${event} - MOD(${event}, ${grid}) + ${grid}`, dialect);
}

/** Behind the last instant before the run whose window holds an event. */
export function pastInstantSql(event: string, lookback: string, grid: string, dialect: Dialect): string {
  const past = `${event} + ${lookback}`;
  return `LEAST(${beforeTheRun}, ${instantAt(`${past} - MOD(${past}, ${grid}) + ${grid}`, dialect)})`;
}

/** What it is where a scan reads all of history. */
export const beforeTheRun = 'begun.interval_start';

/**
 * Events that arrived since the last run of its own accord and belong to instants before this one's interval, unless one
 * run that had them computed all of those instants. `firstInstant`, `pastInstant`: of `event`.
 */
export function lateSql(
  { runs, seen, late }: LedgerRelations,
  { feature, version, run, now }: RunOf,
  stream: LookedAt & { readonly firstInstant: string; readonly pastInstant: string },
): string {
  return `INSERT INTO ${late} (feature, version, run_id, source, late_events, first_event, last_event, dirty_start, dirty_end, recorded_at)
WITH own AS (
  SELECT *
  FROM ${runs}
  WHERE feature = ${feature} AND version = ${version}
),
seen AS (
  SELECT run_id, seen_until
  FROM ${seen}
  WHERE feature = ${feature} AND version = ${version} AND source = ${stream.source}
),
begun AS (
  SELECT own.interval_start, seen.seen_until
  FROM own
  JOIN seen ON seen.run_id = own.run_id
  WHERE own.run_id = ${run} AND NOT own.complete AND NOT own.whole AND NOT own.explicit
),
held AS (
  SELECT own.interval_start, own.interval_end, own.explicit, seen.seen_until
  FROM own
  JOIN seen ON seen.run_id = own.run_id
  WHERE own.complete AND own.recorded_at >= (SELECT MAX(recorded_at) FROM own WHERE complete AND whole)
),
baseline AS (
  SELECT COALESCE(MAX(CASE WHEN NOT explicit THEN seen_until END), MIN(seen_until)) AS seen_until, MIN(interval_start) AS earliest
  FROM held
),
affected AS (
  SELECT
    event.${stream.eventTime} AS event_time,
    event.${stream.ingestTime} AS ingest_time,
    baseline.earliest,
    ${stream.firstInstant} AS first_instant,
    ${stream.pastInstant} AS past_instant
  FROM ${stream.rows} AS event
  CROSS JOIN begun
  CROSS JOIN baseline
  WHERE event.${stream.ingestTime} > baseline.seen_until AND event.${stream.ingestTime} <= begun.seen_until
)
SELECT ${feature}, ${version}, ${run}, ${stream.source}, COUNT(*), MIN(affected.event_time),
  MAX(affected.event_time), GREATEST(MIN(affected.first_instant), MIN(affected.earliest)), MAX(affected.past_instant), ${now}
FROM affected
LEFT JOIN held
  ON held.seen_until >= affected.ingest_time
  AND held.interval_start <= affected.first_instant
  AND held.interval_end >= affected.past_instant
WHERE held.seen_until IS NULL AND affected.first_instant < affected.past_instant AND affected.past_instant > affected.earliest
HAVING COUNT(*) > 0`;
}

/**
 * Instants that late events have changed and that were not computed since, whether by one run or by several: a range is
 * dirty from the first of its instants that none of them holds.
 */
export function dirtySql({ runs, late }: Omit<LedgerRelations, 'seen'>): string {
  const columns = ['feature', 'version', 'run_id', 'source', 'late_events', 'dirty_end', 'recorded_at'];
  const of = (relation: string, names: readonly string[]): string => names.map((c) => `${relation}.${c}`).join(', ');
  return `SELECT pending.feature, pending.version, pending.source, pending.late_events, MIN(pending.instant) AS dirty_start, pending.dirty_end, pending.recorded_at
FROM (
  SELECT ${of('late', columns)}, late.dirty_start AS instant
  FROM ${late} AS late
  UNION ALL
  SELECT ${of('late', columns)}, part.interval_end
  FROM ${late} AS late
  JOIN ${runs} AS part
    ON part.feature = late.feature
    AND part.version = late.version
    AND part.complete
    AND part.recorded_at > late.recorded_at
    AND part.interval_end > late.dirty_start
    AND part.interval_end < late.dirty_end
) AS pending
LEFT JOIN ${runs} AS again
  ON again.feature = pending.feature
  AND again.version = pending.version
  AND again.complete
  AND again.recorded_at > pending.recorded_at
  AND (again.whole OR (again.interval_start <= pending.instant AND again.interval_end > pending.instant))
WHERE again.run_id IS NULL
GROUP BY ${of('pending', columns)}`;
}
