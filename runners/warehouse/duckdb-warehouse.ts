/** History from a DuckDB file: looked at before it is read, and read as it streams. */
import type { Source, SourceColumn } from '../../compiler/catalog.ts';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { type SqlType, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { sameName } from '../data/column.ts';
import { type Exact, exactly, exactValue } from '../data/duckdb-exact.ts';
import { timePlace } from '../data/row-time.ts';
import { type DuckdbReader, type Instants, openDuckdbReader } from '../engines/duckdb-reader.ts';
import { pieceRows, type Rows } from '../stream/store/fill.ts';
import { UsageError } from '../usage-error.ts';
import type { Past, Warehouse } from './warehouse.ts';

interface Read extends Exact {
  readonly column: SourceColumn;
  /** The column as SQL has it. */
  readonly name: string;
}

export async function openDuckdbWarehouse(
  file: string,
  shown: { readonly name: string; readonly path: string },
  relationOf: (source: Source) => readonly string[],
): Promise<Warehouse> {
  const reader = await openDuckdbReader(file, shown.path);
  return {
    past: (source, since) => past(reader, source, relationOf(source), shown.name, since),
    close: reader.close,
  };
}

async function past(reader: DuckdbReader, source: Source, parts: readonly string[], target: string, since: bigint): Promise<Past> {
  const relation = parts.map((part) => identifier(part, duckdb)).join('.');
  const found = await reader.describe(relation);
  if (found === null)
    throw new UsageError(
      `the target ${target} has no relation ${parts.join('.')}, where the source ${source.name} is`,
      'a database of DuckDB is called like its file, without the ending: `databases` and `schemas` of the target map the names of sources',
    );
  const reads = source.columns.map((column) => readOf(source, column, parts, found));
  const time = reads[timePlace(source)]?.name ?? '';
  // Rows without a time are quarantined and counted, wherever they come from.
  const where = source.kind === 'stream' ? ` WHERE ${time} >= $since OR ${time} IS NULL` : '';
  const bound: Instants = source.kind === 'stream' ? { since } : {};
  const total = await fitting(reader, source, reads, `FROM ${relation}${where}`, bound);
  const select = `SELECT ${reads.map(({ sql }) => sql).join(', ')} FROM ${relation}${where}`;
  return { source, total, pieces: () => pieces(reader.rows(select, bound), source, reads) };
}

function readOf(source: Source, column: SourceColumn, parts: readonly string[], found: readonly Found[]): Read {
  const named = found.filter(({ name }) => sameName(name, column.name))[0];
  const declared = `the source ${source.name}: the column ${column.name} is declared ${typeName(column.type)}, and ${parts.join('.')}`;
  if (named === undefined) throw new UsageError(`${declared} does not have it`, `it has ${found.map(({ name }) => name).join(', ')}`);
  const name = identifier(named.name, duckdb);
  // Nanoseconds would be cut.
  const exact = named.type === 'TIMESTAMP_NS' ? null : exactly(name, named.type, column.type);
  if (exact === null)
    throw new UsageError(`${declared} has it as ${named.type}, which does not cast exactly`, hintOf(named.type, column.type));
  return { ...exact, column, name };
}

interface Found {
  readonly name: string;
  readonly type: string;
}

function hintOf(found: string, declared: SqlType): string {
  if (found === 'TIMESTAMP WITH TIME ZONE' && declared.kind === 'timestamp')
    return "a view may say which wall clock is meant: AT TIME ZONE 'UTC'";
  return 'declare the type that it has, or name a view that casts it';
}

/** How many rows there are. The least and the greatest value of each column whose type holds more than is declared must be values of the declared type. */
async function fitting(reader: DuckdbReader, source: Source, reads: readonly Read[], from: string, bound: Instants): Promise<number> {
  const wider = reads.filter((read) => read.wider);
  const ends = wider.flatMap(({ sql }) => [`min(${sql})`, `max(${sql})`]);
  const [row = []] = await all(reader.rows(`SELECT ${['count(*)', ...ends].join(', ')} ${from}`, bound));
  wider.forEach((read, i) => {
    for (const end of row.slice(1 + 2 * i, 3 + 2 * i)) valueOf(end, read, source);
  });
  return Number(row[0]);
}

async function all(chunks: AsyncIterable<readonly (readonly unknown[])[]>): Promise<readonly (readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  for await (const chunk of chunks) rows.push(...chunk);
  return rows;
}

function valueOf(given: unknown, { column, scale }: Read, source: Source): Value {
  const read = exactValue(given, scale, column.type);
  if ('value' in read) return read.value;
  throw new UsageError(`the source ${source.name}: a value of the column ${column.name}: ${read.problem}`);
}

async function* pieces(
  chunks: AsyncIterable<readonly (readonly unknown[])[]>,
  source: Source,
  reads: readonly Read[],
): AsyncGenerator<Rows> {
  let piece: (readonly Value[])[] = [];
  for await (const chunk of chunks) {
    for (const row of chunk) piece.push(reads.map((read, i) => valueOf(row[i], read, source)));
    if (piece.length < pieceRows) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
