/** Postgres in process: PGlite, which is Postgres compiled to WebAssembly. */
import type { PGlite } from '@electric-sql/pglite';
import { identifier, postgres } from '../../compiler/emit/dialect.ts';
import { parseDecimal } from '../../compiler/functions/decimal.ts';
import { dateText, parseDate, parseTime, parseTimestamp, timestampText, timeText } from '../../compiler/functions/iso-time.ts';
import { postgresPrelude } from '../../compiler/functions/postgres-prelude.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type Connection, EngineError, type TypedColumn } from './engine.ts';

/** Safety nets, and the text in which values are read back. */
const session = [
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'iso_8601'",
  'SET standard_conforming_strings = on',
  'SET extra_float_digits = 1',
  "SET bytea_output = 'hex'",
];

export async function openPostgres(): Promise<Connection> {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create();
  await database.exec([...session, ...postgresPrelude].join(';\n'));
  const types = await typeNumbers(database);
  const asText = Object.fromEntries(types.map((oid) => [oid, (text: string) => text]));
  return {
    dialect: postgres,
    execute: (sql) => attempted(async () => void (await database.exec(sql))),
    schema: (name) => attempted(async () => void (await database.exec(`CREATE SCHEMA IF NOT EXISTS ${name}`))),
    query: (sql, columns, parameters = []) => {
      if (parameters.length > 0) throw new EngineError('postgres', 'lists of parameters are not supported');
      return attempted(async () => {
        const { rows } = await database.query<(string | null)[]>(guarded(sql, columns), [], { rowMode: 'array', parsers: asText });
        return rows.map((row) => columns.map((column, i) => fromText(row[i] ?? null, column)));
      });
    },
    load: (table, columns, rows) =>
      attempted(async () => {
        const definitions = columns.map((c) => `${identifier(c.name, postgres)} ${columnType(c.type)}`);
        await database.exec(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${definitions.join(', ')})`);
        await append(database, table, columns, rows);
      }),
    append: (table, columns, rows) => attempted(() => append(database, table, columns, rows)),
    close: () => void database.close(),
  };
}

async function attempted<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown;
    throw new EngineError('postgres', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Every type is read as Postgres writes it. */
async function typeNumbers(database: PGlite): Promise<readonly number[]> {
  const { rows } = await database.query<{ oid: number }>("SELECT oid::integer AS oid FROM pg_type WHERE typtype = 'b'");
  return rows.map(({ oid }) => oid);
}

/** Text comes with a character before it: PGlite takes U+FEFF from the beginning of what it reads. */
function guarded(sql: string, columns: readonly TypedColumn[]): string {
  const cells = columns.map(({ type }, i) => (type.kind === 'varchar' ? `'${guard}' || c${i}` : `c${i}`));
  return `SELECT ${cells.join(', ')} FROM (\n${sql}\n) AS answer(${columns.map((_, i) => `c${i}`).join(', ')})`;
}
const guard = '=';

function columnType(type: SqlType): string {
  return type.kind === 'varchar' || type.kind === 'null' ? 'TEXT COLLATE "C"' : postgres.typeName(type);
}

/** All rows as one JSON parameter. */
async function append(
  database: PGlite,
  table: string,
  columns: readonly TypedColumn[],
  rows: readonly (readonly Value[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((row) => columns.map((column, i) => toText(row[i] ?? null, column.type)));
  const cells = columns.map(({ type }, i) => `CAST(cells ->> ${i} AS ${postgres.typeName(type)})`).join(', ');
  await database.query(
    `INSERT INTO ${table} SELECT ${cells || 'NULL'} FROM json_array_elements(CAST($1 AS JSON)) AS cells`,
    [JSON.stringify(values)],
    { serializers: { 114: (text: string) => text } },
  );
}

function toText(value: Value, type: SqlType): string | null {
  if (value === null) return null;
  switch (type.kind) {
    case 'number':
      return `${value as bigint}e-${type.scale}`;
    case 'date':
      return dateText(value as bigint);
    case 'time':
      return timeText(value as bigint);
    case 'timestamp':
      return `${timestampText(value as bigint)}${type.zone === 'ltz' ? 'Z' : ''}`;
    case 'binary':
      return `\\x${value as string}`;
    case 'float':
      return Object.is(value, -0) ? '-0' : String(value);
    default:
      return String(value);
  }
}

function fromText(text: string | null, { name, type }: TypedColumn): Value {
  if (text === null) return null;
  const value = parsed(text, type);
  if (value !== undefined) return value;
  throw new EngineError('postgres', `column ${name}: expected ${postgres.typeName(type)}, and the engine gave ${text}`);
}

function parsed(text: string, type: SqlType): Value | undefined {
  switch (type.kind) {
    case 'number':
      return (text.split('.')[1] ?? '').length === type.scale ? parseDecimal(text, type.scale) : undefined;
    case 'float':
      return Number.isNaN(Number(text)) && text !== 'NaN' ? undefined : Number(text);
    case 'boolean':
      return text === 't' ? true : text === 'f' ? false : undefined;
    case 'array':
      return elements(text, type.of);
    case 'element':
      return parsed(text, type.of);
    case 'binary':
      return text.startsWith('\\x') ? text.slice(2).toUpperCase() : undefined;
    case 'varchar':
      return text.slice(guard.length);
    case 'variant':
    case 'null':
      return text;
    case 'date':
      return parseDate(text);
    case 'time':
      return parseTime(text);
    case 'timestamp':
      return parseTimestamp(type.zone === 'ltz' ? text.replace(/\+00$/, '') : text);
  }
}

/** An array as Postgres writes it, `{a,"b c",NULL}`; of one dimension. */
function elements(text: string, of: SqlType): readonly Value[] | undefined {
  const value = (written: string): Value | undefined => (of.kind === 'varchar' ? written : parsed(written, of));
  const values = [...text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)].map(([, quoted, bare]) =>
    bare === 'NULL' ? null : value(quoted === undefined ? (bare as string) : quoted.replaceAll(/\\(.)/gs, '$1')),
  );
  return values.some((value) => value === undefined) ? undefined : (values as readonly Value[]);
}
