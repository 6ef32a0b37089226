/** Parquet through DuckDB: the types in the file must be the declared ones. */
import { typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type ReadColumn, sameName, type TypedRows, tooPrecise } from './column.ts';
import { DataError } from './data-error.ts';
import { type Exact, exactly, exactValue } from './duckdb-exact.ts';

export async function readParquet(file: string, columns: readonly ReadColumn[]): Promise<TypedRows> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const path = `'${file.replaceAll("'", "''")}'`;
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${path})`).catch((cause: unknown) => {
      throw new DataError(
        { file, line: null, column: null },
        `the file cannot be read as Parquet: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`,
      );
    });
    const found = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
    const selected = columns.map((column) => expression(column, found, file));
    const result = await connection.runAndReadAll(
      `SELECT ${selected.map(({ sql }) => sql).join(', ')} FROM read_parquet(${path}, file_row_number = true) ORDER BY file_row_number`,
    );
    const rows = result
      .getRows()
      .map((row, index) => columns.map((column, i) => toValue(row[i], column, selected[i]?.scale ?? 0, file, index + 1)));
    const warnings = await cutNanoseconds(columns, found, file, async (sql) =>
      Number((await connection.runAndReadAll(`SELECT ${sql} FROM read_parquet(${path})`)).getRows()[0]?.[0] ?? 0),
    );
    return { rows, lines: rows.map((_, index) => index + 1), warnings };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

interface FileColumn {
  readonly name: string;
  readonly type: string;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function columnOf(declared: ReadColumn, found: readonly FileColumn[], file: string): FileColumn {
  const matches = found.filter(({ name }) => sameName(name, declared.name));
  if (matches.length > 1) throw new DataError({ file, line: null, column: declared.name }, 'two columns of the file differ only in case');
  if (matches[0] === undefined) throw new DataError({ file, line: null, column: declared.name }, 'the file does not have this column');
  return matches[0];
}

function expression(declared: ReadColumn, found: readonly FileColumn[], file: string): Exact {
  const column = columnOf(declared, found, file);
  const exact = exactly(quoted(column.name), column.type, declared.type);
  if (exact === null)
    throw new DataError(
      { file, line: null, column: declared.name },
      `the file has ${column.type} where ${typeName(declared.type)} is declared`,
    );
  return exact;
}

function toValue(value: unknown, { name, type }: ReadColumn, scale: number, file: string, row: number): Value {
  const read = exactValue(value, scale, type);
  if ('value' in read) return read.value;
  throw new DataError({ file, line: row, column: name }, read.problem);
}

async function cutNanoseconds(
  columns: readonly ReadColumn[],
  found: readonly FileColumn[],
  file: string,
  count: (sql: string) => Promise<number>,
): Promise<string[]> {
  const warnings: string[] = [];
  for (const declared of columns) {
    const column = columnOf(declared, found, file);
    if (column.type !== 'TIMESTAMP_NS') continue;
    const cut = await count(`count_if(epoch_ns(${quoted(column.name)}) % 1000 <> 0)`);
    if (cut > 0) warnings.push(`${file}: ${declared.name}: ${tooPrecise(cut)}`);
  }
  return warnings;
}
