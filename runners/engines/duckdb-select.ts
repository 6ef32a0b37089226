/** SQL that somebody else wrote, on DuckDB: looked at before it is run, run for so long and no longer, and only for reading. */
import { type DuckDBConnection, type DuckDBInstance, type DuckDBType, type DuckDBValue, StatementType, VARCHAR } from '@duckdb/node-api';
import type { Json } from '../../compiler/functions/json-values.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { attempted } from './duckdb-connection.ts';
import { duckdbType, toDuckdb } from './duckdb-values.ts';

export interface Selects {
  /** The tree of the statements as DuckDB's parser sees them, or why there is none. Never runs anything of them. */
  readonly tree: (sql: string) => Promise<Json>;
  /** EngineError if it cannot be planned. `statements`: how many there are; `isSelect`: what DuckDB takes the first one for. */
  readonly plan: (sql: string) => Promise<{ readonly statements: number; readonly isSelect: boolean; readonly columns: readonly string[] }>;
  /** EngineError if it fails; `interrupted` says that it took too long. One at a time. */
  readonly run: (sql: string, parameters: readonly SingleParameter[], limits: SelectLimits) => Promise<Selected>;
  readonly close: () => void;
}

export interface SingleParameter {
  readonly name: string;
  readonly type: SqlType;
  readonly value: Value;
}

export interface SelectLimits {
  readonly milliseconds: number;
  /** More rows are not read. */
  readonly mostRows: number;
}

export type Selected =
  | { readonly interrupted: true }
  | {
      readonly interrupted: false;
      readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[];
      readonly rows: readonly (readonly DuckDBValue[])[];
      /** There are rows that were not read. */
      readonly more: boolean;
    };

const treeSql = 'SELECT json_serialize_sql(CAST($sql AS VARCHAR), skip_null := true, skip_empty := true, skip_default := true)';

/** Two connections: what is looked at does not wait for what runs. */
export async function connectSelects(instance: DuckDBInstance): Promise<Selects> {
  const looking = await instance.connect();
  const running = await instance.connect();
  const treeOf = await looking.prepare(treeSql);
  let last: Promise<unknown> = Promise.resolve();
  // What is bound stays bound: one after the other.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(() => attempted(work));
    last = done.catch(() => {});
    return done;
  };
  return {
    tree: (sql) =>
      inTurn(async () => {
        treeOf.bind({ sql }, { sql: VARCHAR });
        return JSON.parse(String((await treeOf.runAndReadAll()).getRows()[0]?.[0])) as Json;
      }),
    plan: (sql) =>
      inTurn(async () => {
        const extracted = await looking.extractStatements(sql);
        const statement = await extracted.prepare(0);
        try {
          const columns = Array.from({ length: statement.columnCount }, (_, i) => statement.columnName(i));
          return { statements: extracted.count, isSelect: statement.statementType === StatementType.SELECT, columns };
        } finally {
          statement.destroySync();
        }
      }),
    run: (sql, parameters, limits) => attempted(() => run(running, sql, parameters, limits)),
    close: () => {
      looking.closeSync();
      running.closeSync();
    },
  };
}

async function run(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly SingleParameter[],
  { milliseconds, mostRows }: SelectLimits,
): Promise<Selected> {
  let interrupted = false;
  // Again and again: an interrupt that comes between two statements stops neither.
  let timer = setTimeout(function interrupt() {
    interrupted = true;
    connection.interrupt();
    timer = setTimeout(interrupt, 20);
  }, milliseconds);
  try {
    // Whatever the statement turns out to be, it cannot write.
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const statement = await connection.prepare(sql);
    try {
      if (statement.statementType !== StatementType.SELECT) throw new Error('this is no SELECT');
      statement.bind(
        Object.fromEntries(parameters.map((p) => [p.name, toDuckdb(p.value, p.type)])),
        Object.fromEntries(parameters.map((p) => [p.name, duckdbType(p.type)])),
      );
      const reader = await statement.streamAndReadUntil(mostRows + 1);
      const names = reader.deduplicatedColumnNames();
      const types = reader.columnTypes();
      const rows = reader.getRows();
      return {
        interrupted: false,
        columns: names.map((name, i) => ({ name, type: types[i] as DuckDBType })),
        rows: rows.slice(0, mostRows),
        more: rows.length > mostRows,
      };
    } finally {
      statement.destroySync();
    }
  } catch (thrown) {
    if (interrupted) return { interrupted };
    throw thrown;
  } finally {
    clearTimeout(timer);
    await connection
      .run('ROLLBACK')
      .catch(() => connection.run('ROLLBACK'))
      .catch(() => {});
  }
}
