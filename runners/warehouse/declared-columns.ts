/** The columns of a relation in a DuckDB file that a source declares: looked at before they are read. */
import type { Source, SourceColumn } from '../../compiler/catalog.ts';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { type SqlType, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { sameName } from '../data/column.ts';
import { type Exact, exactly, exactValue } from '../data/duckdb-exact.ts';
import type { DuckdbReader, Instants } from '../engines/duckdb-reader.ts';
import { UsageError } from '../usage-error.ts';

export interface Found {
  readonly name: string;
  readonly type: string;
}

export const relationSql = (parts: readonly string[]): string => parts.map((part) => identifier(part, duckdb)).join('.');

/** `parts`: the table last. UsageError if it is not there. */
export async function relationAt(
  reader: Pick<DuckdbReader, 'describe'>,
  source: Source,
  parts: readonly string[],
  target: string,
): Promise<{ readonly relation: string; readonly found: readonly Found[] }> {
  const relation = relationSql(parts);
  const found = await reader.describe(relation);
  if (found !== null) return { relation, found };
  throw new UsageError(
    `the target ${target} has no relation ${parts.join('.')}, where the source ${source.name} is`,
    'a database of DuckDB is called like its file, without the ending: `databases` and `schemas` of the target map the names of sources',
  );
}

export interface Read extends Exact {
  readonly column: SourceColumn;
  /** The column as SQL has it. */
  readonly name: string;
}

/** All declared columns, in their order. */
export async function declaredIn(
  reader: Pick<DuckdbReader, 'describe'>,
  source: Source,
  parts: readonly string[],
  target: string,
): Promise<{ readonly relation: string; readonly reads: readonly Read[] }> {
  const { relation, found } = await relationAt(reader, source, parts, target);
  return { relation, reads: source.columns.map((column) => exactRead(source, column, parts, found)) };
}

/** Its values as JavaScript holds them exactly. */
function exactRead(source: Source, column: SourceColumn, parts: readonly string[], found: readonly Found[]): Read {
  return declaredColumn(source, column, parts, found, (name, type) => {
    const exact = exactWithoutNanos(name, type, column.type);
    return exact === null ? null : { ...exact, column, name };
  });
}

/** Nanoseconds would be cut. */
export const exactWithoutNanos = (name: string, found: string, declared: SqlType): Exact | null =>
  found === 'TIMESTAMP_NS' ? null : exactly(name, found, declared);

/** `sql` has the declared type; what types without a form of exact integers hold is read if it is of that very type. */
export interface InPlace {
  readonly sql: string;
  readonly read: Read | null;
}

export function inPlace(source: Source, column: SourceColumn, parts: readonly string[], found: readonly Found[]): InPlace {
  return declaredColumn(source, column, parts, found, (name, type) => {
    const own = duckdb.typeName(column.type);
    const exact = exactWithoutNanos(name, type, column.type);
    if (exact !== null) return { sql: type === own ? name : `CAST(${name} AS ${own})`, read: { ...exact, column, name } };
    return type === own ? { sql: name, read: null } : null;
  });
}

function declaredColumn<T>(
  source: Source,
  column: SourceColumn,
  parts: readonly string[],
  found: readonly Found[],
  read: (name: string, type: string) => T | null,
): T {
  const named = found.filter(({ name }) => sameName(name, column.name))[0];
  const declared = `the source ${source.name}: the column ${column.name} is declared ${typeName(column.type)}, and ${parts.join('.')}`;
  if (named === undefined) throw new UsageError(`${declared} does not have it`, `it has ${found.map(({ name }) => name).join(', ')}`);
  const fits = read(identifier(named.name, duckdb), named.type);
  if (fits === null)
    throw new UsageError(`${declared} has it as ${named.type}, which does not cast exactly`, hintOf(named.type, column.type));
  return fits;
}

function hintOf(found: string, declared: SqlType): string {
  if (found === 'TIMESTAMP WITH TIME ZONE' && declared.kind === 'timestamp')
    return "a view may say which wall clock is meant: AT TIME ZONE 'UTC'";
  return 'declare the type that it has, or name a view that casts it';
}

/** How many rows there are. The least and the greatest value of each column whose type holds more than is declared must be values of the declared type. */
export async function fitting(
  reader: Pick<DuckdbReader, 'rows'>,
  source: Source,
  reads: readonly Read[],
  from: string,
  bound: Instants,
): Promise<number> {
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

export function valueOf(given: unknown, { column, scale }: Read, source: Source): Value {
  const read = exactValue(given, scale, column.type);
  if ('value' in read) return read.value;
  throw new UsageError(`the source ${source.name}: a value of the column ${column.name}: ${read.problem}`);
}
