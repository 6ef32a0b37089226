/**
 * ClickHouse in process: the npm package chdb. It has half a gigabyte, so it is no dependency: `npm run test:stack` installs
 * it into a folder of its own, and this module looks for it there.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clickhouse, identifier } from '../../compiler/emit/dialect.ts';
import { decimalText, parseDecimal } from '../../compiler/functions/decimal.ts';
import { dateText, parseDate, parseTimestamp, timestampText, timeText } from '../../compiler/functions/iso-time.ts';
import { canonicalJson, type Json } from '../../compiler/functions/json-values.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type Connection, EngineError, type TypedColumn } from './engine.ts';

export const stackFolder = '.stack';

interface Session {
  readonly query: (sql: string, format: string) => string;
  readonly cleanup: () => void;
}

/** How values are read and written, and where tables are kept; nothing that a statement could depend on. */
const session = [
  "SET default_table_engine = 'Memory'",
  'SET output_format_json_quote_decimals = 1',
  'SET output_format_json_quote_64bit_integers = 1',
  'SET output_format_json_quote_denormals = 1',
  'SET output_format_decimal_trailing_zeros = 1',
  // A statement is as long as its feature needs.
  'SET max_query_size = 100000000, max_ast_elements = 10000000, max_expanded_ast_elements = 10000000',
];

export interface Chdb {
  readonly rows: (sql: string) => readonly (readonly unknown[])[];
  readonly run: (sql: string) => void;
  readonly close: () => void;
}

export async function openChdb(settings: readonly string[] = session): Promise<Chdb> {
  const module = resolve(stackFolder, 'node_modules/chdb/index.mjs');
  if (!existsSync(module)) throw new EngineError('clickhouse', 'chdb is not installed: `npm run test:stack` does it');
  const { Session } = (await import(pathToFileURL(module).href)) as { Session: new () => Session };
  const opened = new Session();
  const ask = (sql: string): string => {
    try {
      return opened.query(sql, 'JSONCompactEachRow');
    } catch (thrown) {
      // After an error the next answer would begin with what was left of this one.
      attemptToDiscard(opened);
      throw new EngineError('clickhouse', thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  for (const statement of settings) ask(statement);
  return {
    rows: (sql) =>
      ask(sql)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown[]),
    run: (sql) => void ask(sql),
    close: () => opened.cleanup(),
  };
}

function attemptToDiscard(opened: Session): void {
  try {
    opened.query('SELECT 1', 'JSONCompactEachRow');
  } catch {
    // It failed for the same reason, and there is nothing left of it.
  }
}

export async function openClickhouse(): Promise<Connection> {
  const database = await openChdb();
  const attempted = async <T>(run: () => T): Promise<T> => run();
  return {
    dialect: clickhouse,
    execute: (sql) => attempted(() => database.run(sql)),
    schema: (name) => attempted(() => database.run(`CREATE DATABASE IF NOT EXISTS ${name}`)),
    query: (sql, columns, parameters = []) =>
      attempted(() => {
        if (parameters.length > 0) throw new EngineError('clickhouse', 'lists of parameters are not supported');
        return database.rows(readable(sql, columns)).map((row) => columns.map((column, i) => fromCell(row[i] ?? null, column)));
      }),
    load: (table, columns, rows) =>
      attempted(() => {
        database.run(`DROP TABLE IF EXISTS ${table}`);
        const arrays = columns.some(({ type }) => type.kind === 'array');
        if (arrays) database.run('SET enable_nullable_tuple_type = 1');
        database.run(`CREATE TABLE ${table} (${definitions(columns) || 'nothing UInt8'})`);
        if (arrays) database.run('SET enable_nullable_tuple_type = 0');
        append(database, table, columns, rows);
      }),
    append: (table, columns, rows) => attempted(() => append(database, table, columns, rows)),
    close: database.close,
  };
}

/** What has no type there is kept as text: no statement gets SQL that reads it. */
function columnType(type: SqlType): string {
  return type.kind === 'time' ? 'Nullable(String)' : clickhouse.typeName(type);
}

function append(database: Chdb, table: string, columns: readonly TypedColumn[], rows: readonly (readonly Value[])[]): void {
  if (rows.length === 0) return;
  const lines = rows.map((row) => JSON.stringify(columns.length === 0 ? [0] : columns.map((column, i) => toCell(row[i] ?? null, column))));
  const insert = (into: string): void => database.run(`INSERT INTO ${into} FORMAT JSONCompactEachRow\n${lines.join('\n')}`);
  if (!columns.some(isBytes)) return insert(table);
  // Bytes are no text of JSON.
  const digits = `${table}_digits`;
  database.run(`DROP TABLE IF EXISTS ${digits}`);
  database.run(`CREATE TABLE ${digits} (${definitions(columns)})`);
  insert(digits);
  const values = columns.map((column) => (isBytes(column) ? `unhex(${quoted(column)})` : quoted(column)));
  database.run(`INSERT INTO ${table} SELECT ${values.join(', ')} FROM ${digits}`);
  database.run(`DROP TABLE ${digits}`);
}

const isBytes = ({ type }: TypedColumn): boolean => type.kind === 'binary';
const quoted = ({ name }: TypedColumn): string => identifier(name, clickhouse);
const definitions = (columns: readonly TypedColumn[]): string => columns.map((c) => `${quoted(c)} ${columnType(c.type)}`).join(', ');

/** Bytes are read as their digits. */
function readable(sql: string, columns: readonly TypedColumn[]): string {
  if (!columns.some(isBytes)) return sql;
  const names = columns.map((_, i) => `c${i}`);
  const read = columns.map((column, i) => (isBytes(column) ? `hex(c${i})` : `c${i}`));
  return `SELECT ${read.join(', ')} FROM (\n${sql}\n) AS answer(${names.join(', ')})`;
}

/** Of the years that a Date32 and a DateTime64 have. */
const years = [-25_567n, 120_530n] as const;
const microsPerDay = 86_400_000_000n;

function toCell(value: Value, { name, type }: TypedColumn): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'number':
      return decimalText(value as bigint, type.scale);
    case 'date':
      return dateText(inYears(value as bigint, 1n, name));
    case 'timestamp':
      return timestampText(inYears(value as bigint, microsPerDay, name));
    case 'float':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : Object.is(value, -0)
          ? '-0'
          : String(value).replace('Infinity', 'inf').toLowerCase();
    case 'boolean':
    case 'varchar':
    case 'variant':
    case 'binary':
    case 'null':
      return value;
    case 'time':
      return timeText(value as bigint);
    case 'array':
      return [(value as readonly Value[]).map((element) => toCell(element, { name, type: type.of }))];
    default:
      throw new EngineError('clickhouse', `column ${name}: values of this type are not supported`);
  }
}

