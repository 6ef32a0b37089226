/** A DuckDB file that others wrote, opened for reading only. Rows come as they stream, so that not all of them are held. */
import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampValue, type DuckDBValue, TIMESTAMP } from '@duckdb/node-api';
import { attempted, settings } from './duckdb-connection.ts';
import { EngineError } from './engine.ts';

export interface DuckdbReader {
  /** Columns of a relation, by names that are quoted already; null: there is no such relation. */
  readonly describe: (relation: string) => Promise<readonly { readonly name: string; readonly type: string }[] | null>;
  readonly rows: (sql: string, parameters: Instants) => AsyncIterable<readonly (readonly DuckDBValue[])[]>;
  readonly close: () => void;
}

/** Bound by name; microseconds. */
export type Instants = Readonly<Record<string, bigint>>;

/** `shown`: what messages call the file, whose name may come from the environment. */
export async function openDuckdbReader(file: string, shown: string): Promise<DuckdbReader> {
  const instance = await openInstance(file, shown, { access_mode: 'READ_ONLY' }, 'nobody may write to it meanwhile');
  const connection = await instance.connect();
  for (const setting of settings) await connection.run(`SET ${setting}`);
  return {
    ...readsOn(connection),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export async function openInstance(
  file: string,
  shown: string,
  options: Readonly<Record<string, string>>,
  hint: string,
): Promise<DuckDBInstance> {
  return attempted(() => DuckDBInstance.create(file, options)).catch((thrown: unknown) => {
    const message = (thrown as EngineError).message.replaceAll(file, shown);
    throw new EngineError('duckdb', message, /lock/i.test(message) ? hint : undefined);
  });
}

export const readsOn = (connection: DuckDBConnection): Omit<DuckdbReader, 'close'> => ({
  describe: async (relation) => {
    try {
      const described = await attempted(() => connection.runAndReadAll(`DESCRIBE SELECT * FROM ${relation}`));
      return described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
    } catch (thrown) {
      if (thrown instanceof EngineError && /^(Catalog|Binder) Error: (Catalog|Table with name) /.test(thrown.message)) return null;
      throw thrown;
    }
  },
  rows: async function* (sql, parameters) {
    const result = await attempted(() =>
      connection.stream(
        sql,
        Object.fromEntries(Object.entries(parameters).map(([name, at]) => [name, new DuckDBTimestampValue(at)])),
        Object.fromEntries(Object.keys(parameters).map((name) => [name, TIMESTAMP])),
      ),
    );
    for (;;) {
      const chunk = await attempted(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows();
    }
  },
});
