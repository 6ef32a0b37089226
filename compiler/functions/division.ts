/** Quotients: exact on NUMBERs, at Snowflake's scale. */
import { binary, call, caseWhen, cast, isNull, postfix, type Sql, token } from '../sql/tree.ts';
import { float, number } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, digitsOf, expectArgs, numberType, scaleOf } from './arguments.ts';
import { zeroDivisor } from './arithmetic.ts';
import { quotientAt as clickhouseQuotientAt, raise as clickhouseRaise, divisor, ifDivisible } from './clickhouse-sql.ts';
import { divideHalfAway, pow10, withinNumber } from './decimal.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { exactQuotient, scaled, shortQuotient, unscaled } from './duckdb-numbers.ts';
import { EvaluationError } from './evaluation-error.ts';
import { quotientAt } from './postgres-sql.ts';

/** Of a quotient, and of an average. */
export function quotientScale(dividendScale: number): number {
  return Math.max(dividendScale, Math.min(dividendScale + 6, 12));
}

function resolveQuotient(name: string, args: readonly Arg[]): Signature | Refusal {
  const refusal = expectArgs(name, args, ['numeric', 'numeric']);
  if (refusal) return refusal;
  const [a, b] = args as [Arg, Arg];
  const nullable = anyNullable(args);
  if (a.type.kind === 'float' || b.type.kind === 'float') return { type: float, nullable, params: [float, float] };
  const [x, y] = [numberType(a.type), numberType(b.type)];
  const scale = quotientScale(x.scale);
  return { type: number(x.precision - x.scale + y.scale + scale, scale), nullable, digits: digitsOf(a) + y.scale };
}

/** a / b in DuckDB for b that is not zero. */
function duckdbQuotient(a: Sql, b: Sql, { args, type }: CallTypes): Sql {
  if (type.kind === 'float') return binary(a, '/', b);
  const [x, y] = args as [Arg, Arg];
  const [s1, s2, scale] = [scaleOf(x.type), scaleOf(y.type), scaleOf(type)];
  const shift = scale + s2 - s1;
  return shortQuotient(a, b, x, y, shift, scale) ?? scaled(exactQuotient(unscaled(a, s1), shift, unscaled(b, s2)), scale);
}

function postgresQuotient(a: Sql, b: Sql, { type }: CallTypes): Sql {
  return type.kind === 'float' ? binary(a, '/', b) : quotientAt(a, b, scaleOf(type));
}

function clickhouseQuotient(a: Sql, b: Sql, { args, type }: CallTypes): Sql {
  const [s1, s2] = args.map((arg) => scaleOf(arg.type)) as [number, number];
  if (type.kind !== 'float') return ifDivisible(a, b, clickhouseQuotientAt(a, s1, divisor(b), s2, scaleOf(type)));
  const isAbsent = binary(isNull(a), 'OR', isNull(b));
  return caseWhen(
    [
      { when: isAbsent, then: token('NULL') },
      { when: isZero(b), then: clickhouseRaise('division by zero', type, binary(postfix(a, 'IS NOT NULL'), 'AND', isZero(b))) },
    ],
    binary(a, '/', b),
  );
}

function quotient(a: Value, b: Value, { args, type }: CallTypes): Value {
  if (type.kind === 'float') {
    if (b === 0) throw new EvaluationError('division by zero');
    return (a as number) / (b as number);
  }
  const [x, y] = args as [Arg, Arg];
  const shift = scaleOf(type) + scaleOf(y.type) - scaleOf(x.type);
  return withinNumber(divideHalfAway((a as bigint) * pow10(shift), b as bigint));
}

const zero = (types: CallTypes): Sql => cast(token(0), types.type);
const isZero = (b: Sql): Sql => binary(b, '=', token(0));
const noDivisor = (b: Sql): Sql => binary(isZero(b), 'OR', isNull(b));

/** 0 where `none` holds, NULL for a dividend that is. */
function orZero(a: Sql, b: Sql, none: Sql, types: CallTypes, quotientSql: typeof duckdbQuotient): Sql {
  const guarded = quotientSql(a, call('nullif', b, token(0)), types);
  const absent = types.args[0]?.nullable ? [{ when: isNull(a), then: token('NULL') }] : [];
  return caseWhen([...absent, { when: none, then: zero(types) }], guarded);
}

