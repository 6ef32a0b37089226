/** COUNT and COUNT_IF: never NULL. */
import { binary, call, caseWhen, postfix, type Sql, str, token } from '../sql/tree.ts';
import { number } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { distinctSupport } from './aggregate-sql.ts';
import { expectArgs, refuse } from './arguments.ts';
import { whole } from './clickhouse-sql.ts';
import type { AggregateCall, AggregateRow, Arg, Refusal, Signature } from './define.ts';
import { numeric, typed } from './postgres-sql.ts';

/** No relation has 10^12 rows. */
export const countDigits = 12;
const counted: Signature = { type: number(18), nullable: false, digits: countDigits };

function resolveCount(args: readonly Arg[], distinct: boolean): Signature | Refusal {
  if (args.length === 0 && distinct) return refuse('wrong-arguments', 'COUNT(DISTINCT *) is not supported', 'name the column to count');
  const float = args.findIndex((arg) => arg.type.kind === 'float');
  if (distinct && float >= 0)
    return refuse(
      'float-taint',
      'COUNT(DISTINCT x) of a FLOAT depends on its last bit',
      'round it to a NUMBER first: CAST(x AS NUMBER(38, 6))',
      float,
    );
  return counted;
}

const star = token('*');

/** Of several columns, rows where none is NULL count. */
function duckdbCount(args: readonly Sql[], distinct: boolean): Sql {
  if (args.length < 2) return distinctSupport(call('COUNT', args[0] ?? star), distinct);
  const filter = args.map((x) => postfix(x, 'IS NOT NULL')).reduce((a, b) => binary(a, 'AND', b));
  if (!distinct) return { kind: 'call', name: 'COUNT', args: [star], filter };
  return { kind: 'call', name: 'COUNT', args: [call('row', ...args)], distinct, filter };
}

function postgresCount(args: readonly Sql[], distinct: boolean): Sql {
  return args.length < 2 ? distinctSupport(call('COUNT', typed(args[0] ?? star)), distinct) : duckdbCount(args, distinct);
}

/** To COUNT, and to it alone, a JSON null is NULL. */
const countKnown = (rows: readonly (readonly Value[])[], { args }: AggregateCall): bigint => {
  const known = (value: Value, i: number): boolean => value !== null && !(args[i]?.type.kind === 'variant' && value === 'null');
  return BigInt(rows.filter((row) => row.every(known)).length);
};

const isVariant = (arg: Arg | undefined): boolean => arg?.type.kind === 'variant';

const withoutJsonNull = (args: readonly Sql[], { args: types }: AggregateCall, kind: string, jsonNull: string): readonly Sql[] =>
  args.map((x, i) => (isVariant(types[i]) ? caseWhen([{ when: binary(call(kind, x), '<>', str(jsonNull)), then: x }]) : x));

const inDuckdb = (args: readonly Sql[], sqlCall: AggregateCall): readonly Sql[] => withoutJsonNull(args, sqlCall, 'json_type', 'NULL');
const inPostgres = (args: readonly Sql[], sqlCall: AggregateCall): readonly Sql[] => withoutJsonNull(args, sqlCall, 'json_typeof', 'null');

function clickhouseCount(given: readonly Sql[], sqlCall: AggregateCall, distinct: boolean): Sql {
  const args = withoutJsonNull(given, sqlCall, 'JSONType', 'Null');
  if (distinct) return { kind: 'call', name: 'uniqExact', args };
  const known = args.map((x) => postfix(x, 'IS NOT NULL'));
  return known.length === 0
    ? call('count')
    : call(
        'countIf',
        known.reduce((a, b) => binary(a, 'AND', b)),
      );
}

const count: AggregateRow = {
  kind: 'aggregate',
  name: 'COUNT',
  summary: 'How many rows, or how many that have no NULL among the given values; a JSON null counts as NULL.',
  resolve: resolveCount,
  empty: '0',
  order: 'free',
  distinctAllowed: true,
  sql: {
    standard: (args, { distinct }) => distinctSupport(call('COUNT', ...(args.length === 0 ? [star] : args)), distinct),
    duckdb: (args, sqlCall) => duckdbCount(inDuckdb(args, sqlCall), sqlCall.distinct),
    postgres: (args, sqlCall) => numeric(postgresCount(inPostgres(args, sqlCall), sqlCall.distinct)),
    clickhouse: (args, sqlCall) => whole(clickhouseCount(args, sqlCall, sqlCall.distinct)),
  },
  evaluate: countKnown,
  window: {
    resolve: (args) => resolveCount(args, false),
    sql: {
      standard: (args, _, over) => over(call('COUNT', ...(args.length === 0 ? [star] : args))),
      duckdb: (args, sqlCall, over) => over(duckdbCount(inDuckdb(args, sqlCall), false)),
      postgres: (args, sqlCall, over) => numeric(over(postgresCount(inPostgres(args, sqlCall), false))),
      clickhouse: (args, sqlCall, over) => whole(over(clickhouseCount(args, sqlCall, false))),
    },
    evaluate: countKnown,
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
    clickhouse: ([x]) => whole(call('countIf', x as Sql)),
  },
  evaluate: (rows) => BigInt(rows.filter(([x]) => x === true).length),
  window: {
    resolve: resolveCountIf,
    sql: {
      standard: ([x], _, over) => over(call('COUNT_IF', x as Sql)),
      duckdb: ([x], _, over) => over(filtered(x as Sql)),
      postgres: ([x], _, over) => numeric(over(filtered(x as Sql))),
      clickhouse: ([x], _, over) => whole(over(call('countIf', x as Sql))),
    },
    evaluate: (rows) => BigInt(rows.filter(([x]) => x === true).length),
  },
  examples: [],
};

export const countRows: readonly AggregateRow[] = [count, countIf];
