/** Snowflake as an engine of the batch form. */
import { dialects, identifier } from '../../../compiler/emit/dialect.ts';
import type { Value } from '../../../compiler/value.ts';
import { type Connection, EngineError, type TypedColumn } from '../engine.ts';
import type { Session } from './session.ts';
import { fromDriver, toText, typedSql } from './values.ts';

const { snowflake } = dialects;

export function snowflakeOn(session: Session): Connection {
  const append = async (table: string, columns: readonly TypedColumn[], rows: readonly (readonly Value[])[]): Promise<void> => {
    const typed = columns.map(({ type }, i) => typedSql(`CAST(given.value[${i}] AS VARCHAR)`, type, snowflake.typeName));
    const insert = `INSERT INTO ${table} SELECT ${typed.join(', ')} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS given`;
    for (const piece of pieces(rows, columns)) await session.run(insert, [piece]);
  };
  return {
    dialect: snowflake,
    execute: async (sql) => void (await session.run(sql)),
    schema: async (name) => void (await session.run(`CREATE SCHEMA IF NOT EXISTS ${name}`)),
    query: async (sql, columns, parameters = []) => {
      if (parameters.length > 0) throw new EngineError('snowflake', 'lists of parameters are not supported');
      return (await session.run(sql)).map((row) => columns.map((column, i) => valueOf(row[i], column)));
    },
    load: async (table, columns, rows) => {
      const typed = columns.map((c) => `${identifier(c.name, snowflake)} ${snowflake.typeName(c.type)}`);
      await session.run(`CREATE OR REPLACE TABLE ${table} (${typed.join(', ')})`);
      await append(table, columns, rows);
    },
    append,
    close: () => void session.close(),
  };
}

/** Of one bound value; Snowflake takes sixteen million. */
const mostCharacters = 4_000_000;

/** Rows as JSON, values as texts: one bound value for many rows, and no type that is guessed. */
function* pieces(rows: readonly (readonly Value[])[], columns: readonly TypedColumn[]): Generator<string> {
  let [piece, length]: [string[], number] = [[], 0];
  for (const row of rows) {
    const text = JSON.stringify(columns.map(({ type }, i) => toText(row[i] ?? null, type)));
    if (length > 0 && length + text.length > mostCharacters) {
      yield `[${piece.join(',')}]`;
      [piece, length] = [[], 0];
    }
    piece.push(text);
    length += text.length;
  }
  if (piece.length > 0) yield `[${piece.join(',')}]`;
}

function valueOf(given: unknown, { name, type }: TypedColumn): Value {
  const value = fromDriver(given, type);
  if (value !== undefined) return value;
  throw new EngineError('snowflake', `column ${name}: expected ${snowflake.typeName(type)}, and the engine gave ${String(given)}`);
}
