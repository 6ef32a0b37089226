/** Where the event store has what: names of its tables and columns. */
import type { Source } from '../../../compiler/catalog.ts';
import { duckdb, identifier } from '../../../compiler/emit/dialect.ts';
import { validFrom, validTo } from '../../../compiler/plan/scan.ts';
import { type SqlType, timestamp } from '../../../compiler/sql-type.ts';
import type { Connection, TypedColumn } from '../../engines/engine.ts';

export const quoted = (name: string): string => identifier(name, duckdb);

/** Where the store has the clean rows of a source. */
export const storedTable = (source: string): string => quoted(source.toUpperCase());

/** Where it has those that came and do not count, because another copy does. */
export const storedCopies = (source: string): string => quoted(`COPIES_OF_${source.toUpperCase()}`);

export interface SourceTables {
  readonly source: Source;
  /** The declared ones, and what the store notes of each row beside them. */
  readonly columns: readonly TypedColumn[];
  /** The rows that lambdas read. */
  readonly clean: string;
  /** Of a table: its versions as they came, one of each. */
  readonly versions: string;
  /** The rows of one turn. */
  readonly arriving: string;
  /** Rows that came and do not count, because another copy does. */
  readonly copies: string;
  readonly identity: readonly string[];
  /** Where they stand in a row. */
  readonly identityAt: readonly number[];
  /** By what the first of several copies is found: ingest time, then all columns in declared order; NULL comes last. */
  readonly copyOrder: readonly string[];
}

export function tablesOf(source: Source, noted: readonly TypedColumn[]): SourceTables {
  const name = source.name.toUpperCase();
  const identity = identityOf(source);
  const ingest = source.kind === 'stream' && source.ingestTime !== null ? [source.ingestTime] : [];
  return {
    source,
    columns: [...source.columns.map(({ name, type }) => ({ name, type })), ...noted],
    clean: storedTable(source.name),
    versions: quoted(`VERSIONS_OF_${name}`),
    arriving: quoted(`ARRIVING_${name}`),
    copies: storedCopies(source.name),
    identity: identity.map(quoted),
    identityAt: identity.map((column) => source.columns.findIndex((c) => c.name === column)),
    copyOrder: [...new Set([...ingest, ...source.columns.map((c) => c.name)])].filter((c) => !identity.includes(c)).map(quoted),
  };
}

function identityOf(source: Source): readonly string[] {
  const version = source.kind === 'table' && source.versionBy !== null ? [source.versionBy] : [];
  return [...new Set([...source.key, source.kind === 'stream' ? source.eventTime : source.updatedAt, ...version])];
}

/** Tables that are there keep their rows. */
export async function createTables(
  connection: Connection,
  { source, columns, clean, versions, arriving, copies }: SourceTables,
): Promise<void> {
  // Of this connection alone: what is written there need not reach the disk.
  await create(connection, arriving, columns, 'TEMP ');
  await create(connection, copies, columns);
  if (source.kind === 'stream') return create(connection, clean, columns);
  await create(connection, versions, columns);
  await create(connection, clean, [...columns, { name: validFrom, type: timestamp }, { name: validTo, type: timestamp }]);
}

async function create(connection: Connection, table: string, columns: readonly TypedColumn[], kind: 'TEMP ' | '' = ''): Promise<void> {
  const typed = columns.map(
    ({ name, type }) => `${quoted(name)} ${duckdb.typeName(type)}${isWide(type) ? ' USING COMPRESSION uncompressed' : ''}`,
  );
  await connection.execute(`CREATE ${kind}TABLE IF NOT EXISTS ${table} (${typed.join(', ')})`);
}

export async function dropTables(connection: Connection, { clean, versions, arriving, copies }: SourceTables): Promise<void> {
  for (const table of [clean, versions, arriving, copies]) await connection.execute(`DROP TABLE IF EXISTS ${table}`);
}

/** DuckDB unpacks numbers of 128 bits so slowly that a scan takes fifty times as long. */
function isWide(type: SqlType): boolean {
  return type.kind === 'number' && type.precision > 18;
}