const divide: ScalarRow = {
  kind: 'scalar',
  name: '/',
  summary: 'Quotient. Of NUMBERs it is exact, with six more decimals than the dividend (at most 12), halves rounded away from zero.',
  nulls: 'propagate',
  resolve: (args) => {
    const signature = resolveQuotient('/', args);
    return 'refused' in signature || args[1]?.nonZero ? signature : { ...signature, mayRaise: zeroDivisor };
  },
  sql: {
    standard: ([a, b]) => binary(a as Sql, '/', b as Sql),
    duckdb: ([a, b], types) => duckdbQuotient(a as Sql, b as Sql, types),
    postgres: ([a, b], types) => postgresQuotient(a as Sql, b as Sql, types),
    clickhouse: ([a, b], types) => clickhouseQuotient(a as Sql, b as Sql, types),
  },
  evaluate: ([a, b], types) => quotient(a as Value, b as Value, types),
  examples: [
    { sql: '2 / 7', result: '0.285714', source: 'gold:slt.operators.operators-arithmetic.4' },
    { sql: '10.1 / 2.1', result: '4.8095238', source: 'gold:slt.operators.operators-arithmetic.5' },
    { sql: '10.001 / .001', result: '10001.000000000', source: 'gold:slt.operators.operators-arithmetic.6' },
    { sql: '.1 / .0000000000001', result: '1000000000000.0000000', source: 'gold:doc.numeric.arith_div_4' },
  ],
};

const div0: ScalarRow = {
  kind: 'scalar',
  name: 'DIV0',
  summary: 'Quotient, and 0 where the divisor is 0.',
  nulls: 'propagate',
  resolve: (args) => resolveQuotient('DIV0', args),
  sql: {
    standard: ([a, b]) => call('DIV0', a as Sql, b as Sql),
    duckdb: ([a, b], types) => orZero(a as Sql, b as Sql, isZero(b as Sql), types, duckdbQuotient),
    postgres: ([a, b], types) => orZero(a as Sql, b as Sql, isZero(b as Sql), types, postgresQuotient),
    clickhouse: ([a, b], types) => orZero(a as Sql, b as Sql, isZero(b as Sql), types, clickhouseQuotient),
  },
  evaluate: ([a, b], types) => (Number(b) === 0 ? zeroValue(types) : quotient(a as Value, b as Value, types)),
  examples: [{ sql: 'DIV0(1, 2)', result: '0.500000', source: 'gold:slt.numeric.div0.1' }],
};

const div0null: ScalarRow = {
  kind: 'scalar',
  name: 'DIV0NULL',
  summary: 'Quotient, and 0 where the divisor is 0 or NULL.',
  nulls: 'handles',
  resolve: (args) => {
    const signature = resolveQuotient('DIV0NULL', args);
    return 'refused' in signature ? signature : { ...signature, nullable: args[0]?.nullable ?? true };
  },
  sql: {
    standard: ([a, b]) => call('DIV0NULL', a as Sql, b as Sql),
    duckdb: ([a, b], types) => orZero(a as Sql, b as Sql, noDivisor(b as Sql), types, duckdbQuotient),
    postgres: ([a, b], types) => orZero(a as Sql, b as Sql, noDivisor(b as Sql), types, postgresQuotient),
    clickhouse: ([a, b], types) => orZero(a as Sql, b as Sql, noDivisor(b as Sql), types, clickhouseQuotient),
  },
  evaluate: ([a, b], types) => {
    if (a === null) return null;
    return b === null || Number(b) === 0 ? zeroValue(types) : quotient(a as Value, b as Value, types);
  },
  examples: [{ sql: 'DIV0NULL(1, 2)', result: '0.500000', source: 'gold:slt.numeric.div0null.1' }],
};

function zeroValue({ type }: CallTypes): Value {
  return type.kind === 'float' ? 0 : 0n;
}

export const divisionRows: readonly ScalarRow[] = [divide, div0, div0null];
