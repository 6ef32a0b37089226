/** Elements as rows where there is no FLATTEN: KEY and INDEX of JSON, INDEX alone of an array. */
import type { Engine } from '../sql/tree.ts';

export function elementsSql(input: string, array: boolean, engine: Exclude<Engine, 'snowflake' | 'clickhouse'>): string {
  if (engine === 'duckdb')
    return array
      ? `SELECT unnest(${input}) AS value, CAST(generate_subscripts(${input}, 1) - 1 AS HUGEINT) AS index`
      : `SELECT
  CASE WHEN json_type(given.input) = 'OBJECT' THEN e.key END AS key,
  CASE WHEN json_type(given.input) = 'ARRAY' THEN CAST(e.key AS HUGEINT) END AS index,
  e.value
FROM (SELECT ${input} AS input) AS given, json_each(given.input) AS e
WHERE json_type(given.input) IN ('ARRAY', 'OBJECT')`;
  return array
    ? `SELECT e.value, CAST(e.place - 1 AS NUMERIC) AS index
FROM unnest(${input}) WITH ORDINALITY AS e(value, place)`
    : `SELECT CAST(NULL AS TEXT) AS key, CAST(e.place - 1 AS NUMERIC) AS index, e.value
FROM json_array_elements(CASE WHEN json_typeof(${input}) = 'array' THEN ${input} ELSE '[]' END) WITH ORDINALITY AS e(value, place)
UNION ALL
SELECT e.key, CAST(NULL AS NUMERIC), e.value
FROM json_each(CASE WHEN json_typeof(${input}) = 'object' THEN ${input} ELSE '{}' END) AS e`;
}
