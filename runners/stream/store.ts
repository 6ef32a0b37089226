/**
 * The event store behind a lambda: what arrived so far, with identities settled as it arrives. It is written apart from
 * the warehouse's staging models on purpose: that both come to the same clean rows is what parity shows.
 */
import type { Source, Stream, Table } from '../../compiler/catalog.ts';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { validFrom, validTo } from '../../compiler/plan/scan.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { Connection, TypedColumn } from '../engines/engine.ts';

export interface IngestCounts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

export interface EventStore {
  readonly connection: Connection;
  /** Rows in the source's declared column order, as they arrive. */
  readonly ingest: (source: string, rows: readonly (readonly Value[])[]) => Promise<IngestCounts>;
}

export interface StoreOptions {
  /** Off only to show what parity finds when a store forgets it. */
  readonly deduplicate: boolean;
}

export async function openStore(
  connection: Connection,
  sources: readonly Source[],
  options: StoreOptions = { deduplicate: true },
): Promise<EventStore> {
  for (const source of sources) await createTables(connection, source, options);
  return {
    connection,
    ingest: async (name, rows) => {
      const source = sources.find((s) => s.name === name);
      if (source === undefined) throw new Error(`the store does not hold ${name}`);
      const kept = rows.filter((row) => !breaksContract(source, row));
      const quarantined = rows.length - kept.length;
      const added =
        source.kind === 'stream' ? await addEvents(connection, source, kept, options) : await addVersions(connection, source, kept);
      return { accepted: added, duplicates: kept.length - added, quarantined };
    },
  };
}

const quoted = (name: string): string => identifier(name, duckdb);
/** Where the store has the clean rows of a source. */
export const storedTable = (source: string): string => quoted(source.toUpperCase());
const tableName = (source: Source): string => storedTable(source.name);
const arriving = (source: Source): string => quoted(`ARRIVING_${source.name.toUpperCase()}`);
const versions = (source: Source): string => quoted(`VERSIONS_OF_${source.name.toUpperCase()}`);
const columnsOf = (source: Source): readonly TypedColumn[] => source.columns.map(({ name, type }) => ({ name, type }));

async function createTables(connection: Connection, source: Source, { deduplicate }: StoreOptions): Promise<void> {
  await connection.load(arriving(source), columnsOf(source), []);
  if (source.kind === 'stream') {
    await connection.load(tableName(source), columnsOf(source), []);
    if (deduplicate)
      await connection.execute(`ALTER TABLE ${tableName(source)} ADD PRIMARY KEY (${identityOf(source).map(quoted).join(', ')})`);
    return;
  }
  await connection.load(versions(source), columnsOf(source), []);
  await connection.load(
    tableName(source),
    [...columnsOf(source), { name: validFrom, type: timestamp }, { name: validTo, type: timestamp }],
    [],
  );
}

function identityOf(source: Source): readonly string[] {
  const version = source.kind === 'table' && source.versionBy !== null ? [source.versionBy] : [];
  return [...new Set([...source.key, source.kind === 'stream' ? source.eventTime : source.updatedAt, ...version])];
}

/** No key, no time, or dated too far ahead of its arrival. */
function breaksContract(source: Source, row: readonly Value[]): boolean {
  const at = (column: string): Value => row[source.columns.findIndex((c) => c.name === column)] ?? null;
  if (source.key.some((k) => at(k) === null)) return true;
  if (source.kind === 'table') return at(source.updatedAt) === null;
  const time = at(source.eventTime);
  if (time === null) return true;
  const ingested = source.ingestTime === null ? null : at(source.ingestTime);
  return ingested !== null && (time as bigint) > (ingested as bigint) + source.maxSkew;
}

/** The first of several copies: by ingest time, then by all columns in declared order; NULL comes last. */
function copyOrder(source: Source): readonly string[] {
  const identity = identityOf(source);
  const ingest = source.kind === 'stream' && source.ingestTime !== null ? [source.ingestTime] : [];
  return [...new Set([...ingest, ...source.columns.map((c) => c.name)])].filter((c) => !identity.includes(c));
}

