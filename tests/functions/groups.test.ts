/** Aggregates over random small groups, and window functions over random partitions, on each engine. */
import { beforeAll, describe, expect, test } from 'vitest';
import { compareValues } from '../../compiler/functions/compare-values.ts';
import { absolute, pow10 } from '../../compiler/functions/decimal.ts';
import type { AggregateRow, AggregateSqlCall, Arg, WindowRow } from '../../compiler/functions/define.ts';
import { hasSql, sqlFor } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { type Engine, name, postfix, type Sql, type SqlSortKey } from '../../compiler/sql/tree.ts';
import { boolean, date, float, number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { literalSql, type TestEngine, testEngines } from './engines.ts';
import { constant, print, valueText } from './print-for-test.ts';
import { integer, pick, type Random, randomValue, seeded } from './random-values.ts';

const aggregates = functionRows.filter((row) => row.kind === 'aggregate');
const windows = functionRows.filter((row) => row.kind === 'window');
const loose = new Set('SUM AVG VARIANCE VAR_POP STDDEV STDDEV_POP PERCENTILE_CONT CORR COVAR_POP COVAR_SAMP'.split(' '));
const isLoose = (name: string): boolean => loose.has(name) || name.startsWith('REGR_');

type Ask = Awaited<ReturnType<TestEngine['open']>>['rows'];

const numbers: readonly SqlType[] = [number(1), number(9), number(10, 2), number(18), number(12, 5), number(7, 3)];
const anything: readonly SqlType[] = [...numbers, varchar, date, timestamp, float];
const literal = (text: string, type: SqlType = varchar): Arg => ({ type, nullable: false, literal: text });
const arg = (type: SqlType): Arg => ({ type, nullable: true });

function drawArgs(rowName: string, random: Random): readonly Arg[] {
  const of = (types: readonly SqlType[]): Arg => arg(pick(random, types));
  switch (rowName) {
    case 'COUNT':
      return pick(random, [[], [of(anything)], [of(anything)], [of([number(1), varchar]), of([number(1), boolean])]]);
    case 'COUNT_IF':
      return [arg(boolean)];
    case 'BOOLAND_AGG':
    case 'BOOLOR_AGG':
    case 'BOOLXOR_AGG':
      return [of([boolean, number(1)])];
    case 'CORR':
    case 'COVAR_POP':
    case 'COVAR_SAMP':
    case 'REGR_SLOPE':
    case 'REGR_INTERCEPT':
    case 'REGR_R2':
    case 'REGR_AVGX':
    case 'REGR_AVGY':
    case 'REGR_SXX':
    case 'REGR_SYY':
    case 'REGR_SXY':
      return [arg(float), arg(float)];
    case 'PERCENTILE_CONT':
    case 'PERCENTILE_DISC':
      return [
        of([...numbers, float]),
        literal(pick(random, ['0.000', '0.250', '0.500', '0.900', '0.333', '1.000']), number(4, 3)),
        { type: boolean, nullable: false, literal: random() < 0.3 },
      ];
    case 'MIN':
    case 'MAX':
      return [of(anything)];
    case 'MIN_BY':
    case 'MAX_BY':
      return [of([...anything, boolean]), of([number(2), date, timestamp, varchar])];
    case 'ARRAY_AGG':
      return [of([...anything.filter((type) => type.kind !== 'float'), boolean])];
    case 'LISTAGG':
      return random() < 0.3 ? [arg(varchar)] : [arg(varchar), literal(', ')];
    case 'LAG':
    case 'LEAD': {
      const x = of(anything);
      return pick(random, [[x], [x, literal('2', number(1))], [x, literal('0', number(1))], [x, literal('1', number(1)), arg(x.type)]]);
    }
    case 'LAG IGNORE NULLS':
    case 'LEAD IGNORE NULLS': {
      const x = of(anything);
      return pick(random, [[x], [x, literal('2', number(1))], [x, literal('1', number(1)), arg(x.type)]]);
    }
    case 'FIRST_VALUE':
    case 'LAST_VALUE':
    case 'FIRST_VALUE IGNORE NULLS':
    case 'LAST_VALUE IGNORE NULLS':
      return [of(anything)];
    case 'NTH_VALUE':
    case 'NTH_VALUE IGNORE NULLS':
      return [of(anything), literal(String(integer(random, 1, 4)), number(1))];
    case 'CONDITIONAL_TRUE_EVENT':
      return [arg(boolean)];
    case 'CONDITIONAL_CHANGE_EVENT':
      return [of(anything.filter((type) => type.kind !== 'float'))];
    case 'NTILE':
      return [literal(String(integer(random, 1, 5)), number(1))];
    case 'RATIO_TO_REPORT':
    case 'MEDIAN':
      return [of(numbers)];
    case 'SUM':
    case 'AVG':
      return [of([...numbers, float])];
    // The square of 18 digits leaves no room for decimals, in Snowflake neither.
    case 'VARIANCE':
    case 'VAR_POP':
    case 'STDDEV':
    case 'STDDEV_POP':
      return [of([...numbers.filter((type) => type.kind !== 'number' || type.precision < 18), float])];
    default:
      return [];
  }
}

interface Row {
  readonly group: number;
  readonly key: number;
  readonly args: readonly Value[];
}

/** Of like size: where two values almost cancel, a sum of FLOATs has no digits left. */
const likeSized: readonly Value[] = [null, -2.5, -2.5, 0, 0.5, 1, 1, 3, 7.25, 40];

function drawRows(args: readonly Arg[], random: Random): readonly Row[] {
  const pairs = args.length === 2 && args.every((a) => a.type.kind === 'float');
  const rows: Row[] = [];
  let key = 0;
  for (let group = 0; group < 40; group++) {
    // Some groups have no rows, some one; some have nothing but NULL.
    const size = pick(random, [0, 1, 1, 2, 3, 5, 9]);
    const allNull = random() < 0.15;
    for (let i = 0; i < size; i++) {
      const draw = (a: Arg): Value =>
        a.literal !== undefined
          ? literalValue(a)
          : allNull
            ? null
            : pairs
              ? pick(random, likeSized)
              : a.type.kind === 'number' && a.type.precision < 3
                ? pick(random, [null, 0n, 1n, 2n, -1n])
                : randomValue(random, a.type);
      rows.push({ group, key: key++, args: args.map(draw) });
    }
  }
  return rows;
}

/** NULL where the engine has no such value. */
function held(rows: readonly Row[], args: readonly Arg[], { holds }: TestEngine): readonly Row[] {
  if (holds === undefined) return rows;
  return rows.map((row) => ({ ...row, args: row.args.map((value, i) => (holds(value, (args[i] as Arg).type) ? value : null)) }));
}

const literalValue = (a: Arg): Value => (a.type.kind === 'number' ? BigInt((a.literal as string).replace('.', '')) : (a.literal as Value));
const columns = (args: readonly Arg[], engine: TestEngine): Sql[] =>
  args.map((a, i) => (a.literal === undefined ? name(`c${i}`) : literalSql(engine, a.literal as string | boolean, a.type)));

/** `h` is the same for two neighbours. */
function table(rows: readonly Row[], args: readonly Arg[], engine: Engine): string {
  const cells = (row: Row): string =>
    [row.group, row.key, Math.floor(row.key / 2), ...row.args.map((value, i) => constant(value, (args[i] as Arg).type, engine))].join(', ');
  const types = args.map((a, i) => `${constant(null, a.type, engine)} AS c${i}`);
  const values = rows.length === 0 ? '' : ` UNION ALL SELECT * FROM (VALUES ${rows.map((row) => `(${cells(row)})`).join(', ')}) v`;
  return `(SELECT 0 AS g, 0 AS k, 0 AS h${types.map((t) => `, ${t}`).join('')} WHERE false${values})`;
}

function same(expected: Value, got: string | null, type: SqlType, tolerant: boolean): boolean {
  if (expected === null || got === null) return expected === got;
  if (type.kind !== 'float') return valueText(expected, type) === got;
  const [a, b] = [expected as number, Number(got)];
  return compareValues(a, b) === 0 || (tolerant && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)));
}

