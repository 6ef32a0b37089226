/** The engines that rows are compared on, each with what it ships; results as text, with their scale. */
import { DuckDBInstance } from '@duckdb/node-api';
import { PGlite } from '@electric-sql/pglite';
import { duckdbPrelude } from '../../compiler/functions/duckdb-prelude.ts';
import { postgresPrelude } from '../../compiler/functions/postgres-prelude.ts';
import { cast, type Engine, type Sql, str, token } from '../../compiler/sql/tree.ts';
import type { SqlType } from '../../compiler/sql-type.ts';

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
  readonly number: (text: string) => Sql;
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

export const testEngines: readonly TestEngine[] = [
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
  },
];

/** A literal argument as the author wrote it. */
export function literalSql(engine: TestEngine, text: string | boolean, type: SqlType): Sql {
  if (typeof text === 'boolean') return token(text ? 'TRUE' : 'FALSE');
  return type.kind === 'varchar' ? str(text) : engine.number(text);
}
