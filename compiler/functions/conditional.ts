/** NULLs replaced, zeros hidden, the greatest of several. */
import { binary, call, caseWhen, cast, isNull, type Sql, token } from '../sql/tree.ts';
import { float, type SqlType, typeName } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, digitsOf, expectArgs, refuse, scaleOf, sharedType } from './arguments.ts';
import { clickhouseCompared, floatExtreme, knownFloatExtreme } from './clickhouse-comparison.ts';
import { compareValues } from './compare-values.ts';
import { compareArgs, resolveComparison } from './comparison.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { collated } from './postgres-sql.ts';

/** All arguments brought to one type, which is the result's. */
function resolveChoice(name: string, args: readonly Arg[], min: number, nullable: boolean): Signature | Refusal {
  const wrong = arity(name, args, min, Number.POSITIVE_INFINITY);
  if (wrong) return wrong;
  const type = sharedType(name, args);
  if ('refused' in type) return type;
  if (type.kind === 'null') return refuse('type-mismatch', `${name} of NULLs only has no type`, 'give one of them a type: CAST(NULL AS …)');
  const digits = Math.max(...args.filter((arg) => arg.type.kind !== 'null').map(digitsOf));
  return { type, nullable, params: args.map(() => type), ...(type.kind === 'number' ? { digits } : {}) };
}

const coalesce: ScalarRow = {
  kind: 'scalar',
  name: 'COALESCE',
  aliases: ['NVL', 'IFNULL'],
  summary: 'The first argument that is not NULL.',
  nulls: 'handles',
  resolve: (args) =>
    resolveChoice(
      'COALESCE',
      args,
      2,
      args.every((arg) => arg.nullable),
    ),
  sql: { standard: (args) => call('COALESCE', ...args), postgres: 'standard', clickhouse: 'standard' },
  evaluate: (values) => values.find((value) => value !== null) ?? null,
  examples: [],
};

const nullif: ScalarRow = {
  kind: 'scalar',
  name: 'NULLIF',
  summary: 'NULL where the two are equal, otherwise the first.',
  nulls: 'handles',
  resolve: (args) => {
    const signature = resolveComparison('NULLIF', args);
    if ('refused' in signature) return signature;
    const [a] = args as [Arg];
    const type = signature.params?.[0] as SqlType;
    if (type.kind === 'null') return refuse('type-mismatch', 'NULLIF of a bare NULL has no type', 'write CAST(NULL AS …)', 0);
    return { ...signature, type, nullable: true, ...(type.kind === 'number' ? { digits: digitsOf(a) } : {}) };
  },
  sql: {
    standard: ([a, b]) => call('NULLIF', a as Sql, b as Sql),
    postgres: 'standard',
    clickhouse: ([a, b], { args }) =>
      caseWhen([{ when: clickhouseCompared(a as Sql, '=', b as Sql, args[0] as Arg, args[1] as Arg), then: token('NULL') }], a as Sql),
  },
  evaluate: (values, types) => {
    const [a, b] = values as [Value, Value];
    return a !== null && b !== null && compareArgs(values, types, 0, 1) === 0 ? null : a;
  },
  examples: [],
};

const zeroIfNull: ScalarRow = {
  kind: 'scalar',
  name: 'ZEROIFNULL',
  summary: '0 where the argument is NULL.',
  nulls: 'handles',
  resolve: (args) => expectArgs('ZEROIFNULL', args, ['numeric']) ?? sameNumber(args[0] as Arg, false),
  sql: {
    standard: ([a]) => call('ZEROIFNULL', a as Sql),
    duckdb: ([a], { type }) => call('COALESCE', a as Sql, scaleOf(type) === 0 && type.kind === 'number' ? token(0) : cast(token(0), type)),
    postgres: ([a], { type }) => call('COALESCE', a as Sql, cast(token(0), type)),
    clickhouse: ([a], { type }) => call('COALESCE', a as Sql, cast(token(0), type)),
  },
  evaluate: ([a], { type }) => a ?? (type.kind === 'float' ? 0 : 0n),
  examples: [],
};

const nullIfZero: ScalarRow = {
  kind: 'scalar',
  name: 'NULLIFZERO',
  summary: 'NULL where the argument is 0.',
  nulls: 'propagate',
  resolve: (args) => expectArgs('NULLIFZERO', args, ['numeric']) ?? sameNumber(args[0] as Arg, true),
  sql: {
    standard: ([a]) => call('NULLIFZERO', a as Sql),
    duckdb: ([a]) => call('NULLIF', a as Sql, token(0)),
    postgres: ([a]) => call('NULLIF', a as Sql, token(0)),
    clickhouse: ([a]) => call('NULLIF', a as Sql, token(0)),
  },
  evaluate: ([a]) => (Number(a) === 0 ? null : (a as Value)),
  examples: [],
};

