/** Whole numbers as bits: two's complement, as many as it takes. */
import { binary, call, caseWhen, cast, prefix, type Sql, str, token } from '../sql/tree.ts';
import { integer } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, digitsOf, expectArgs, numberType, refuse } from './arguments.ts';
import { raise as clickhouseRaise, ofInt256 } from './clickhouse-sql.ts';
import { absolute, withinNumber } from './decimal.ts';
import type { Arg, Refusal, ScalarRow, Signature } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { raise } from './postgres-sql.ts';

/** 128 bits hold it. */
const mostDigits = 37;

const row = (
  name: string,
  alias: string,
  summary: string,
  resolve: (args: readonly Arg[]) => Signature | Refusal,
  duckdb: (args: readonly Sql[]) => Sql,
  postgres: (args: readonly Sql[]) => Sql,
  clickhouse: (args: readonly Sql[]) => Sql,
  evaluate: (values: readonly bigint[]) => bigint,
): ScalarRow => ({
  kind: 'scalar',
  name,
  aliases: [alias],
  summary,
  nulls: 'propagate',
  resolve,
  sql: { standard: (args) => call(name, ...args), duckdb, postgres, clickhouse },
  evaluate: (values: readonly Value[]) => evaluate(values as readonly bigint[]),
  examples: [],
});

const clickhouseNames: Readonly<Record<string, string>> = { BITAND: 'bitAnd', BITOR: 'bitOr', BITXOR: 'bitXor' };
const bits256 = (x: Sql | undefined): Sql => cast(x as Sql, 'Nullable(Int256)');

const wide = (x: Sql | undefined): Sql => cast(x as Sql, 'HUGEINT');

function whole(name: string, args: readonly Arg[], count: 1 | 2): Signature | Refusal {
  const refusal = expectArgs(name, args, count === 1 ? ['integer'] : ['integer', 'integer']);
  if (refusal) return refusal;
  return { type: integer, nullable: anyNullable(args) };
}

const pair = (
  name: string,
  alias: string,
  summary: string,
  duckdb: (a: Sql, b: Sql) => Sql,
  postgres: (a: Sql, b: Sql) => Sql,
  apply: (a: bigint, b: bigint) => bigint,
): ScalarRow =>
  row(
    name,
    alias,
    summary,
    (args) => whole(name, args, 2),
    ([a, b]) => duckdb(wide(a), wide(b)),
    ([a, b]) => cast(postgres(a as Sql, b as Sql), integer),
    ([a, b]) => ofInt256(call(clickhouseNames[name] as string, bits256(a), bits256(b))),
    ([a, b]) => withinNumber(apply(a as bigint, b as bigint)),
  );

const places = (args: readonly Arg[]): number | undefined => {
  const written = args[1]?.literal;
  return typeof written === 'string' && /^\d{1,3}$/.test(written) && Number(written) < 127 ? Number(written) : undefined;
};

function resolveShift(name: string, args: readonly Arg[], left: boolean): Signature | Refusal {
  const signature = whole(name, args, 2);
  if ('refused' in signature) return signature;
  const n = places(args);
  if (n === undefined) return refuse('wrong-arguments', `${name} needs a constant number of places, from 0 to 126`, undefined, 1);
  const [x] = args as [Arg];
  if (left) {
    const digits = Math.min(digitsOf(x), numberType(x.type).precision) + Math.ceil(n * Math.log10(2));
    return digits <= mostDigits
      ? { ...signature, digits }
      : {
          ...signature,
          mayRaise: { reason: `${name} by ${n} places may leave 128 bits`, hint: 'cast x to a NUMBER of fewer digits first' },
        };
  }
  const negative = typeof x.literal === 'string' ? x.literal.startsWith('-') : !(x.lower !== undefined && x.lower.value >= 0);
  return negative
    ? {
        ...signature,
        mayRaise: {
          reason: `what ${name} does with negative numbers is not documented`,
          hint: `CASE WHEN x >= 0 THEN ${name}(x, ${n}) END`,
        },
      }
    : signature;
}

