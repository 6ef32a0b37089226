/** MIN, MAX, and the value beside the least or greatest key. */
import { binary, call, caseWhen, cast, postfix, type Sql, type SqlSortKey, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { arity, digitsOf, expectArgs, refuse } from './arguments.ts';
import { clickhouseOrder } from './clickhouse-order.ts';
import { compareValues } from './compare-values.ts';
import type { AggregateRow, Arg, Refusal, Signature } from './define.ts';
import { collated, typed } from './postgres-sql.ts';

const extreme = (name: 'MIN' | 'MAX', sign: 1 | -1): AggregateRow => {
  const resolve = (args: readonly Arg[]): Signature | Refusal => {
    const refusal = expectArgs(name, args, ['any']);
    if (refusal) return refusal;
    const [x] = args as [Arg];
    if (x.type.kind === 'boolean')
      return refuse(
        'type-mismatch',
        `${name} of a BOOLEAN is not supported`,
        `write ${name === 'MIN' ? 'BOOLAND_AGG' : 'BOOLOR_AGG'}(x)`,
        0,
      );
    if (x.type.kind === 'binary')
      return refuse('type-mismatch', `${name} of a BINARY is not supported`, `${name}(HEX_ENCODE(x)) has the same order`, 0);
    if (x.type.kind === 'null') return refuse('type-mismatch', `${name} of a bare NULL has no type`, 'write CAST(NULL AS …)', 0);
    return { type: x.type, nullable: true, ...(x.type.kind === 'number' ? { digits: digitsOf(x) } : {}) };
  };
  const evaluate = (rows: readonly (readonly Value[])[]): Value =>
    rows.reduce<Value>(
      (best, [x]) => (x === null || x === undefined ? best : best === null || sign * compareValues(x, best) > 0 ? x : best),
      null,
    );
  return {
    kind: 'aggregate',
    name,
    summary: `The ${name === 'MIN' ? 'least' : 'greatest'} value; NULLs are skipped. Text goes by code points.`,
    resolve,
    empty: null,
    order: 'free',
    distinctAllowed: true,
    sql: {
      standard: ([x]) => call(name, x as Sql),
      postgres: ([x], { type }) => call(name, ordered(x as Sql, type)),
      clickhouse: ([x], { type }) => clickhouseExtreme(name, x as Sql, type),
    },
    evaluate,
    window: {
      resolve,
      sql: {
        standard: ([x], _, over) => over(call(name, x as Sql)),
        postgres: ([x], { type }, over) => over(call(name, ordered(x as Sql, type))),
        clickhouse: ([x], { type }, over) => clickhouseExtreme(name, x as Sql, type, over),
      },
      evaluate,
    },
    examples: [],
  };
};

/** ClickHouse's own leave NaN out, which is the greatest. */
function clickhouseExtreme(name: 'MIN' | 'MAX', x: Sql, type: SqlType, over = (aggregate: Sql): Sql => aggregate): Sql {
  const own = over(call(name, x));
  if (type.kind !== 'float') return own;
  const isNaN = call('isNaN', x);
  if (name === 'MAX') return caseWhen([{ when: binary(over(call('max', isNaN)), '=', token(1)), then: token('nan') }], own);
  return call('coalesce', over(call('min', caseWhen([{ when: binary(isNaN, '=', token(0)), then: x }]))), own);
}

const extremeBy = (name: 'MIN_BY' | 'MAX_BY', descending: boolean): AggregateRow => ({
  kind: 'aggregate',
  name,
  summary: `The first argument in the row where the second is ${descending ? 'greatest' : 'least'}; rows without a key are skipped, the value may be NULL.`,
  resolve: (args) => {
    const wrong = arity(name, args, 2);
    if (wrong)
      return args.length === 3
        ? {
            ...wrong,
            hint: `ARRAY_SLICE(ARRAY_AGG(x) WITHIN GROUP (ORDER BY key${descending ? ' DESC' : ''}), 0, n), of rows that have a key`,
          }
        : wrong;
    const [value, key] = args as [Arg, Arg];
    if (value.type.kind === 'null' || key.type.kind === 'null') return refuse('type-mismatch', `${name} of a bare NULL has no type`);
    return { type: value.type, nullable: true, ...(value.type.kind === 'number' ? { digits: digitsOf(value) } : {}) };
  },
  empty: null,
  order: 'needed',
  impliedOrder: { arg: 1, descending },
  distinctAllowed: false,
  sql: {
    // MAX_BY leaves ties undecided: the array is in the checked order, and inner arrays keep a NULL value.
    standard: ([value, key], { type, orderBy }) => {
      const boxed = caseWhen([{ when: postfix(key as Sql, 'IS NOT NULL'), then: call('ARRAY_CONSTRUCT', value as Sql) }]);
      const rows: Sql = { kind: 'call', name: 'ARRAY_AGG', args: [boxed], withinGroup: orderBy };
      return cast(call('GET', call('GET', rows, token(0)), token(0)), type);
    },
    duckdb: ([value, key], { orderBy }) => firstOf(value as Sql, orderBy, postfix(key as Sql, 'IS NOT NULL')),
    postgres: ([value, key], { orderBy }) => {
      const rows: Sql = {
        kind: 'call',
        name: 'array_agg',
        args: [typed(value as Sql)],
        orderBy,
        filter: postfix(key as Sql, 'IS NOT NULL'),
      };
      return call('lockstep_element', rows, token(1));
    },
    clickhouse: ([value, key], { orderBy }) =>
      call(
        'tupleElement',
        call('argMinIf', call('tuple', call('toNullable', value as Sql)), clickhouseOrder(orderBy), postfix(key as Sql, 'IS NOT NULL')),
        token(1),
      ),
  },
  evaluate: (rows) => rows.find(([, key]) => key !== null)?.[0] ?? null,
  examples: [],
});

const ordered = (x: Sql, type: SqlType): Sql => (type.kind === 'varchar' ? collated(x) : x);

/** DuckDB's `first` keeps a NULL. */
function firstOf(value: Sql, orderBy: readonly SqlSortKey[], filter: Sql): Sql {
  return { kind: 'call', name: 'first', args: [value], orderBy, filter };
}

export const extremeRows: readonly AggregateRow[] = [
  extreme('MIN', -1),
  extreme('MAX', 1),
  extremeBy('MIN_BY', false),
  extremeBy('MAX_BY', true),
];
