/** Parquet through DuckDB: the types in the file must be the declared ones. */
import { type SqlType, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type ReadColumn, sameName, type TypedRows, tooPrecise } from './column.ts';
import { DataError } from './data-error.ts';
import { fitted, inRange, parseText } from './parse-value.ts';

const integers = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

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
      `SELECT ${selected.join(', ')} FROM read_parquet(${path}, file_row_number = true) ORDER BY file_row_number`,
    );
    const rows = result.getRows().map((row, index) => columns.map((column, i) => toValue(row[i], column, file, index + 1)));
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

/** Brings a column to what JavaScript holds exactly: unscaled integers, days, microseconds. */
function expression(declared: ReadColumn, found: readonly FileColumn[], file: string): string {
  const column = columnOf(declared, found, file);
  const name = quoted(column.name);
  const sql = exactly(name, column.type, declared.type);
  if (sql === null)
    throw new DataError(
      { file, line: null, column: declared.name },
      `the file has ${column.type} where ${typeName(declared.type)} is declared`,
    );
  return sql;
}

function exactly(name: string, written: string, type: SqlType): string | null {
  switch (type.kind) {
    case 'number': {
      if (integers.test(written)) return type.scale === 0 ? `${name}::HUGEINT` : null;
      const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(written);
      if (decimal === null || Number(decimal[2]) !== type.scale || Number(decimal[1]) > type.precision) return null;
      return `replace(${name}::VARCHAR, '.', '')::HUGEINT`;
    }
    case 'float':
      return written === 'DOUBLE' || written === 'FLOAT' ? `${name}::DOUBLE` : null;
    case 'timestamp':
      if (type.zone === 'ltz') return written === 'TIMESTAMP WITH TIME ZONE' ? `epoch_us(${name})` : null;
      return /^TIMESTAMP(_S|_MS|_NS)?$/.test(written) ? `epoch_us(${name}::TIMESTAMP)` : null;
    case 'date':
      return written === 'DATE' ? `(${name} - DATE '1970-01-01')::BIGINT` : null;
    case 'boolean':
    case 'varchar':
      return written === type.kind.toUpperCase() ? name : null;
    case 'variant':
      return written === 'VARCHAR' || written === 'JSON' ? `${name}::VARCHAR` : null;
    case 'time':
    case 'binary':
    case 'array':
    case 'element':
    case 'null':
      return null;
  }
}

function toValue(value: unknown, { name, type }: ReadColumn, file: string, row: number): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') {
    if (type.kind === 'date' || (type.kind === 'timestamp' && inRange(value))) return value;
    const number = type.kind === 'number' ? fitted(value, type) : { problem: `the value is beyond ${typeName(type)}` };
    if ('value' in number) return number.value;
    throw new DataError({ file, line: row, column: name }, number.problem);
  }
  if (type.kind === 'variant' && typeof value === 'string') {
    const parsed = parseText(value, type);
    if ('value' in parsed) return parsed.value;
    throw new DataError({ file, line: row, column: name }, parsed.problem);
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new DataError({ file, line: row, column: name }, `the value is no ${typeName(type)}`);
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