/** The places are a constant, which Postgres has in a cast. */
function twoTo(n: Sql): bigint {
  if (n.kind === 'cast') return twoTo(n.argument);
  return 2n ** BigInt(n.kind === 'token' ? n.text : n.kind === 'string' ? n.value : 0);
}
const power256 = (n: Sql): Sql => call('toInt256', str(String(twoTo(n))));
const power = (n: Sql): Sql => cast(token(twoTo(n)), 'HUGEINT');
const postgresAnd = (a: Sql, b: Sql): Sql => call('lockstep_bit_and', a, b);

function shiftLeft([x, n]: readonly Sql[]): Sql {
  return binary(wide(x), '*', power(n as Sql));
}

function shiftRight([x, n]: readonly Sql[]): Sql {
  const shifted = binary(wide(x), '//', power(n as Sql));
  return caseWhen([{ when: binary(x as Sql, '<', token(0)), then: call('error', str('BITSHIFTRIGHT of a negative number')) }], shifted);
}

const limit = 10n ** 38n;

export const bitRows: readonly ScalarRow[] = [
  pair(
    'BITAND',
    'BIT_AND',
    'Bits that both have.',
    (a, b) => binary(a, '&', b),
    postgresAnd,
    (a, b) => a & b,
  ),
  pair(
    'BITOR',
    'BIT_OR',
    'Bits that either has.',
    (a, b) => binary(a, '|', b),
    (a, b) => binary(binary(a, '+', b), '-', postgresAnd(a, b)),
    (a, b) => a | b,
  ),
  pair(
    'BITXOR',
    'BIT_XOR',
    'Bits that one of the two has.',
    (a, b) => call('xor', a, b),
    (a, b) => binary(binary(a, '+', b), '-', binary(token(2), '*', postgresAnd(a, b))),
    (a, b) => a ^ b,
  ),
  row(
    'BITNOT',
    'BIT_NOT',
    'All bits the other way: -x - 1.',
    (args) => whole('BITNOT', args, 1),
    ([x]) => prefix('~', wide(x)),
    ([x]) => binary(prefix('-', x as Sql), '-', token(1)),
    ([x]) => ofInt256(call('bitNot', bits256(x))),
    ([x]) => ~(x as bigint),
  ),
  row(
    'BITSHIFTLEFT',
    'BIT_SHIFTLEFT',
    'Bits moved n places up.',
    (args) => resolveShift('BITSHIFTLEFT', args, true),
    shiftLeft,
    ([x, n]) => cast(binary(x as Sql, '*', token(twoTo(n as Sql))), integer),
    ([x, n]) => ofInt256(binary(bits256(x), '*', power256(n as Sql))),
    ([x, n]) => {
      const shifted = (x as bigint) << (n as bigint);
      if (absolute(shifted) >= limit) throw new EvaluationError('BITSHIFTLEFT leaves 128 bits');
      return shifted;
    },
  ),
  row(
    'BITSHIFTRIGHT',
    'BIT_SHIFTRIGHT',
    'Bits moved n places down; of numbers that are not negative.',
    (args) => resolveShift('BITSHIFTRIGHT', args, false),
    shiftRight,
    ([x, n]) =>
      caseWhen(
        [{ when: binary(x as Sql, '<', token(0)), then: raise('BITSHIFTRIGHT of a negative number', cast(token('NULL'), integer)) }],
        call('div', x as Sql, token(twoTo(n as Sql))),
      ),
    ([x, n]) => {
      const negative = binary(x as Sql, '<', token(0));
      const shifted = ofInt256(call('intDiv', bits256(x), power256(n as Sql)));
      return caseWhen([{ when: negative, then: clickhouseRaise('BITSHIFTRIGHT of a negative number', integer, negative) }], shifted);
    },
    ([x, n]) => {
      if ((x as bigint) < 0n) throw new EvaluationError('BITSHIFTRIGHT of a negative number');
      return (x as bigint) >> (n as bigint);
    },
  ),
];
