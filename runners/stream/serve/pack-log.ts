/** A file of the log that is full, as Parquet: a tenth of its size, and of use to whoever reads it with SQL. */
import { chmod, rename, rm, stat } from 'node:fs/promises';

/** `file`: NDJSON. The Parquet file stands beside it, for its owner only; its lines are gone when it is there, and not before. */
export async function packLog(file: string): Promise<void> {
  if ((await stat(file)).size === 0) return rm(file);
  const packed = file.replace(/\.ndjson$/, '.parquet');
  const unfinished = `${packed}.tmp`;
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const text = (path: string): string => `'${path.replaceAll("'", "''")}'`;
    // A line that a crash has cut is no answer that anybody got.
    await connection.run(`COPY (
  SELECT json_extract_string(line, '$.feature') AS feature, json_extract_string(line, '$.version') AS version,
    CAST(json_extract_string(line, '$.as_of') AS TIMESTAMP) AS as_of,
    CAST(json_extract_string(line, '$."lockstep.asked_at"') AS TIMESTAMP) AS asked_at, line AS answer
  FROM (SELECT unnest(string_split(content, chr(10))) AS line FROM read_text(${text(file)}))
  WHERE line <> '' AND json_valid(line)
) TO ${text(unfinished)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  await chmod(unfinished, 0o600);
  await rename(unfinished, packed);
  await rm(file);
}