/** The order that the checker would make total: what the call implies, then the key of the rows. */
function orderOf(row: AggregateRow, args: readonly Sql[], types: readonly Arg[], distinct: boolean, engine: Engine): readonly SqlSortKey[] {
  // As the product's printer writes the keys of text.
  const byPoints = (x: Sql): Sql =>
    engine === 'postgres' && types[args.indexOf(x)]?.type.kind === 'varchar' ? postfix(x, 'COLLATE "C"') : x;
  const implied = row.impliedOrder;
  const key = { expr: name('k'), type: number(9), descending: false, nullsFirst: false };
  const by = (i: number): Pick<SqlSortKey, 'expr' | 'type'> => ({ expr: byPoints(args[i] as Sql), type: (types[i] as Arg).type });
  if (implied) return [{ ...by(implied.arg), descending: implied.descending, nullsFirst: false }, key];
  return distinct ? [{ ...by(0), descending: true, nullsFirst: true }] : row.order === 'needed' ? [{ ...key, descending: true }] : [];
}

function inOrder(row: AggregateRow, rows: readonly Row[], distinct: boolean): readonly Row[] {
  const by = (value: Value, other: Value, descending: boolean): number =>
    value === null || other === null
      ? Number(value === null) - Number(other === null)
      : (descending ? -1 : 1) * compareValues(value, other);
  return [...rows].sort((a, b) => {
    const implied = row.impliedOrder;
    if (implied) return by(a.args[implied.arg] as Value, b.args[implied.arg] as Value, implied.descending) || a.key - b.key;
    return distinct ? by(a.args[0] as Value, b.args[0] as Value, true) : b.key - a.key;
  });
}

