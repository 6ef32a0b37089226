/** Results column by column, in pieces, for those that read millions of rows: numbers as DOUBLE, texts as VARCHAR. */
import { BIGINT, type DuckDBInstance, type DuckDBPreparedStatement, LIST, listValue } from '@duckdb/node-api';
import { attempted } from './duckdb-connection.ts';

export interface Piece {
  readonly rows: number;
  /** NaN: NULL. */
  readonly numbers: (column: number) => (row: number) => number;
  readonly texts: (column: number) => (row: number) => string | null;
}

export interface ColumnReader {
  readonly execute: (sql: string) => Promise<void>;
  /** One piece after the other, as the engine has it; false: it is enough. */
  readonly read: (sql: string, parameters: Readonly<Record<string, Whole>>, take: (piece: Piece) => boolean) => Promise<void>;
  readonly close: () => void;
}

/** One of 64 bits, or a list of them. */
export type Whole = bigint | readonly bigint[];

export async function connectColumns(instance: DuckDBInstance): Promise<ColumnReader> {
  const connection = await instance.connect();
  const statements = new Map<string, DuckDBPreparedStatement>();
  return {
    execute: (sql) => attempted(async () => void (await connection.run(sql))),
    read: (sql, parameters, take) =>
      attempted(async () => {
        const statement = statements.get(sql) ?? (await connection.prepare(sql));
        statements.set(sql, statement);
        const given = Object.entries(parameters);
        const isList = (value: Whole): value is readonly bigint[] => typeof value !== 'bigint';
        statement.bind(
          Object.fromEntries(given.map(([name, value]) => [name, isList(value) ? listValue([...value]) : value])),
          Object.fromEntries(given.map(([name, value]) => [name, isList(value) ? LIST(BIGINT) : BIGINT])),
        );
        const result = await statement.stream();
        for (;;) {
          const chunk = await result.fetchChunk();
          if (chunk === null || chunk.rowCount === 0) return;
          const goesOn = take({
            rows: chunk.rowCount,
            numbers: (column) => {
              const vector = chunk.getColumnVector(column);
              return (row) => (vector.getItem(row) as number | null) ?? Number.NaN;
            },
            texts: (column) => {
              const vector = chunk.getColumnVector(column);
              return (row) => vector.getItem(row) as string | null;
            },
          });
          if (!goesOn) return;
        }
      }),
    close: () => connection.closeSync(),
  };
}
