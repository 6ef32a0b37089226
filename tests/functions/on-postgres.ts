/** One scalar row on Postgres over given values, beside what the reference says. */
import type { Arg, CallTypes, ScalarRow } from '../../compiler/functions/define.ts';
import { sqlFor } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { name, type Sql } from '../../compiler/sql/tree.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { literalSql, type TestEngine, testEngines } from './engines.ts';
import { constant, print, valueText } from './print-for-test.ts';

/** A column of a type, or a constant. */
export interface Given {
  readonly type: SqlType;
  readonly literal?: string;
}

export interface RowOnPostgres {
  readonly refused: boolean;
  readonly meant: (values: readonly Value[]) => string | null;
  /** One cell for each list of values; constants among them. */
  readonly got: (rows: readonly (readonly Value[])[]) => Promise<readonly (string | null)[]>;
}

export async function openRows(): Promise<(rowName: string, given: readonly Given[]) => RowOnPostgres> {
  const engine = testEngines.find((e) => e.name === 'postgres') as TestEngine;
  const { rows: ask } = await engine.open();
  return (rowName, given) => {
    const row = functionRows.find((candidate) => candidate.name === rowName) as ScalarRow;
    const args = given.map((arg): Arg => ({ nullable: arg.literal === undefined, ...arg }));
    const signature = row.resolve(args);
    if ('refused' in signature) return { refused: true, meant: () => null, got: async () => [] };
    const typed = args.map((arg, i): Arg => ({ ...arg, type: signature.params?.[i] ?? arg.type }));
    const types: CallTypes = { args: typed, type: signature.type };
    return {
      refused: false,
      meant: (values) => {
        const meant = row.nulls === 'propagate' && values.includes(null) ? null : row.evaluate(values, types);
        return meant === null ? null : valueText(meant, types.type);
      },
      got: async (rows) => {
        const columns = typed.map(
          (arg, i): Sql => (typeof arg.literal === 'string' ? literalSql(engine, arg.literal, arg.type) : name(`c${i}`)),
        );
        const made = engine.asText(print(sqlFor(row, row.sql, 'postgres')(columns, types), 'postgres'), types.type);
        const lines = rows.map(
          (values, i) => `(${[i, ...values.map((value, j) => constant(value, (typed[j] as Arg).type, 'postgres'))].join(', ')})`,
        );
        const cells = await ask(
          `SELECT ${made} FROM (VALUES ${lines.join(', ')}) t(${['i', ...given.map((_, i) => `c${i}`)].join(', ')}) ORDER BY i`,
        );
        return cells.map(([cell]) => cell ?? null);
      },
    };
  };
}
