/** Is it TRUE for all, for any of the rows? */
import { binary, call, caseWhen, cast, type Sql, token } from '../sql/tree.ts';
import { boolean } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { expectArgs, refuse } from './arguments.ts';
import type { AggregateRow, Arg, Refusal, Signature } from './define.ts';

type Wrap = (aggregate: Sql) => Sql;

/** Whether a fraction counts as 0 is not documented, so numbers are whole. */
function truth(x: Sql, args: readonly Arg[]): Sql {
  return args[0]?.type.kind === 'number' ? binary(x, '<>', token(0)) : x;
}

const row = (
  name: string,
  summary: string,
  build: (x: Sql, wrap: Wrap) => Sql,
  decide: (known: readonly boolean[]) => boolean,
): AggregateRow => {
  const resolve = (args: readonly Arg[]): Signature | Refusal => {
    const refusal = args[0]?.type.kind === 'number' ? expectArgs(name, args, ['integer']) : expectArgs(name, args, ['boolean']);
    if (refusal)
      return args[0]?.type.kind === 'number' && args.length === 1
        ? refuse('type-mismatch', `${name} takes a BOOLEAN or a whole number`, 'compare it: x <> 0', 0)
        : refusal;
    return { type: boolean, nullable: true };
  };
  const evaluate = (rows: readonly (readonly Value[])[]): Value => {
    const known = rows.flatMap(([x]) => (x === null || x === undefined ? [] : [typeof x === 'bigint' ? x !== 0n : x === true]));
    return known.length === 0 ? null : decide(known);
  };
  // Postgres has the same functions.
  const whole = ([x]: readonly Sql[], { args }: { readonly args: readonly Arg[] }): Sql =>
    build(truth(x as Sql, args), (aggregate) => aggregate);
  const overPartition = ([x]: readonly Sql[], { args }: { readonly args: readonly Arg[] }, over: Wrap): Sql =>
    build(truth(x as Sql, args), over);
  const onClickhouse = ([x]: readonly Sql[], { args }: { readonly args: readonly Arg[] }, over: Wrap): Sql =>
    cast(
      build(cast(truth(x as Sql, args), 'Nullable(UInt8)'), (aggregate) => over(clickhouseName(aggregate))),
      boolean,
    );
  return {
    kind: 'aggregate',
    name,
    summary,
    resolve,
    empty: null,
    order: 'free',
    distinctAllowed: false,
    sql: {
      standard: ([x]) => call(name, x as Sql),
      duckdb: whole,
      postgres: whole,
      clickhouse: (args, types) => onClickhouse(args, types, (aggregate) => aggregate),
    },
    evaluate,
    window: {
      partitionOnly: true,
      resolve,
      sql: {
        standard: ([x], _, over) => over(call(name, x as Sql)),
        duckdb: overPartition,
        postgres: overPartition,
        clickhouse: onClickhouse,
      },
      evaluate,
    },
    examples: [],
  };
};

const clickhouseNames: Readonly<Record<string, string>> = { bool_and: 'min', bool_or: 'max' };
const clickhouseName = (x: Sql): Sql => (x.kind === 'call' ? { ...x, name: clickhouseNames[x.name] ?? x.name } : x);

function exactlyOne(x: Sql, wrap: Wrap): Sql {
  const trues = wrap(call('count', caseWhen([{ when: x, then: token(1) }])));
  return caseWhen([{ when: binary(wrap(call('count', x)), '>', token(0)), then: binary(trues, '=', token(1)) }]);
}

export const boolAggregateRows: readonly AggregateRow[] = [
  row(
    'BOOLAND_AGG',
    'TRUE if every value is; NULLs are skipped. Of numbers, 0 is FALSE.',
    (x, wrap) => wrap(call('bool_and', x)),
    (known) => !known.includes(false),
  ),
  row(
    'BOOLOR_AGG',
    'TRUE if any value is; NULLs are skipped. Of numbers, 0 is FALSE.',
    (x, wrap) => wrap(call('bool_or', x)),
    (known) => known.includes(true),
  ),
  row(
    'BOOLXOR_AGG',
    'TRUE if exactly one value is; NULLs are skipped. Of numbers, 0 is FALSE.',
    exactlyOne,
    (known) => known.filter((x) => x).length === 1,
  ),
];
