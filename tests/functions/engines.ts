/** The engines that rows are compared on, each with what it ships; results as text, with their scale. */
import { DuckDBInstance } from '@duckdb/node-api';
import { PGlite } from '@electric-sql/pglite';
import { clickhouse, withSettings } from '../../compiler/emit/dialect.ts';
import { duckdbPrelude } from '../../compiler/functions/duckdb-prelude.ts';
import { postgresPrelude } from '../../compiler/functions/postgres-prelude.ts';
import { cast, type Engine, type Sql, str, token } from '../../compiler/sql/tree.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type Chdb, openChdb } from '../../runners/engines/clickhouse.ts';
import { inStack } from '../stack/in-stack.ts';

type Rows = readonly (readonly (string | null)[])[];

interface Opened {
  readonly rows: (sql: string) => Promise<Rows>;
}

export interface TestEngine {
  readonly name: Engine;
  readonly open: () => Promise<Opened>;
  /** An expression as text in the form of `valueText`. */
  readonly asText: (expression: string, type: SqlType) => string;
  /** A number as an author writes it. */
  readonly number: (text: string, type: SqlType) => Sql;
  /** Values that the engine has; all, unless it says so. */
  readonly holds?: (value: Value, type: SqlType) => boolean;
  /** `SELECT g, x` where x is an expression over the rows of `table` for each of the groups 0, 1, …. */
  readonly perGroup: (expression: string, table: string, groups: number) => string;
}

/** Sessions are set to what no row may depend on. */
async function openDuckdb(): Promise<Opened> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone='America/Los_Angeles'");
  await connection.run("SET default_null_order='nulls_first'");
  for (const statement of duckdbPrelude) await connection.run(statement);
  return {
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowsJson() as (string | null)[][],
  };
}

async function openPostgres(): Promise<Opened> {
  const database = await PGlite.create();
  await database.exec(["SET TimeZone = 'America/Los_Angeles'", "SET DateStyle = 'SQL, DMY'", ...postgresPrelude].join(';\n'));
  return { rows: async (sql) => (await database.query<(string | null)[]>(sql, [], { rowMode: 'array' })).rows };
}

let clickhouseOpened: Promise<Chdb> | undefined;

async function openClickhouse(): Promise<Opened> {
  // A process has one session.
  clickhouseOpened ??= openChdb([
    "SET session_timezone = 'America/Los_Angeles'",
    'SET output_format_json_quote_decimals = 1',
    'SET output_format_json_quote_64bit_integers = 1',
    'SET output_format_json_quote_denormals = 1',
    'SET output_format_decimal_trailing_zeros = 1',
    // All values of a test stand in its text.
    'SET max_query_size = 100000000, max_ast_elements = 10000000, max_expanded_ast_elements = 10000000',
  ]);
  const database = await clickhouseOpened;
  return {
    rows: async (sql) =>
      database.rows(withSettings(sql, clickhouse)).map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
  };
}

function lateral(expression: string, table: string, groups: number): string {
  const numbers = Array.from({ length: groups }, (_, i) => `(${i})`).join(', ');
  return `SELECT groups.g, r.x FROM (VALUES ${numbers}) groups(g), LATERAL (SELECT ${expression} AS x FROM ${table} t WHERE t.g = groups.g) r ORDER BY 1`;
}

const allEngines: readonly TestEngine[] = [
  {
    name: 'duckdb',
    open: openDuckdb,
    asText: function asText(expression, type): string {
      if (type.kind === 'array')
        return `CASE WHEN ${expression} IS NOT NULL THEN '[' || array_to_string(list_transform(${expression}, e -> ${asText('e', type.of)}), '|') || ']' END`;
      if (type.kind === 'element') return asText(expression, type.of);
      if (type.kind === 'binary') return `hex(${expression})`;
      if (type.kind === 'time') return `strftime(DATE '1970-01-01' + ${expression}, '%H:%M:%S.%f')`;
      if (type.kind === 'timestamp') return `strftime(${expression}, '%Y-%m-%d %H:%M:%S.%f')`;
      return `CAST(${expression} AS VARCHAR)`;
    },
    number: token,
    perGroup: lateral,
  },
  {
    name: 'postgres',
    open: openPostgres,
    asText: function asText(expression, type): string {
      if (type.kind === 'array')
        return `CASE WHEN ${expression} IS NOT NULL THEN '[' || coalesce((SELECT string_agg(${asText('e', type.of)}, '|' ORDER BY o) FROM unnest(${expression}) WITH ORDINALITY AS u(e, o)), '') || ']' END`;
      if (type.kind === 'element') return asText(expression, type.of);
      if (type.kind === 'binary') return `upper(encode(${expression}, 'hex'))`;
      if (type.kind === 'date') return `to_char(CAST(${expression} AS TIMESTAMP), 'YYYY-MM-DD')`;
      if (type.kind === 'time') return `to_char(DATE '1970-01-01' + ${expression}, 'HH24:MI:SS.US')`;
      if (type.kind === 'timestamp') return `to_char(${expression}, 'YYYY-MM-DD HH24:MI:SS.US')`;
      return `CAST(${expression} AS TEXT)`;
    },
    number: (text) => (text.includes('.') ? token(text) : cast(token(text), 'NUMERIC')),
    perGroup: lateral,
  },
  {
    name: 'clickhouse',
    open: openClickhouse,
    asText: function asText(expression, type): string {
      if (type.kind === 'array') {
        const text = type.of.kind === 'number' ? `toDecimalString(e, ${type.of.scale})` : `toString(${asText('e', type.of)})`;
        const texts = `arrayMap(e -> ifNull(${text}, ''), tupleElement(${expression}, 1))`;
        return `CASE WHEN ${expression} IS NOT NULL THEN concat('[', arrayStringConcat(${texts}, '|'), ']') END`;
      }
      if (type.kind === 'boolean') return `CAST(${expression} AS Nullable(Bool))`;
      if (type.kind === 'binary') return `hex(${expression})`;
      return expression;
    },
    number: (text, type) => cast(str(text), `Decimal(${type.kind === 'number' ? `${type.precision}, ${type.scale}` : '38, 0'})`),
    holds: function holds(value, type): boolean {
      if (value === null) return true;
      if (type.kind === 'element') return holds(value, type.of);
      if (type.kind === 'array') return (value as readonly Value[]).every((element) => holds(element, type.of));
      const perDay = type.kind === 'date' ? 1n : type.kind === 'timestamp' ? 86_400_000_000n : 0n;
      return perDay === 0n || ((value as bigint) >= -25_567n * perDay && (value as bigint) < 120_530n * perDay);
    },
    perGroup: (expression, table, groups) =>
      `WITH given AS ${table}, filled AS (SELECT g, ${expression} AS x FROM given t GROUP BY g), nothing AS (SELECT ${expression} AS x FROM given t WHERE t.g < 0)
SELECT * FROM (SELECT g, x FROM filled UNION ALL SELECT n.number, nothing.x FROM numbers(${groups}) n CROSS JOIN nothing WHERE n.number NOT IN (SELECT g FROM filled)) ORDER BY g`,
  },
];

/** ClickHouse is what `npm run test:stack` installs, and runs these tests on. */
export const testEngines: readonly TestEngine[] = allEngines.filter((engine) => (engine.name === 'clickhouse') === inStack);

/** A literal argument as the author wrote it. */
export function literalSql(engine: TestEngine, text: string | boolean, type: SqlType): Sql {
  if (typeof text === 'boolean') return token(text ? 'TRUE' : 'FALSE');
  return type.kind === 'varchar' ? str(text) : engine.number(text, type);
}
