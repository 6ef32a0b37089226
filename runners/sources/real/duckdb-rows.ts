/** All rows of a small result. */
import type { DuckdbReader, Instants } from '../../engines/duckdb-reader.ts';

export async function rowsOf(
  reader: Pick<DuckdbReader, 'rows'>,
  sql: string,
  instants: Instants,
): Promise<readonly (readonly unknown[])[]> {
  const rows: (readonly unknown[])[] = [];
  for await (const chunk of reader.rows(sql, instants)) rows.push(...chunk);
  return rows;
}
