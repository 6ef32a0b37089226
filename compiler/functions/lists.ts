/** Texts of a group in one. */
import { call, postfix, type Sql, str } from '../sql/tree.ts';
import { varchar } from '../sql-type.ts';
import { distinctSupport } from './aggregate-sql.ts';
import { expectArgs, refuse } from './arguments.ts';
import { inOrder } from './clickhouse-order.ts';
import type { AggregateRow, AggregateSqlCall, Arg } from './define.ts';
import { collated } from './postgres-sql.ts';

const listAgg: AggregateRow = {
  kind: 'aggregate',
  name: 'LISTAGG',
  aliases: ['STRING_AGG'],
  summary: "Texts in a stated order with a separator between them; NULLs are skipped, '' over no rows.",
  resolve: (args) => {
    const refusal = expectArgs('LISTAGG', args, ['varchar', 'varchar'], 1);
    if (refusal) return refusal;
    const separator = args[1] as Arg | undefined;
    if (separator && typeof separator.literal !== 'string')
      return refuse('wrong-arguments', 'LISTAGG needs a constant separator', undefined, 1);
    return { type: varchar, nullable: false };
  },
  empty: '',
  order: 'needed',
  distinctAllowed: true,
  sql: {
    standard: ([x, separator], call) => ({ ...aggregate('LISTAGG', x as Sql, separator, call), withinGroup: call.orderBy }),
    duckdb: ([x, separator], sqlCall) =>
      call('COALESCE', { ...aggregate('string_agg', x as Sql, separator ?? str(''), sqlCall), orderBy: sqlCall.orderBy }, str('')),
    // Under DISTINCT the sort key must be the argument, with its collation.
    postgres: ([x, separator], sqlCall) => {
      const orderBy = sqlCall.distinct ? sqlCall.orderBy.map((key) => ({ ...key, expr: collated(key.expr) })) : sqlCall.orderBy;
      const text = sqlCall.distinct ? collated(x as Sql) : (x as Sql);
      return call('COALESCE', { ...aggregate('string_agg', text, separator ?? str(''), sqlCall), orderBy }, str(''));
    },
    clickhouse: ([x, separator = str('')], { orderBy, distinct }) => {
      const texts = inOrder(x as Sql, orderBy, postfix(x as Sql, 'IS NOT NULL'));
      return call('arrayStringConcat', distinct ? call('arrayDistinct', texts) : texts, separator);
    },
  },
  evaluate: (rows, { args }) => {
    const separator = String(args[1]?.literal ?? '');
    return rows.flatMap(([x]) => (x === null ? [] : [x])).join(separator);
  },
  examples: [],
};

function aggregate(name: string, x: Sql, separator: Sql | undefined, { distinct }: AggregateSqlCall): Sql & { kind: 'call' } {
  return distinctSupport(separator ? call(name, x, separator) : call(name, x), distinct) as Sql & { kind: 'call' };
}

export const listRows: readonly AggregateRow[] = [listAgg];
