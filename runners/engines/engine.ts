/** What Lockstep asks of an engine. Values cross in the representation of `compiler/value.ts`, never as SQL text. */
import type { Dialect } from '../../compiler/emit/dialect.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';

export interface TypedColumn {
  readonly name: string;
  readonly type: SqlType;
}

export interface Connection {
  /** Of the SQL that it takes. */
  readonly dialect: Dialect;
  readonly execute: (sql: string) => Promise<void>;
  /** There from now on, for tables. */
  readonly schema: (name: string) => Promise<void>;
  readonly query: (
    sql: string,
    columns: readonly TypedColumn[],
    parameters?: readonly ListParameter[],
  ) => Promise<readonly (readonly Value[])[]>;
  /** Creates the table. `rows` have a value for each column. */
  readonly load: (table: string, columns: readonly TypedColumn[], rows: readonly (readonly Value[])[]) => Promise<void>;
  /** Adds rows to a table that exists. */
  readonly append: (table: string, columns: readonly TypedColumn[], rows: readonly (readonly Value[])[]) => Promise<void>;
  readonly close: () => void;
}

/** A bound array: one element for each row that is asked. */
export interface ListParameter {
  readonly name: string;
  readonly type: SqlType;
  readonly values: readonly Value[];
}

/** The engine failed, or gave what its type does not allow. */
export class EngineError extends Error {
  readonly engine: string;
  readonly hint: string | undefined;
  constructor(engine: string, message: string, hint?: string) {
    super(message);
    this.name = 'EngineError';
    this.engine = engine;
    this.hint = hint;
  }
}