function inYears(value: bigint, perDay: bigint, name: string): bigint {
  if (value >= years[0] * perDay && value < years[1] * perDay) return value;
  throw new EngineError('clickhouse', `column ${name}: dates are those of the years 1900 to 2299`);
}

function fromCell(cell: unknown, { name, type }: TypedColumn): Value {
  if (cell === null) return null;
  const value = parsed(cell, type);
  if (value !== undefined) return value;
  throw new EngineError('clickhouse', `column ${name}: expected ${clickhouse.typeName(type)}, and the engine gave ${String(cell)}`);
}

function parsed(cell: unknown, type: SqlType): Value | undefined {
  const text = String(cell);
  switch (type.kind) {
    case 'array':
      return elements(cell, type.of);
    case 'element':
      return parsed(cell, type.of);
    case 'variant':
      return canonicalJson(JSON.parse(text) as Json);
    case 'number':
      return (text.split('.')[1] ?? '').length === type.scale ? parseDecimal(text, type.scale) : undefined;
    case 'float':
      return floats[text] ?? (Number.isNaN(Number(text)) ? undefined : Number(text));
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'varchar':
    case 'binary':
    case 'null':
      return text;
    case 'date':
      return parseDate(text);
    case 'timestamp':
      return parseTimestamp(text);
    default:
      return undefined;
  }
}

/** An array comes as a tuple of it. */
function elements(cell: unknown, of: SqlType): readonly Value[] | undefined {
  const [given] = cell as readonly (readonly unknown[])[];
  const values = given?.map((element) => parsed(element, of));
  return values?.every((value) => value !== undefined) ? (values as readonly Value[]) : undefined;
}

const floats: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY };
