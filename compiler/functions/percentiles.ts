/** PERCENTILE_CONT and PERCENTILE_DISC. Their arguments here: the values, the percentile, whether from the greatest down. */
import { binary, call, cast, postfix, type Sql, token } from '../sql/tree.ts';
import { float, number, type SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { digitsOf, expectKind, refuse, scaleOf } from './arguments.ts';
import { quotientCut, signed, wide } from './clickhouse-sql.ts';
import { compareValues } from './compare-values.ts';
import type { AggregateRow, AggregateSqlCall, Arg, Refusal, Signature } from './define.ts';
import { scaled, unscaled } from './duckdb-numbers.ts';
import { knownValues } from './postgres-sql.ts';

/** Digits behind the point for which the interpolation of a NUMBER comes out even. */
const mostDecimals = 3;
const thousand = 1000n;

const descending = (args: readonly Arg[]): boolean => args[2]?.literal === true;

/** The percentile in thousandths, from the least value up. */
function thousandths(args: readonly Arg[]): bigint | undefined {
  const found = /^([01])(?:\.(\d+))?$/.exec(String(args[1]?.literal));
  const fraction = found?.[2]?.replace(/0+$/, '') ?? '';
  if (args[1]?.type.kind !== 'number' || found === null || fraction.length > mostDecimals) return undefined;
  const p = BigInt(found[1] as string) * thousand + BigInt(fraction.padEnd(mostDecimals, '0'));
  return p > thousand ? undefined : p;
}

function resolve(name: string, args: readonly Arg[], type: (x: SqlType) => SqlType): Signature | Refusal {
  const [x] = args;
  if (x === undefined || args.length !== 3) return refuse('wrong-arguments', `${name} is written ${name}(0.9) WITHIN GROUP (ORDER BY x)`);
  const refusal = expectKind(name, x, 'numeric', 0);
  if (refusal) return refusal;
  if (thousandths(args) === undefined)
    return refuse(
      'wrong-arguments',
      `${name} needs a constant percentile from 0 to 1 with at most ${mostDecimals} decimals`,
      'how Snowflake rounds for more decimals is not documented',
      1,
    );
  if (digitsOf(x) + scaleOf(x.type) > 32 && x.type.kind === 'number' && x.type.precision < 38)
    return refuse('type-mismatch', `${name} takes numbers of at most 32 digits`, 'cast x to a NUMBER of fewer digits', 0);
  return { type: type(x.type), nullable: true };
}

const contType = (x: SqlType): SqlType =>
  x.kind === 'float' ? float : number((x.kind === 'number' ? x.precision : 38) + 3, scaleOf(x) + 3);

function sorted(rows: readonly (readonly Value[])[]): Value[] {
  return rows.flatMap(([x]) => (x === null || x === undefined ? [] : [x])).sort(compareValues);
}

function continuous(rows: readonly (readonly Value[])[], args: readonly Arg[]): Value {
  const values = sorted(rows);
  if (values.length === 0) return null;
  const p = thousandths(args) as bigint;
  const place = (descending(args) ? thousand - p : p) * BigInt(values.length - 1);
  const [at, share] = [Number(place / thousand), place % thousand];
  const [low, high] = [values[at] as Value, values[Math.min(at + 1, values.length - 1)] as Value];
  if (typeof low === 'number') return low + ((high as number) - low) * (Number(share) / Number(thousand));
  return (low as bigint) * (thousand - share) + (high as bigint) * share;
}

/** The first value whose share of the rows reaches p. */
function discrete(rows: readonly (readonly Value[])[], args: readonly Arg[]): Value {
  const values = descending(args) ? sorted(rows).reverse() : sorted(rows);
  const n = BigInt(values.length);
  const rank = ((thousandths(args) as bigint) * n + thousand - 1n) / thousand;
  return values[Number(rank > 1n ? rank - 1n : 0n)] ?? null;
}

type Wrap = (aggregate: Sql) => Sql;

const all = (x: Sql, down: boolean): Sql => ({
  kind: 'call',
  name: 'list',
  args: [x],
  orderBy: [{ expr: x, descending: down, nullsFirst: false }],
  filter: postfix(x, 'IS NOT NULL'),
});

function duckdbContinuous(x: Sql, { args, type }: AggregateSqlCall, wrap: Wrap): Sql {
  const p = thousandths(args) as bigint;
  const up = descending(args) ? thousand - p : p;
  if (type.kind === 'float') return wrap(call('quantile_cont', x, binary(cast(token(up), 'DOUBLE'), '/', token(thousand))));
  const whole = unscaled(x, scaleOf((args[0] as Arg).type));
  return scaled(call('lockstep_percentile_cont', wrap(all(whole, false)), token(up)), scaleOf(type));
}

function duckdbDiscrete(x: Sql, { args }: AggregateSqlCall, wrap: Wrap): Sql {
  return call('lockstep_percentile_disc', wrap(all(x, descending(args))), token(thousandths(args) as bigint));
}

function postgresContinuous(x: Sql, { args, type }: AggregateSqlCall, wrap: Wrap): Sql {
  const p = thousandths(args) as bigint;
  const made = call('lockstep_percentile_cont', wrap(knownValues(x)), token(descending(args) ? thousand - p : p));
  return type.kind === 'float' ? made : cast(made, type);
}

function postgresDiscrete(x: Sql, { args }: AggregateSqlCall, wrap: Wrap): Sql {
  const down = token(descending(args) ? 'TRUE' : 'FALSE');
  return call('lockstep_percentile_disc', wrap(knownValues(x)), token(thousandths(args) as bigint), down);
}

const inOrder = (x: Sql, wrap: Wrap): Sql => call('arraySort', wrap(call('groupArray', x)));
const element = (list: Sql, place: Sql): Sql => call('arrayElementOrNull', list, call('greatest', place, signed(1)));
const sizeOf = (list: Sql): Sql => call('toInt64', call('length', list));

function clickhouseContinuous(x: Sql, { args, type }: AggregateSqlCall, wrap: Wrap): Sql {
  const p = thousandths(args) as bigint;
  const list = inOrder(x, wrap);
  const place = binary(call('greatest', binary(sizeOf(list), '-', signed(1)), signed(0)), '*', signed(descending(args) ? thousand - p : p));
  const low = element(list, binary(call('intDiv', place, signed(thousand)), '+', signed(1)));
  const high = element(list, call('least', binary(call('intDiv', place, signed(thousand)), '+', signed(2)), sizeOf(list)));
  const share = binary(place, '%', signed(thousand));
  if (type.kind === 'float') return binary(low, '+', binary(binary(high, '-', low), '*', binary(share, '/', signed(thousand))));
  const s = scaleOf((args[0] as Arg).type);
  const parts = [
    binary(wide(low, s), '*', wide(binary(signed(thousand), '-', share), 0)),
    binary(wide(high, s), '*', wide(share, 0)),
  ] as const;
  return quotientCut(binary(parts[0], '+', parts[1]), s, signed(thousand), 0, scaleOf(type));
}

function clickhouseDiscrete(x: Sql, { args }: AggregateSqlCall, wrap: Wrap): Sql {
  const list = inOrder(x, wrap);
  const reached = binary(binary(signed(thousandths(args) as bigint), '*', sizeOf(list)), '+', signed(thousand - 1n));
  const rank = call('greatest', call('intDiv', reached, signed(thousand)), signed(1));
  return element(list, descending(args) ? binary(binary(sizeOf(list), '+', signed(1)), '-', rank) : rank);
}

function row(
  name: string,
  summary: string,
  type: (x: SqlType) => SqlType,
  evaluate: (rows: readonly (readonly Value[])[], args: readonly Arg[]) => Value,
  duckdb: (x: Sql, call: AggregateSqlCall, wrap: Wrap) => Sql,
  postgres: (x: Sql, call: AggregateSqlCall, wrap: Wrap) => Sql,
  clickhouse: (x: Sql, call: AggregateSqlCall, wrap: Wrap) => Sql,
): AggregateRow {
  const standard = ([x, p]: readonly Sql[], { args }: AggregateSqlCall): Sql => ({
    kind: 'call',
    name,
    args: [p as Sql],
    withinGroup: [{ expr: x as Sql, descending: descending(args), nullsFirst: descending(args) }],
  });
  return {
    kind: 'aggregate',
    name,
    summary,
    resolve: (args) => resolve(name, args, type),
    empty: null,
    order: 'free',
    distinctAllowed: false,
    sql: {
      standard,
      duckdb: ([x], sqlCall) => duckdb(x as Sql, sqlCall, (aggregate) => aggregate),
      postgres: ([x], sqlCall) => postgres(x as Sql, sqlCall, (aggregate) => aggregate),
      clickhouse: ([x], sqlCall) => clickhouse(x as Sql, sqlCall, (aggregate) => aggregate),
    },
    evaluate: (rows, { args }) => evaluate(rows, args),
    window: {
      partitionOnly: true,
      resolve: (args) => resolve(name, args, type),
      sql: {
        standard: (args, sqlCall, over) => over(standard(args, sqlCall)),
        duckdb: ([x], sqlCall, over) => duckdb(x as Sql, sqlCall, over),
        postgres: ([x], sqlCall, over) => postgres(x as Sql, sqlCall, over),
        clickhouse: ([x], sqlCall, over) => clickhouse(x as Sql, sqlCall, over),
      },
      evaluate: (rows, { args }) => evaluate(rows, args),
    },
    examples: [],
  };
}

export const percentileRows: readonly AggregateRow[] = [
  row(
    'PERCENTILE_CONT',
    'The value below which a share of the values lies, between two of them if need be; of NUMBERs with three more decimals.',
    contType,
    continuous,
    duckdbContinuous,
    postgresContinuous,
    clickhouseContinuous,
  ),
  row(
    'PERCENTILE_DISC',
    'The first of the values, in order, whose rank reaches a share of them.',
    (x) => x,
    discrete,
    duckdbDiscrete,
    postgresDiscrete,
    clickhouseDiscrete,
  ),
];
