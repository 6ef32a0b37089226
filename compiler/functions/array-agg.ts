/** Values of a group as an array. */
import { call, postfix, type Sql, str, token } from '../sql/tree.ts';
import { distinctSupport } from './aggregate-sql.ts';
import { arity } from './arguments.ts';
import { elementRefusal } from './arrays.ts';
import { arrayOfElements } from './clickhouse-arrays.ts';
import { inOrder } from './clickhouse-order.ts';
import type { AggregateRow, AggregateSqlCall, Arg } from './define.ts';
import { collated, typed } from './postgres-sql.ts';

const aggregate = (name: string, x: Sql, { distinct, orderBy }: AggregateSqlCall): Sql =>
  distinctSupport({ kind: 'call', name, args: [x], orderBy, filter: postfix(x, 'IS NOT NULL') }, distinct);

const arrayAgg: AggregateRow = {
  kind: 'aggregate',
  name: 'ARRAY_AGG',
  aliases: ['ARRAYAGG'],
  summary: 'Values in a stated order as an array; NULLs are skipped, an array without elements over no rows.',
  resolve: (args) => {
    const refusal = arity('ARRAY_AGG', args, 1) ?? elementRefusal('ARRAY_AGG', args);
    return refusal ?? { type: { kind: 'array', of: (args[0] as Arg).type }, nullable: false };
  },
  empty: '[]',
  order: 'needed',
  distinctAllowed: true,
  sql: {
    standard: ([x], sqlCall) => ({
      ...(distinctSupport(call('ARRAY_AGG', x as Sql), sqlCall.distinct) as Sql & { kind: 'call' }),
      withinGroup: sqlCall.orderBy,
    }),
    duckdb: ([x], sqlCall) => call('COALESCE', aggregate('list', x as Sql, sqlCall), token('[]')),
    // Under DISTINCT the sort key must be the argument, with its collation.
    postgres: ([x], sqlCall) => {
      const text = sqlCall.distinct && sqlCall.args[0]?.type.kind === 'varchar';
      const value = text ? collated(x as Sql) : typed(x as Sql);
      const orderBy = text ? sqlCall.orderBy.map((key) => ({ ...key, expr: collated(key.expr) })) : sqlCall.orderBy;
      return call('COALESCE', aggregate('array_agg', value, { ...sqlCall, orderBy }), str('{}'));
    },
    clickhouse: ([x], { orderBy, distinct, type }) => {
      const elements = inOrder(x as Sql, orderBy, postfix(x as Sql, 'IS NOT NULL'));
      return arrayOfElements(distinct ? call('arrayDistinct', elements) : elements, type);
    },
  },
  evaluate: (rows) => rows.flatMap(([x]) => (x === null || x === undefined ? [] : [x])),
  examples: [],
};

export const arrayAggregateRows: readonly AggregateRow[] = [arrayAgg];
