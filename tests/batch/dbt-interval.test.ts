/** What dbt does to a feature's table for an interval, with its places filled by hand: these instants are replaced, and no other is touched. */
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { intervalMacros } from '../../compiler/artifacts/dbt/interval-macros.ts';
import { type Dialect, dialects } from '../../compiler/emit/dialect.ts';

/** Of the two hours from 02:00 on, hourly. */
const places: Readonly<Record<string, string>> = {
  "arg_dict['target_relation']": 'grid',
  "arg_dict['temp_relation']": 'computed',
  'interval.first * grid.every': '7200000000',
  'interval.past * grid.every': '14400000000',
  columns: 'e, as_of',
};

function dmlOf(dialect: Dialect): string {
  const [, dml = ''] = /\{%- set dml -%\}\n([\s\S]*?)\n\s*\{%- endset -%\}/.exec(intervalMacros(dialect)) ?? [];
  return dml.replaceAll(/\{\{ (.*?) \}\}/g, (_, place: string) => places[place] ?? place);
}

test('on DuckDB: rows of the interval go, those that were computed come', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const all = "SELECT e || ' ' || strftime(as_of, '%H:%M') FROM";
  await connection.run(
    "CREATE TABLE grid AS SELECT 'old' AS e, TIMESTAMP '1970-01-01' + to_minutes(30 * CAST(n AS INT)) AS as_of FROM range(2, 11) AS r(n)",
  );
  await connection.run("CREATE TABLE computed AS SELECT 'new' AS e, TIMESTAMP '1970-01-01 03:00' AS as_of");
  for (const statement of dmlOf(dialects.duckdb).split(';')) await connection.run(statement);
  const rows = (await connection.runAndReadAll(`${all} grid ORDER BY as_of`)).getRows().map(String);
  expect(rows).toEqual(['old 01:00', 'old 01:30', 'new 03:00', 'old 04:00', 'old 04:30', 'old 05:00']);
  connection.closeSync();
});

test('on Snowflake: the same, in its words', () => {
  const at = (micros: string): string => `DATEADD(MICROSECOND, ${micros}, CAST('1970-01-01' AS TIMESTAMP_NTZ(6)))`;
  expect(dmlOf(dialects.snowflake)).toBe(`DELETE FROM grid
WHERE as_of >= ${at('7200000000')}
  AND as_of < ${at('14400000000')};
INSERT INTO grid (e, as_of)
SELECT e, as_of
FROM computed`);
});
