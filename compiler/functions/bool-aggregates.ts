/** Is it TRUE for all, for any of the rows? */
import { call, type Sql } from '../sql/tree.ts';
import { boolean } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { expectArgs } from './arguments.ts';
import type { AggregateRow, Arg, Refusal, Signature } from './define.ts';

const row = (name: string, native: string, decisive: boolean): AggregateRow => {
  const resolve = (args: readonly Arg[]): Signature | Refusal => expectArgs(name, args, ['boolean']) ?? { type: boolean, nullable: true };
  const evaluate = (rows: readonly (readonly Value[])[]): Value => {
    const known = rows.map(([x]) => x).filter((x) => x !== null);
    return known.length === 0 ? null : known.includes(decisive) === decisive;
  };
  return {
    kind: 'aggregate',
    name,
    summary: `TRUE if ${decisive ? 'any' : 'every'} value is; NULLs are skipped.`,
    resolve,
    empty: null,
    order: 'free',
    distinctAllowed: false,
    sql: { standard: ([x]) => call(name, x as Sql), duckdb: ([x]) => call(native, x as Sql), postgres: ([x]) => call(native, x as Sql) },
    evaluate,
    window: {
      resolve,
      sql: {
        standard: ([x], _, over) => over(call(name, x as Sql)),
        duckdb: ([x], _, over) => over(call(native, x as Sql)),
        postgres: ([x], _, over) => over(call(native, x as Sql)),
      },
      evaluate,
    },
    examples: [],
  };
};

export const boolAggregateRows: readonly AggregateRow[] = [row('BOOLAND_AGG', 'bool_and', false), row('BOOLOR_AGG', 'bool_or', true)];