function sameNumber(arg: Arg, nullable: boolean): Signature {
  return { type: arg.type, nullable, ...(arg.type.kind === 'number' ? { digits: digitsOf(arg) } : {}) };
}

const extreme = (name: 'GREATEST' | 'LEAST', sign: 1 | -1): ScalarRow => ({
  kind: 'scalar',
  name,
  summary: `The ${name.toLowerCase()} argument; NULL if any is NULL.`,
  nulls: 'propagate',
  resolve: (args) => {
    const signature = resolveChoice(name, args, 1, anyNullable(args));
    if (!('refused' in signature) && signature.type.kind === 'boolean')
      return refuse('type-mismatch', `${name} takes no ${typeName(signature.type)}`);
    return signature;
  },
  sql: {
    standard: (args) => call(name, ...args),
    duckdb: (args, types) => extremeUnlessNull(name, args, types),
    postgres: (args, types) => extremeUnlessNull(name, types.type.kind === 'varchar' ? args.map(collated) : args, types),
    clickhouse: (args, types) =>
      extremeUnlessNull(name, args, types, types.type.kind === 'float' ? floatExtreme(args, sign > 0) : undefined),
  },
  evaluate: (values) => values.reduce((best, value) => (sign * compareValues(value, best) > 0 ? value : best)),
  examples: [],
});

const extremeOfKnown = (name: 'GREATEST_IGNORE_NULLS' | 'LEAST_IGNORE_NULLS', native: string, sign: 1 | -1): ScalarRow => ({
  kind: 'scalar',
  name,
  summary: `The ${native} argument that is not NULL.`,
  nulls: 'handles',
  resolve: (args) => {
    const signature = resolveChoice(
      name,
      args,
      1,
      args.every((arg) => arg.nullable),
    );
    if (!('refused' in signature) && signature.type.kind === 'boolean')
      return refuse('type-mismatch', `${name} takes no ${typeName(signature.type)}`);
    return signature;
  },
  sql: {
    standard: (args) => call(name, ...args),
    duckdb: (args) => call(native, ...args),
    // Text goes by code points.
    postgres: (args, { type }) => call(native, ...(type.kind === 'varchar' ? args.map(collated) : args)),
    clickhouse: (args, { type }) => {
      return type.kind === 'float' ? knownFloatExtreme(args, native === 'greatest') : call(native, ...args);
    },
  },
  evaluate: (values) =>
    values.reduce((best, value) => (best === null || (value !== null && sign * compareValues(value, best) > 0) ? value : best), null),
  examples: [],
});

/** REGR_VALX(y, x): the one argument where the other is not NULL. */
const paired = (name: string, at: 0 | 1): ScalarRow => ({
  kind: 'scalar',
  name,
  summary: `The ${at === 0 ? 'first' : 'second'} argument as a FLOAT; NULL if either is.`,
  nulls: 'propagate',
  resolve: (written) => {
    const args = written.map((arg) => (arg.type.kind === 'null' ? { ...arg, type: float } : arg));
    return expectArgs(name, args, ['numeric', 'numeric']) ?? { type: float, nullable: anyNullable(args), params: [float, float] };
  },
  sql: {
    standard: (args) => call(name, ...args),
    duckdb: (args) => whereOther(args, at),
    postgres: (args) => whereOther(args, at),
    clickhouse: (args) => whereOther(args, at),
  },
  evaluate: (values) => values[at] as Value,
  examples: [],
});

const whereOther = (args: readonly Sql[], at: 0 | 1): Sql =>
  caseWhen([{ when: isNull(args[1 - at] as Sql), then: token('NULL') }], args[at] as Sql);

/** DuckDB's own skips NULLs, and that of Postgres. */
function extremeUnlessNull(name: string, args: readonly Sql[], types: CallTypes, extremeOf = call(name, ...args)): Sql {
  const tests = args.filter((_, i) => types.args[i]?.nullable).map(isNull);
  const [first, ...rest] = tests;
  if (first === undefined) return extremeOf;
  const anyNull = rest.reduce((sum, test) => binary(sum, 'OR', test), first);
  return caseWhen([{ when: anyNull, then: token('NULL') }], extremeOf);
}

export const conditionalRows: readonly ScalarRow[] = [
  coalesce,
  nullif,
  zeroIfNull,
  nullIfZero,
  extreme('GREATEST', 1),
  extreme('LEAST', -1),
  extremeOfKnown('GREATEST_IGNORE_NULLS', 'greatest', 1),
  extremeOfKnown('LEAST_IGNORE_NULLS', 'least', -1),
  paired('REGR_VALX', 1),
  paired('REGR_VALY', 0),
];