async function addEvents(
  connection: Connection,
  source: Stream,
  rows: readonly (readonly Value[])[],
  { deduplicate }: StoreOptions,
): Promise<number> {
  if (!deduplicate) {
    await connection.append(tableName(source), columnsOf(source), rows);
    return rows.length;
  }
  await connection.execute(`DELETE FROM ${arriving(source)}`);
  await connection.append(arriving(source), columnsOf(source), rows);
  const before = await count(connection, tableName(source));
  const identity = identityOf(source).map(quoted);
  const order = copyOrder(source).map(quoted);
  const first = `SELECT * FROM ${arriving(source)} QUALIFY row_number() OVER (PARTITION BY ${identity.join(', ')} ORDER BY ${[...order, ...identity].map((c) => `${c} NULLS LAST`).join(', ')}) = 1`;
  const table = tableName(source);
  const update =
    order.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${order.map((c) => `${c} = excluded.${c}`).join(', ')} WHERE ${comesBefore(
          order,
          (c) => `excluded.${c}`,
          (c) => `${table}.${c}`,
        )}`;
  await connection.execute(`INSERT INTO ${table} ${first} ON CONFLICT (${identity.join(', ')}) ${update}`);
  return (await count(connection, table)) - before;
}

/** a < b, column by column, NULL last. */
function comesBefore(columns: readonly string[], a: (c: string) => string, b: (c: string) => string): string {
  return columns.reduceRight((rest, c) => {
    const less = `(${a(c)} < ${b(c)} OR (${a(c)} IS NOT NULL AND ${b(c)} IS NULL))`;
    return `(${less} OR (${a(c)} IS NOT DISTINCT FROM ${b(c)} AND ${rest}))`;
  }, 'FALSE');
}

async function addVersions(connection: Connection, source: Table, rows: readonly (readonly Value[])[]): Promise<number> {
  const all = versions(source);
  const identity = identityOf(source).map(quoted);
  const order = copyOrder(source).map(quoted);
  const keys = source.key.map(quoted);
  const before = await count(connection, all);
  await connection.execute(`DELETE FROM ${arriving(source)}`);
  await connection.append(arriving(source), columnsOf(source), rows);
  const touched = `(SELECT DISTINCT ${keys.join(', ')} FROM ${arriving(source)})`;
  const ofTouched = (table: string): string => `SELECT * FROM ${table} SEMI JOIN ${touched} USING (${keys.join(', ')})`;
  // Versions of the touched keys are settled anew: a late version may end an earlier one and begin before a later one.
  await connection.execute(`CREATE OR REPLACE TEMP TABLE settled AS
SELECT * FROM (${ofTouched(all)} UNION ALL SELECT * FROM ${arriving(source)})
QUALIFY row_number() OVER (PARTITION BY ${identity.join(', ')} ORDER BY ${[...order, ...identity].map((c) => `${c} NULLS LAST`).join(', ')}) = 1`);
  const versionOrder = [quoted(source.updatedAt), ...(source.versionBy === null ? [] : [`${quoted(source.versionBy)} NULLS FIRST`])].join(
    ', ',
  );
  for (const table of [all, tableName(source)]) await connection.execute(`DELETE FROM ${table} WHERE (${keys.join(', ')}) IN ${touched}`);
  await connection.execute(`INSERT INTO ${all} SELECT * FROM settled`);
  await connection.execute(`INSERT INTO ${tableName(source)}
SELECT *, ${quoted(source.updatedAt)}, lead(${quoted(source.updatedAt)}) OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${versionOrder}) FROM settled`);
  return (await count(connection, all)) - before;
}

async function count(connection: Connection, table: string): Promise<number> {
  const [row] = await connection.query(`SELECT count(*) FROM ${table}`, [{ name: 'n', type: { kind: 'number', precision: 18, scale: 0 } }]);
  return Number(row?.[0] ?? 0n);
}