describe.each(testEngines)('aggregates on $name', (engine) => {
  let ask: Ask;
  beforeAll(async () => {
    ask = (await engine.open()).rows;
  }, 60_000);

  test.each(aggregates.filter((row) => hasSql(row.sql, engine.name)).map((row) => row.name))(
    '%s',
    async (rowName) => {
      const row = aggregates.find((candidate) => candidate.name === rowName) as AggregateRow;
      for (let seed = 0; seed < 30; seed++) {
        const random = seeded(seed * 77 + rowName.length);
        const args = drawArgs(rowName, random);
        const distinct = row.distinctAllowed && args.length > 0 && args.every((a) => a.type.kind !== 'float') && random() < 0.4;
        const signature = row.resolve(args, distinct);
        if ('refused' in signature) throw new Error(signature.message);
        const rows = held(drawRows(args, random), args, engine);
        const sqlArgs = columns(args, engine);
        const call: AggregateSqlCall = {
          args,
          type: signature.type,
          distinct,
          orderBy: orderOf(row, sqlArgs, args, distinct, engine.name),
        };
        const expression = print(sqlFor(row, row.sql, engine.name)(sqlArgs, call), engine.name);
        const query = engine.perGroup(engine.asText(expression, signature.type), table(rows, args, engine.name), 40);
        const got = await ask(query).catch((error: Error) => Promise.reject(new Error(`${expression}: ${error.message}`)));
        for (let group = 0; group < 40; group++) {
          const own = inOrder(
            row,
            rows.filter((r) => r.group === group),
            distinct,
          ).map((r) => r.args);
          const unique = distinct ? own.filter((a, i) => own.findIndex((b) => b.every((x, j) => x === a[j])) === i) : own;
          const expected = row.evaluate(unique, call);
          const cell = got[group]?.[1] ?? null;
          const context = `${rowName} ${JSON.stringify(args)} distinct=${distinct} of ${own.map((r) => r.map((v, i) => (v === null ? 'NULL' : valueText(v, (args[i] as Arg).type))).join('/')).join(' | ')}\n${expression}`;
          expect(
            same(expected, cell, signature.type, isLoose(rowName)),
            `${context}\nmeaning ${expected === null ? null : valueText(expected, signature.type)}, ${engine.name} ${cell}`,
          ).toBe(true);
          if (expected === null) expect(signature.nullable, context).toBe(true);
          if (own.length === 0)
            expect(
              expected === null ? null : Array.isArray(expected) ? JSON.stringify(expected) : String(expected),
              `${rowName} of no rows`,
            ).toBe(row.empty);
          if (signature.digits !== undefined && typeof expected === 'bigint' && signature.type.kind === 'number')
            expect(absolute(expected) < pow10(signature.digits + signature.type.scale), context).toBe(true);
        }
      }
    },
    60_000,
  );
});

const orderKey: SqlSortKey = { expr: name('k'), descending: true, nullsFirst: true };
const partition = (call: Sql, orderBy: readonly SqlSortKey[], frame: string | null): Sql => ({
  kind: 'over',
  call,
  partitionBy: [name('g')],
  orderBy,
  frame,
});

/** By row key: the engine's value for each row. */
async function windowValues(
  rows: readonly Row[],
  args: readonly Arg[],
  expression: string,
  type: SqlType,
  engine: TestEngine,
  ask: Ask,
): Promise<ReadonlyMap<number, string | null>> {
  const got = await ask(`SELECT k, ${engine.asText(expression, type)} FROM ${table(rows, args, engine.name)} t`).catch((error: Error) =>
    Promise.reject(new Error(`${expression}: ${error.message}`)),
  );
  return new Map(got.map(([k, x]) => [Number(k), x ?? null]));
}

