/** Jinja of the hooks around a feature's table: what a run computes, what it had seen, and which events came too late for it. */
import type { Dialect } from '../../emit/dialect.ts';
import { instantAt, microsOf, nowUtc } from './engine-time.ts';

export function runMacros(dialect: Dialect): string {
  const grid = '{{ grid.every }}';
  const event = microsOf('event.{{ stream.event_time }}', dialect);
  const past = `${event} + {{ stream.lookback }}`;
  const lastSeen = instantAt(`${past} - MOD(${past}, ${grid}) + ${grid}`, dialect);
  return `{# Begins a run. dbt sees what is referred to here when it parses the hooks. #}
{% macro lockstep_begin() %}
  {%- set runs = ref('lockstep_runs') -%}
  {%- set seen = ref('lockstep_seen') -%}
  {%- set dirty = lockstep_dirty_now('', '') -%}
  {%- if execute -%}
    {%- set grid = model.config.meta.lockstep -%}
    {%- if is_incremental() -%}{%- do lockstep_require_version(grid.version) -%}{%- endif -%}
    {%- set interval = lockstep_interval(grid.feature, grid.version, grid.every, grid.lateness) -%}
    {%- for stream in grid.streams -%}
      {%- do run_query(lockstep_seen_sql(seen, grid, stream)) -%}
    {%- endfor -%}
INSERT INTO {{ runs }} (feature, version, run_id, complete, whole, explicit, interval_start, interval_end, recorded_at)
SELECT '{{ grid.feature }}', '{{ grid.version }}', '{{ invocation_id }}', FALSE, {{ not is_incremental() }}, {{ interval.explicit }},
  ${instantAt('{{ interval.first * grid.every }}', dialect)}, ${instantAt('{{ interval.past * grid.every }}', dialect)}, ${nowUtc(dialect)}
  {%- endif -%}
{% endmacro %}

{# Before the model reads: what arrives in between is seen, and is looked at once more by the next run. #}
{% macro lockstep_seen_sql(seen, grid, stream) %}
INSERT INTO {{ seen }} (feature, version, run_id, source, seen_until)
SELECT '{{ grid.feature }}', '{{ grid.version }}', '{{ invocation_id }}', '{{ stream.source }}',
  COALESCE(MAX({{ stream.ingest_time }}), CAST('1970-01-01' AS ${dialect.typeName({ kind: 'timestamp', zone: 'ntz' })}))
FROM {{ ref(stream.model) }}
{% endmacro %}

{% macro lockstep_complete() %}
  {%- set runs = ref('lockstep_runs') -%}
  {%- set late = ref('lockstep_late_events') -%}
  {%- if execute -%}
    {%- set grid = model.config.meta.lockstep -%}
    {%- for stream in grid.streams -%}
      {%- do run_query(lockstep_late_sql(late, grid, stream)) -%}
    {%- endfor -%}
INSERT INTO {{ runs }} (feature, version, run_id, complete, whole, explicit, interval_start, interval_end, recorded_at)
SELECT feature, version, run_id, TRUE, whole, explicit, interval_start, interval_end, ${nowUtc(dialect)}
FROM {{ runs }}
WHERE feature = '{{ grid.feature }}' AND version = '{{ grid.version }}' AND run_id = '{{ invocation_id }}' AND NOT complete
  {%- endif -%}
{% endmacro %}

{#
  Events that arrived since the last run of its own accord and belong to instants before this one's interval, unless one
  run that had them computed all of those instants.
#}
{% macro lockstep_late_sql(late, grid, stream) %}
INSERT INTO {{ late }} (feature, version, run_id, source, late_events, first_event, last_event, dirty_start, dirty_end, recorded_at)
WITH own AS (
  SELECT *
  FROM {{ ref('lockstep_runs') }}
  WHERE feature = '{{ grid.feature }}' AND version = '{{ grid.version }}'
),
seen AS (
  SELECT run_id, seen_until
  FROM {{ ref('lockstep_seen') }}
  WHERE feature = '{{ grid.feature }}' AND version = '{{ grid.version }}' AND source = '{{ stream.source }}'
),
begun AS (
  SELECT own.interval_start, seen.seen_until
  FROM own
  JOIN seen ON seen.run_id = own.run_id
  WHERE own.run_id = '{{ invocation_id }}' AND NOT own.complete AND NOT own.whole AND NOT own.explicit
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
    event.{{ stream.event_time }} AS event_time,
    event.{{ stream.ingest_time }} AS ingest_time,
    baseline.earliest,
    {% if grid.include_as_of -%}
    ${instantAt(`${event} + MOD(${grid} - MOD(${event}, ${grid}), ${grid})`, dialect)} AS first_instant,
    {%- else -%}
    ${instantAt(`${event} - MOD(${event}, ${grid}) + ${grid}`, dialect)} AS first_instant,
    {%- endif %}
    {% if stream.lookback is none -%}
    begun.interval_start AS past_instant
    {%- else -%}
    LEAST(begun.interval_start, ${lastSeen}) AS past_instant
    {%- endif %}
  FROM {{ ref(stream.model) }} AS event
  CROSS JOIN begun
  CROSS JOIN baseline
  WHERE event.{{ stream.ingest_time }} > baseline.seen_until AND event.{{ stream.ingest_time }} <= begun.seen_until
)
SELECT '{{ grid.feature }}', '{{ grid.version }}', '{{ invocation_id }}', '{{ stream.source }}', COUNT(*), MIN(affected.event_time),
  MAX(affected.event_time), GREATEST(MIN(affected.first_instant), MIN(affected.earliest)), MAX(affected.past_instant), ${nowUtc(dialect)}
FROM affected
LEFT JOIN held
  ON held.seen_until >= affected.ingest_time
  AND held.interval_start <= affected.first_instant
  AND held.interval_end >= affected.past_instant
WHERE held.seen_until IS NULL AND affected.first_instant < affected.past_instant AND affected.past_instant > affected.earliest
HAVING COUNT(*) > 0
{% endmacro %}

{# What the view lockstep_dirty says of one relation; the view itself may be built after the table. #}
{% macro lockstep_dirty_now(feature, version) %}
  {%- set late = ref('lockstep_late_events') -%}
  {%- set runs = ref('lockstep_runs') -%}
(
  SELECT late.dirty_start
  FROM {{ late }} AS late
  LEFT JOIN {{ runs }} AS again
    ON again.feature = late.feature
    AND again.version = late.version
    AND again.complete
    AND again.recorded_at > late.recorded_at
    AND (again.whole OR (again.interval_start <= late.dirty_start AND again.interval_end >= late.dirty_end))
  WHERE again.run_id IS NULL AND late.feature = '{{ feature }}' AND late.version = '{{ version }}'
) AS dirty
{% endmacro %}
`;
}
