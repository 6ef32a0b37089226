/** Jinja of the hooks around a feature's table: what a run computes, what it had seen, and which events came too late for it. */
import type { Dialect } from '../../emit/dialect.ts';
import { instantAt, microsOf, nowUtc } from './engine-time.ts';
import {
  beforeTheRun,
  beginSql,
  completeSql,
  dirtySql,
  firstInstantSql,
  type LookedAt,
  lateSql,
  pastInstantSql,
  type RunOf,
  seenSql,
} from './ledger-sql.ts';

export function runMacros(dialect: Dialect): string {
  const grid = '{{ grid.every }}';
  const event = microsOf('event.{{ stream.event_time }}', dialect);
  const whose: RunOf = {
    feature: "'{{ grid.feature }}'",
    version: "'{{ grid.version }}'",
    run: "'{{ invocation_id }}'",
    now: nowUtc(dialect),
  };
  const stream: LookedAt = {
    source: "'{{ stream.source }}'",
    rows: '{{ ref(stream.model) }}',
    eventTime: '{{ stream.event_time }}',
    ingestTime: '{{ stream.ingest_time }}',
  };
  const begun = {
    ...whose,
    whole: '{{ not is_incremental() }}',
    explicit: '{{ interval.explicit }}',
    start: instantAt('{{ interval.first * grid.every }}', dialect),
    end: instantAt('{{ interval.past * grid.every }}', dialect),
  };
  const affected = {
    ...stream,
    firstInstant: `{% if grid.include_as_of -%}
    ${firstInstantSql(event, grid, true, dialect)}
    {%- else -%}
    ${firstInstantSql(event, grid, false, dialect)}
    {%- endif %}`,
    pastInstant: `{% if stream.lookback is none -%}
    ${beforeTheRun}
    {%- else -%}
    ${pastInstantSql(event, '{{ stream.lookback }}', grid, dialect)}
    {%- endif %}`,
  };
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
${beginSql('{{ runs }}', begun)}
  {%- endif -%}
{% endmacro %}

{# Before the model reads: what arrives in between is seen, and is looked at once more by the next run. #}
{% macro lockstep_seen_sql(seen, grid, stream) %}
${seenSql('{{ seen }}', whose, stream, dialect)}
{% endmacro %}

{% macro lockstep_complete() %}
  {%- set runs = ref('lockstep_runs') -%}
  {%- set late = ref('lockstep_late_events') -%}
  {%- if execute -%}
    {%- set grid = model.config.meta.lockstep -%}
    {%- for stream in grid.streams -%}
      {%- do run_query(lockstep_late_sql(late, grid, stream)) -%}
    {%- endfor -%}
${completeSql('{{ runs }}', whose)}
  {%- endif -%}
{% endmacro %}

{#
  Events that arrived since the last run of its own accord and belong to instants before this one's interval, unless one
  run that had them computed all of those instants.
#}
{% macro lockstep_late_sql(late, grid, stream) %}
${lateSql({ runs: "{{ ref('lockstep_runs') }}", seen: "{{ ref('lockstep_seen') }}", late: '{{ late }}' }, whose, affected)}
{% endmacro %}

{# What the view lockstep_dirty says of one relation; the view itself may be built after the table. #}
{% macro lockstep_dirty_now(feature, version) %}
  {%- set late = ref('lockstep_late_events') -%}
  {%- set runs = ref('lockstep_runs') -%}
(
  SELECT dirty_start
  FROM (
${dirtySql({ runs: '{{ runs }}', late: '{{ late }}' }).replace(/^/gm, '    ')}
  ) AS every_range
  WHERE feature = '{{ feature }}' AND version = '{{ version }}'
) AS dirty
{% endmacro %}
`;
}
