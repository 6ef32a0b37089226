/** Jinja that finds which instants a run computes, and replaces exactly those. */
import type { Dialect } from '../../emit/dialect.ts';
import { instantAt, microsOf } from './engine-time.ts';
import { completeRunsSql } from './ledger-sql.ts';

export function intervalMacros(dialect: Dialect): string {
  return `{# Microseconds since 1970 UTC. #}
{% macro lockstep_micros(instant) %}
  {%- set text = instant | string -%}
  {%- if not modules.re.match('^\\\\d{4}-\\\\d{2}-\\\\d{2}([T ]\\\\d{2}:\\\\d{2}(:\\\\d{2}([.]\\\\d{1,6})?)?Z?)?$', text) -%}
    {{ exceptions.raise_compiler_error("'" ~ text ~ "' is no instant: write 2026-01-31 or 2026-01-31T12:00:00, in UTC") }}
  {%- endif -%}
  {%- set since = modules.datetime.datetime.fromisoformat(text | replace('Z', '')) - modules.datetime.datetime(1970, 1, 1) -%}
  {{ return(since.days * 86400000000 + since.seconds * 1000000 + since.microseconds) }}
{% endmacro %}

{% macro lockstep_text(micros) %}
  {%- set instant = modules.datetime.datetime(1970, 1, 1) + modules.datetime.timedelta(microseconds=micros) -%}
  {{ return(instant.strftime('%Y-%m-%d %H:%M:%S.%f')) }}
{% endmacro %}

{# Instants first * every, …, (past - 1) * every; start and stop are the same as text. #}
{% macro lockstep_between(first, past, every, explicit=false) %}
  {{ return({'first': first, 'past': past, 'start': lockstep_text(first * every), 'stop': lockstep_text(past * every), 'explicit': explicit}) }}
{% endmacro %}

{#
  Given by lockstep_from and lockstep_to; otherwise from lockstep_start on, and of a table that is there already from its
  last instant less the lateness: events that are late by no more are dated after that. Instants to come are not computed.
#}
{% macro lockstep_interval(feature, version, every, lateness) %}
  {%- if not execute -%}
    {{ return(lockstep_between(0, 0, every)) }}
  {%- endif -%}
  {%- set now = lockstep_micros(run_started_at.strftime('%Y-%m-%dT%H:%M:%S.%f')) -%}
  {%- set given = [var('lockstep_from', none), var('lockstep_to', none)] | reject('none') | list -%}
  {%- if given | length == 1 -%}
    {{ exceptions.raise_compiler_error('lockstep_from and lockstep_to go together: give both, or neither') }}
  {%- elif given | length == 2 -%}
    {%- set first = -(-lockstep_micros(given[0]) // every) -%}
    {%- set past = -(-([lockstep_micros(given[1]), now] | min) // every) -%}
    {{ return(lockstep_between(first, [first, past] | max, every, explicit=true)) }}
  {%- endif -%}
  {%- if var('lockstep_start', none) is none and flags.WHICH in ['run', 'build'] -%}
    {{ exceptions.raise_compiler_error("where does the history of features begin? Give the variable lockstep_start, for example in vars: of dbt_project.yml") }}
  {%- endif -%}
  {%- set start = -(-lockstep_micros(var('lockstep_start', none) or '1970-01-01') // every) -%}
  {%- set past = -(-([lockstep_micros(var('lockstep_end', none) or lockstep_text(now)), now] | min) // every) -%}
  {#- A unit test has no relation. -#}
  {%- if this is none or not is_incremental() -%}
    {{ return(lockstep_between(start, [start, past] | max, every)) }}
  {%- endif -%}
  {%- set last = lockstep_frontier(feature, version, every, start) - 1 -%}
  {%- set changed = [last - lateness // every] + (lockstep_first_dirty(feature, version, every) if var('lockstep_repair', false) else []) -%}
  {%- set first = [start, changed | min] | max -%}
  {{ return(lockstep_between(first, [first, past] | max, every)) }}
{% endmacro %}

{# Behind the last instant up to which every one was computed. #}
{% macro lockstep_frontier(feature, version, every, start) %}
  {%- set reached = namespace(tick=start) -%}
  {%- for run in run_query(lockstep_complete_runs(feature, version)) -%}
    {%- if run[0] | int <= reached.tick * every and run[1] | int > reached.tick * every -%}
      {%- set reached.tick = -(-(run[1] | int) // every) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(reached.tick) }}
{% endmacro %}

{# In their order; what a full refresh replaced counts no more. #}
{% macro lockstep_complete_runs(feature, version) %}
${completeRunsSql("{{ ref('lockstep_runs') }}", { feature: "'{{ feature }}'", version: "'{{ version }}'" }, dialect)}
{% endmacro %}

{# A list of none or one. #}
{% macro lockstep_first_dirty(feature, version, every) %}
  {%- set found = [] -%}
  {%- for row in run_query("SELECT ${microsOf('MIN(dirty_start)', dialect)} FROM " ~ lockstep_dirty_now(feature, version)) -%}
    {%- if row[0] is not none -%}{%- do found.append(row[0] | int // every) -%}{%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{# Rows of other versions would stay beside those of this one, under one name. #}
{% macro lockstep_require_version(version) %}
  {%- for row in run_query("SELECT MIN(lockstep_version) FROM " ~ this ~ " WHERE lockstep_version <> '" ~ version ~ "'") -%}
    {%- if row[0] is not none -%}
      {{ exceptions.raise_compiler_error(this ~ ' holds rows of version ' ~ row[0] ~ ', and this is version ' ~ version ~ ': build it anew with --full-refresh, or let each version have its own relation') }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{# Rows that are no more must go as well, so all of the interval is deleted, not only keys that come again. #}
{% macro get_incremental_lockstep_interval_sql(arg_dict) %}
  {%- set grid = model.config.meta.lockstep -%}
  {%- set interval = lockstep_interval(grid.feature, grid.version, grid.every, grid.lateness) -%}
  {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
  {%- set dml -%}
DELETE FROM {{ arg_dict['target_relation'] }}
WHERE as_of >= ${instantAt('{{ interval.first * grid.every }}', dialect)}
  AND as_of < ${instantAt('{{ interval.past * grid.every }}', dialect)};
INSERT INTO {{ arg_dict['target_relation'] }} ({{ columns }})
SELECT {{ columns }}
FROM {{ arg_dict['temp_relation'] }}
  {%- endset -%}
  ${dialect.engine === 'snowflake' ? '{{ return(snowflake_dml_explicit_transaction(dml)) }}' : '{{ return(dml) }}'}
{% endmacro %}
`;
}