describe.each(testEngines)('window functions on $name', (engine) => {
  let ask: Ask;
  beforeAll(async () => {
    ask = (await engine.open()).rows;
  }, 60_000);

  const frames = [
    { sql: 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING', slice: (_: number, n: number) => [0, n] },
    { sql: 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', slice: (i: number) => [0, i + 1] },
    { sql: 'ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING', slice: (i: number) => [Math.max(0, i - 2), i] },
  ] as const;

  test.each(windows.filter((row) => hasSql(row.sql, engine.name)).map((row) => row.name))(
    '%s',
    async (rowName) => {
      const row = windows.find((candidate) => candidate.name === rowName) as WindowRow;
      for (let seed = 0; seed < 30; seed++) {
        const random = seeded(seed * 31 + rowName.length);
        const args = drawArgs(rowName, random);
        const signature = row.resolve(args);
        if ('refused' in signature) throw new Error(signature.message);
        const rows = held(drawRows(args, random), args, engine);
        // Ties where they may not matter: k // 2 pairs neighbours up.
        const ties = !row.tiesMatter && row.ordering === 'required';
        const frame = pick(random, frames);
        const orderBy = row.ordering === 'forbidden' ? [] : [ties ? { ...orderKey, expr: name('h') } : orderKey];
        const expression = print(
          sqlFor(row, row.sql, engine.name)(columns(args, engine), { args, type: signature.type }, (fn) =>
            partition(fn, orderBy, 'frame' in row ? frame.sql : null),
          ),
          engine.name,
        );
        const got = await windowValues(rows, args, expression, signature.type, engine, ask);
        const rank = (r: Row): number => (row.ordering === 'forbidden' ? 0 : ties ? Math.floor(r.key / 2) : r.key);
        for (let group = 0; group < 40; group++) {
          const own = rows.filter((r) => r.group === group).sort((a, b) => b.key - a.key);
          const peers = own.map((r) => own.findIndex((other) => rank(other) === rank(r)));
          const types = { args, type: signature.type };
          const values = own.map((r) => r.args);
          const expected =
            'frame' in row
              ? own.map((_, i) => row.frame(values.slice(...(frame.slice(i, own.length) as [number, number])), types))
              : row.evaluate(values, peers, types);
          for (const [i, r] of own.entries()) {
            const value = expected[i] as Value;
            const cell = got.get(r.key) ?? null;
            expect(
              same(value, cell, signature.type, false),
              `${expression} of ${JSON.stringify(args)}\nmeaning ${value === null ? null : valueText(value, signature.type)}, ${engine.name} ${cell}`,
            ).toBe(true);
            if (value === null && !('frame' in row)) expect(signature.nullable).toBe(true);
          }
        }
      }
    },
    60_000,
  );

  test.each(aggregates.filter((row) => row.window && hasSql(row.window.sql, engine.name)).map((row) => row.name))(
    '%s OVER',
    async (rowName) => {
      const row = aggregates.find((candidate) => candidate.name === rowName) as AggregateRow;
      const window = row.window as NonNullable<AggregateRow['window']>;
      for (let seed = 0; seed < 20; seed++) {
        const random = seeded(seed * 13 + rowName.length);
        const args = drawArgs(rowName, random);
        const signature = window.resolve(args);
        if ('refused' in signature) throw new Error(signature.message);
        const rows = held(drawRows(args, random), args, engine);
        const frame = window.partitionOnly ? frames[0] : pick(random, frames);
        const order = window.partitionOnly ? [] : [orderKey];
        const call: AggregateSqlCall = { args, type: signature.type, distinct: false, orderBy: [] };
        const expression = print(
          sqlFor(row, window.sql, engine.name)(columns(args, engine), call, (aggregate) => partition(aggregate, order, frame.sql)),
          engine.name,
        );
        const got = await windowValues(rows, args, expression, signature.type, engine, ask);
        for (let group = 0; group < 40; group++) {
          const own = rows.filter((r) => r.group === group).sort((a, b) => b.key - a.key);
          for (const [i, r] of own.entries()) {
            const [from, to] = frame.slice(i, own.length) as [number, number];
            const value = window.evaluate(
              own.slice(from, to).map((other) => other.args),
              call,
            );
            const cell = got.get(r.key) ?? null;
            expect(
              same(value, cell, signature.type, isLoose(rowName)),
              `${expression}\nmeaning ${value === null ? null : valueText(value, signature.type)}, ${engine.name} ${cell}`,
            ).toBe(true);
          }
        }
      }
    },
    60_000,
  );
});
