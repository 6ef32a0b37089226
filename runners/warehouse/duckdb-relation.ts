/** A relation of DuckDB as a source declares it: looked at before anything is read. */
import type { Source, SourceColumn } from '../../compiler/catalog.ts';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { type SqlType, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { sameName } from '../data/column.ts';
import { type Exact, exactly, exactValue } from '../data/duckdb-exact.ts';
import type { DuckdbReader, Instants } from '../engines/duckdb-reader.ts';
import { UsageError } from '../usage-error.ts';

export interface Read extends Exact {
  readonly column: SourceColumn;
  /** The column as SQL has it. */
  readonly name: string;
}

type Reader = Omit<DuckdbReader, 'close'>;

/** The relation as SQL has it, and its columns in declared order. UsageError if it does not have what is declared. */
export async function declaredIn(
  reader: Reader,
  source: Source,
  parts: readonly string[],
  target: string,
): Promise<{ readonly relation: string; readonly reads: readonly Read[] }> {
  const relation = relationSql(parts);
  const found = await reader.describe(relation);
  if (found === null)
    throw new UsageError(
      `the target ${target} has no relation ${parts.join('.')}, where the source ${source.name} is`,
      'a database of DuckDB is called like its file, without the ending: `databases` and `schemas` of the target map the names of sources',
    );
  return { relation, reads: source.columns.map((column) => readOf(source, column, parts, found)) };
}

export const relationSql = (parts: readonly string[]): string => parts.map((part) => identifier(part, duckdb)).join('.');

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
export async function fitting(reader: Reader, source: Source, reads: readonly Read[], from: string, bound: Instants): Promise<number> {
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
