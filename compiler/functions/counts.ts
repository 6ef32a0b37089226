/** COUNT and COUNT_IF: never NULL. */
import { call, type Sql, token } from '../sql/tree.ts';
import { number } from '../sql-type.ts';
import { distinctSupport } from './aggregate-sql.ts';
import { arity, expectArgs, refuse } from './arguments.ts';
import type { AggregateRow, Arg, Refusal, Signature } from './define.ts';
import { numeric, typed } from './postgres-sql.ts';

/** No relation has 10^12 rows. */
export const countDigits = 12;
const counted: Signature = { type: number(18), nullable: false, digits: countDigits };

function resolveCount(args: readonly Arg[], distinct: boolean): Signature | Refusal {
  if (args.length === 0 && distinct) return refuse('wrong-arguments', 'COUNT(DISTINCT *) is not supported', 'name the column to count');
  const wrong = arity('COUNT', args, 0, 1);
  if (wrong) {
    const pairs = 'SELECT DISTINCT the columns in a CTE where none is NULL, and COUNT(*) its rows';
    return { ...wrong, hint: distinct ? pairs : 'rows with no NULL among the columns: COUNT_IF(a IS NOT NULL AND b IS NOT NULL)' };
  }
  if (distinct && args[0]?.type.kind === 'float')
    return refuse(
      'float-taint',
      'COUNT(DISTINCT x) of a FLOAT depends on its last bit',
      'round it to a NUMBER first: CAST(x AS NUMBER(38, 6))',
      0,
    );
  return counted;
}

const star = token('*');

const count: AggregateRow = {
  kind: 'aggregate',
  name: 'COUNT',
  summary: 'How many rows, or how many values that are not NULL.',
  resolve: resolveCount,
  empty: '0',
  order: 'free',
  distinctAllowed: true,
  sql: {
    standard: ([x], { distinct }) => distinctSupport(call('COUNT', x ?? star), distinct),
    postgres: ([x], { distinct }) => numeric(distinctSupport(call('COUNT', typed(x ?? star)), distinct)),
  },
  evaluate: (rows) => BigInt(rows.filter((row) => row[0] !== null).length),
  window: {
    resolve: (args) => resolveCount(args, false),
    sql: {
      standard: ([x], _, over) => over(call('COUNT', x ?? star)),
      postgres: ([x], _, over) => numeric(over(call('COUNT', typed(x ?? star)))),
    },
    evaluate: (rows) => BigInt(rows.filter((row) => row[0] !== null).length),
  },
  examples: [],
};

const resolveCountIf = (args: readonly Arg[]): Signature | Refusal => expectArgs('COUNT_IF', args, ['boolean']) ?? counted;
/** DuckDB's own is NULL over no rows, and a HUGEINT; Postgres has none. */
const filtered = (x: Sql): Sql => ({ kind: 'call', name: 'COUNT', args: [star], filter: x });

const countIf: AggregateRow = {
  kind: 'aggregate',
  name: 'COUNT_IF',
  summary: 'In how many rows the condition is TRUE.',
  resolve: resolveCountIf,
  empty: '0',
  order: 'free',
  distinctAllowed: false,
  sql: {
    standard: ([x]) => call('COUNT_IF', x as Sql),
    duckdb: ([x]) => filtered(x as Sql),
    postgres: ([x]) => numeric(filtered(x as Sql)),
  },
  evaluate: (rows) => BigInt(rows.filter(([x]) => x === true).length),
  window: {
    resolve: resolveCountIf,
    sql: {
      standard: ([x], _, over) => over(call('COUNT_IF', x as Sql)),
      duckdb: ([x], _, over) => over(filtered(x as Sql)),
      postgres: ([x], _, over) => numeric(over(filtered(x as Sql))),
    },
    evaluate: (rows) => BigInt(rows.filter(([x]) => x === true).length),
  },
  examples: [],
};

export const countRows: readonly AggregateRow[] = [count, countIf];
