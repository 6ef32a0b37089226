/** Numbers as truth: 0 is FALSE. A fraction is rounded first, so that 0.3 is FALSE too. */
import { binary, call, caseWhen, cast, prefix, type Sql, str, token } from '../sql/tree.ts';
import { boolean, number, type SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectKind, scaleOf } from './arguments.ts';
import { absolute, divideHalfAway, pow10 } from './decimal.ts';
import type { Arg, CallTypes, Example, Refusal, ScalarRow, Signature } from './define.ts';

type Truth = boolean | null;

function resolve(name: string, count: 1 | 2, written: readonly Arg[], nullable: (args: readonly Arg[]) => boolean): Signature | Refusal {
  const wrong = arity(name, written, count);
  if (wrong) return wrong;
  const args = written.map((arg) => (arg.type.kind === 'null' ? { ...arg, type: number(1) } : arg));
  for (const [i, arg] of args.entries()) {
    if (arg.type.kind === 'boolean') continue;
    const refusal = expectKind(name, arg, 'number', i);
    if (refusal) return refusal;
  }
  return { type: boolean, nullable: nullable(args), params: args.map((arg) => arg.type) };
}

function truth(value: Value | undefined, type: SqlType | undefined): Truth {
  if (typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : divideHalfAway(absolute(value as bigint), pow10(scaleOf(type as SqlType))) !== 0n;
}

/** To ClickHouse, bare digits with a point are a double. */
const exactHalf = cast(str('0.5'), 'Decimal(2, 1)');

function truthSql(x: Sql | undefined, type: SqlType | undefined, half = token('0.5')): Sql {
  if (type?.kind === 'boolean') return x as Sql;
  if (scaleOf(type as SqlType) === 0) return binary(x as Sql, '<>', token(0));
  return binary(call('abs', x as Sql), '>=', half);
}

const row = (
  name: string,
  summary: string,
  connect: (a: Sql, b: Sql) => Sql,
  decide: (a: Truth, b: Truth) => Truth,
  examples: readonly Example[],
): ScalarRow => {
  const connectedBy =
    (half?: Sql) =>
    ([a, b]: readonly Sql[], { args }: CallTypes): Sql =>
      connect(truthSql(a, args[0]?.type, half), truthSql(b, args[1]?.type, half));
  return {
    kind: 'scalar',
    name,
    summary,
    nulls: 'handles',
    resolve: (args) => resolve(name, 2, args, anyNullable),
    sql: {
      standard: (args) => call(name, ...args),
      duckdb: connectedBy(),
      postgres: connectedBy(),
      clickhouse: connectedBy(exactHalf),
    },
    evaluate: ([a, b], { args }) => decide(truth(a, args[0]?.type), truth(b, args[1]?.type)),
    examples,
  };
};

const and = (a: Truth, b: Truth): Truth => (a === false || b === false ? false : a === null || b === null ? null : true);
const or = (a: Truth, b: Truth): Truth => (a === true || b === true ? true : a === null || b === null ? null : false);

const negatedBy =
  (half?: Sql) =>
  ([x]: readonly Sql[], { args }: CallTypes): Sql =>
    prefix('NOT', truthSql(x, args[0]?.type, half));

const not: ScalarRow = {
  kind: 'scalar',
  name: 'BOOLNOT',
  summary: 'Is the number zero?',
  nulls: 'propagate',
  resolve: (args) => resolve('BOOLNOT', 1, args, anyNullable),
  sql: { standard: ([x]) => call('BOOLNOT', x as Sql), duckdb: negatedBy(), postgres: negatedBy(), clickhouse: negatedBy(exactHalf) },
  evaluate: ([x], { args }) => truth(x, args[0]?.type) === false,
  examples: [],
};

export const boolFunctionRows: readonly ScalarRow[] = [
  row('BOOLAND', 'Are both numbers other than zero?', (a, b) => binary(a, 'AND', b), and, [
    { sql: 'BOOLAND(1, -2)', result: 'true', source: 'gold:slt.conditional.booland.1' },
    { sql: 'BOOLAND(0, 2.35)', result: 'false', source: 'gold:slt.conditional.booland.1' },
  ]),
  row('BOOLOR', 'Is one of the numbers other than zero?', (a, b) => binary(a, 'OR', b), or, []),
  row(
    'BOOLXOR',
    'Is exactly one of the numbers other than zero?',
    (a, b) =>
      caseWhen([
        { when: a, then: prefix('NOT', b) },
        { when: prefix('NOT', a), then: b },
      ]),
    (a, b) => (a === null || b === null ? null : a !== b),
    [
      { sql: 'BOOLXOR(2, 0)', result: 'true', source: 'docs:boolxor' },
      { sql: 'BOOLXOR(2, 0.3)', result: 'true', source: 'docs:boolxor' },
      { sql: 'BOOLXOR(-0.4, 0)', result: 'false', source: 'docs:boolxor' },
    ],
  ),
  not,
];
