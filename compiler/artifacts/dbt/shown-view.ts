/** A feature's own name: a view of one version's relation, which moves to a newer one when that holds what the older does. */
import type { Dialect } from '../../emit/dialect.ts';
import { nowUtc } from './engine-time.ts';
import { gridName, writtenByUs } from './names.ts';

export function shownModel(feature: string, version: string, every: bigint): string {
  return `${writtenByUs}{{ config(materialized='view', post_hook='{{ lockstep_show() }}') }}
SELECT *
FROM {{ lockstep_shown('${feature}', '${version}', ${every}, ref('${gridName(feature)}')) }}
`;
}

export function shownMacros(dialect: Dialect): string {
  return `{# The relation that the feature's name shows, given this version's own. #}
{% macro lockstep_shown(feature, version, every, own) %}
  {%- set runs = ref('lockstep_runs') -%}
  {%- set moves = ref('lockstep_shown') -%}
  {%- if not execute -%}{{ return(own) }}{%- endif -%}
  {%- set before = lockstep_shown_before(feature) -%}
  {%- if before is none or before == version -%}{{ return(own) }}{%- endif -%}
  {%- set older = adapter.get_relation(own.database, own.schema, feature ~ '__' ~ before) -%}
  {%- if older is not none and lockstep_refused(feature) == version -%}
    {%- do log(feature ~ ' shows version ' ~ before ~ ': version ' ~ version ~ ' was taken back', info=true) -%}
    {{ return(older) }}
  {%- endif -%}
  {%- if older is none or lockstep_reaches(feature, version, before, every) -%}{{ return(own) }}{%- endif -%}
  {%- do log(feature ~ ' still shows version ' ~ before ~ ': version ' ~ version ~ ' does not hold all of its instants yet', info=true) -%}
  {{ return(older) }}
{% endmacro %}

{% macro lockstep_shown_before(feature) %}
  {%- for row in run_query("SELECT version FROM " ~ ref('lockstep_shown') ~ " WHERE feature = '" ~ feature ~ "' ORDER BY recorded_at DESC LIMIT 1") -%}
    {{ return(row[0]) }}
  {%- endfor -%}
  {{ return(none) }}
{% endmacro %}

{# What was taken back when the name was moved last. A ledger of an older Lockstep does not have the column yet. #}
{% macro lockstep_refused(feature) %}
  {%- set last = run_query("SELECT * FROM " ~ ref('lockstep_shown') ~ " WHERE feature = '" ~ feature ~ "' ORDER BY recorded_at DESC LIMIT 1") -%}
  {%- set names = last.column_names | map('lower') | list -%}
  {%- for row in last if 'refused' in names -%}
    {{ return(row[names.index('refused')]) }}
  {%- endfor -%}
  {{ return(none) }}
{% endmacro %}

{# Whether this version's instants go from where the older's begin, or where history now does, to where they end. #}
{% macro lockstep_reaches(feature, version, before, every) %}
  {%- set held = namespace(start=none) -%}
  {%- for run in run_query(lockstep_complete_runs(feature, before)) -%}
    {%- if held.start is none -%}{%- set held.start = run[0] | int -%}{%- endif -%}
  {%- endfor -%}
  {%- if held.start is none -%}{{ return(true) }}{%- endif -%}
  {%- set end = lockstep_frontier(feature, before, 1, held.start) -%}
  {%- set start = [held.start, lockstep_micros(var('lockstep_start', none) or '1970-01-01')] | max -%}
  {{ return(lockstep_frontier(feature, version, every, -(-start // every)) * every >= end) }}
{% endmacro %}

{% macro lockstep_show() %}
  {%- set moves = ref('lockstep_shown') -%}
  {%- if execute -%}
    {%- set grid = model.config.meta.lockstep -%}
    {%- set own = ref(grid.model) -%}
    {%- set shown = lockstep_shown(grid.feature, grid.version, grid.every, own) -%}
    {%- if shown.identifier == own.identifier and lockstep_shown_before(grid.feature) != grid.version -%}
INSERT INTO {{ moves }} (feature, version, recorded_at)
SELECT '{{ grid.feature }}', '{{ grid.version }}', ${nowUtc(dialect)}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
`;
}
