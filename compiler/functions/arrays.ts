/** Arrays whose elements have one known type, and are never NULL. */
import { binary, call, caseWhen, cast, isNull, type Sql, str, token } from '../sql/tree.ts';
import { boolean, commonType, integer, type SqlType, sameType, typeName, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectKind, refuse } from './arguments.ts';
import { clickhouseArrays, clickhouseSlice } from './clickhouse-arrays.ts';
import { isJson } from './clickhouse-json.ts';
import { whole } from './clickhouse-sql.ts';
import { compareValues } from './compare-values.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { expectVariant } from './json.ts';
import { elementsOf, jsonKind } from './json-values.ts';
import { numeric, typed } from './postgres-sql.ts';

type ArrayType = Extract<SqlType, { kind: 'array' }>;

export const onClickhouse =
  (name: string) =>
  (args: readonly Sql[], { type }: CallTypes): Sql =>
    (clickhouseArrays[name] as (args: readonly Sql[], type: SqlType) => Sql)(args, type);

const elementKinds: ReadonlySet<SqlType['kind']> = new Set(['number', 'float', 'boolean', 'varchar', 'date', 'timestamp']);

/** undefined: each of these may be an element. */
export function elementRefusal(fn: string, args: readonly Arg[]): Refusal | undefined {
  const at = args.findIndex(({ type }) => !elementKinds.has(type.kind));
  if (at < 0) return undefined;
  const { type } = args[at] as Arg;
  const hint = type.kind === 'null' ? 'give the NULL a type: CAST(NULL AS …)' : 'cast it: x::VARCHAR, or TRY_CAST(x::VARCHAR AS …)';
  return refuse('type-mismatch', `${fn} does not take ${typeName(type)}`, hint, at);
}

export function expectArray(fn: string, args: readonly Arg[], index: number): Refusal | undefined {
  const type = args[index]?.type;
  if (type === undefined || type.kind === 'array') return undefined;
  const hint = type.kind === 'variant' ? 'LATERAL FLATTEN(input => x) gives its elements as rows' : undefined;
  return refuse('type-mismatch', `${fn} needs, as argument ${index + 1}, an array; this is ${typeName(type)}`, hint, index);
}

export const arrayOf = (args: readonly Arg[], index: number): ArrayType => (args[index] as Arg).type as ArrayType;

/** An element is looked for as what the array holds: engines do not agree on what else may equal it. */
export function expectElement(fn: string, args: readonly Arg[], index: number, array: number): Refusal | undefined {
  const { type } = args[index] as Arg;
  const { of } = arrayOf(args, array);
  const own = type.kind === 'element' ? type.of : type;
  if (own.kind === 'null' || sameType(own, of) || (own.kind === 'number' && of.kind === 'number' && own.scale === of.scale))
    return undefined;
  return refuse(
    'type-mismatch',
    `${fn} looks for a ${typeName(own)} in ${typeName({ kind: 'array', of })}`,
    `cast it: x::${typeName(of)}`,
    index,
  );
}

/** NULL where one of the values is, whatever the engine makes of it. */
export function unlessNull(values: readonly Sql[], args: readonly Arg[], otherwise: Sql): Sql {
  const missing = values.filter((_, i) => args[i]?.nullable === true).map((x) => isNull(x));
  if (missing.length === 0) return otherwise;
  return caseWhen([{ when: missing.reduce((a, b) => binary(a, 'OR', b)), then: token('NULL') }], otherwise);
}

export const elements = (value: Value | undefined): readonly Value[] => value as readonly Value[];

const construct: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_CONSTRUCT',
  summary: 'An array of values of one type: [a, b].',
  nulls: 'handles',
  resolve: (args): Signature | Refusal => {
    if (args.length === 0) return refuse('wrong-arguments', 'an array without elements has no type of elements');
    const wrong = elementRefusal('an array', args);
    if (wrong) return wrong;
    const missing = args.findIndex((arg) => arg.nullable);
    if (missing >= 0)
      return refuse('type-mismatch', 'an element of an array may not be NULL: engines keep or drop it', 'COALESCE(x, …)', missing);
    let of: SqlType = { kind: 'null' };
    for (const [i, { type }] of args.entries()) {
      const common = commonType(of, type);
      if (common === undefined)
        return refuse(
          'type-mismatch',
          `an array holds values of one type, not ${typeName(of)} and ${typeName(type)}`,
          'cast one of them',
          i,
        );
      of = common;
    }
    return { type: { kind: 'array', of }, nullable: false, params: args.map(() => of) };
  },
  sql: {
    standard: (args) => call('ARRAY_CONSTRUCT', ...args),
    duckdb: (args, { type }) => cast(call('list_value', ...args), type),
    postgres: (args, { type }) => call('lockstep_array', cast(token('NULL'), type), ...args),
    clickhouse: onClickhouse('ARRAY_CONSTRUCT'),
  },
  evaluate: (values) => values,
  examples: [],
};

const arraySize: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_SIZE',
  summary: 'How many elements; NULL for a VARIANT that is no array.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('ARRAY_SIZE', args, 1);
    if (wrong) return wrong;
    const array = args[0]?.type.kind === 'array';
    return (array ? undefined : expectVariant('ARRAY_SIZE', args)) ?? { type: integer, nullable: !array || anyNullable(args), digits: 10 };
  },
  sql: {
    standard: ([x]) => call('ARRAY_SIZE', x as Sql),
    duckdb: ([x], { args }) =>
      cast(
        args[0]?.type.kind === 'array'
          ? call('len', x as Sql)
          : caseWhen([{ when: binary(call('json_type', x as Sql), '=', str('ARRAY')), then: call('json_array_length', x as Sql) }]),
        integer,
      ),
    postgres: ([x], { args }) =>
      numeric(
        args[0]?.type.kind === 'array'
          ? call('cardinality', x as Sql)
          : caseWhen([{ when: binary(call('json_typeof', x as Sql), '=', str('array')), then: call('json_array_length', x as Sql) }]),
      ),
    clickhouse: ([x], { args, type }) =>
      args[0]?.type.kind === 'array'
        ? onClickhouse('ARRAY_SIZE')([x as Sql], { args, type })
        : whole(caseWhen([{ when: isJson(x as Sql, 'array'), then: call('JSONLength', x as Sql) }])),
  },
  evaluate: ([x], { args }) => {
    if (args[0]?.type.kind === 'array') return BigInt(elements(x).length);
    return jsonKind(x as Value) === 'array' ? BigInt(elementsOf(x as Value).length) : null;
  },
  examples: [],
};

const holds = (array: readonly Value[], x: Value): number => array.findIndex((element) => compareValues(element, x) === 0);

/** An element is a VARIANT as it is. */
export const asVariant = (x: Sql, arg: Arg | undefined): Sql => (arg?.type.kind === 'element' ? x : cast(x, { kind: 'variant' }));

const arrayContains: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_CONTAINS',
  summary: 'Whether an array holds a value: ARRAY_CONTAINS(x::VARIANT, array).',
  nulls: 'propagate',
  resolve: (args) =>
    arity('ARRAY_CONTAINS', args, 2) ??
    expectArray('ARRAY_CONTAINS', args, 1) ??
    expectElement('ARRAY_CONTAINS', args, 0, 1) ?? { type: boolean, nullable: anyNullable(args) },
  sql: {
    standard: ([x, array], { args }) => call('ARRAY_CONTAINS', asVariant(x as Sql, args[0]), array as Sql),
    duckdb: ([x, array]) => call('list_contains', array as Sql, x as Sql),
    // NULL = ANY of no elements is FALSE.
    postgres: ([x, array], { args }) => unlessNull([x as Sql], args, binary(typed(x as Sql), '=', call('ANY', array as Sql))),
    clickhouse: onClickhouse('ARRAY_CONTAINS'),
  },
  evaluate: ([x, array]) => holds(elements(array), x as Value) >= 0,
  examples: [],
};

const arrayPosition: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_POSITION',
  summary: 'The first place of a value in an array, counted from 0; NULL if it is not there.',
  nulls: 'propagate',
  resolve: (args) =>
    arity('ARRAY_POSITION', args, 2) ??
    expectArray('ARRAY_POSITION', args, 1) ??
    expectElement('ARRAY_POSITION', args, 0, 1) ?? { type: integer, nullable: true, digits: 10 },
  sql: {
    standard: ([x, array], { args }) => call('ARRAY_POSITION', asVariant(x as Sql, args[0]), array as Sql),
    duckdb: ([x, array]) => cast(binary(call('NULLIF', call('list_position', array as Sql, x as Sql), token(0)), '-', token(1)), integer),
    postgres: ([x, array]) => binary(numeric(call('array_position', array as Sql, typed(x as Sql))), '-', token(1)),
    clickhouse: onClickhouse('ARRAY_POSITION'),
  },
  evaluate: ([x, array]) => {
    const at = holds(elements(array), x as Value);
    return at < 0 ? null : BigInt(at);
  },
  examples: [],
};

const arrayToString: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_TO_STRING',
  summary: 'Texts of an array with a separator between them.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong =
      arity('ARRAY_TO_STRING', args, 2) ??
      expectArray('ARRAY_TO_STRING', args, 0) ??
      expectKind('ARRAY_TO_STRING', args[1] as Arg, 'varchar', 1);
    if (wrong) return wrong;
    if (typeof args[1]?.literal !== 'string') return refuse('wrong-arguments', 'ARRAY_TO_STRING needs a constant separator', undefined, 1);
    const { of } = arrayOf(args, 0);
    if (of.kind !== 'varchar')
      return refuse(
        'type-mismatch',
        `ARRAY_TO_STRING joins texts; this is ${typeName(arrayOf(args, 0))}`,
        'make the elements texts before they are in the array: ARRAY_AGG(x::VARCHAR)',
        0,
      );
    return { type: varchar, nullable: anyNullable(args) };
  },
  sql: {
    standard: ([array, separator]) => call('ARRAY_TO_STRING', array as Sql, separator as Sql),
    postgres: 'standard',
    clickhouse: onClickhouse('ARRAY_TO_STRING'),
  },
  evaluate: ([array, separator]) => elements(array).join(separator as string),
  examples: [],
};

const overlap: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAYS_OVERLAP',
  summary: 'Whether two arrays share a value.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('ARRAYS_OVERLAP', args, 2) ?? expectArray('ARRAYS_OVERLAP', args, 0) ?? expectArray('ARRAYS_OVERLAP', args, 1);
    if (wrong) return wrong;
    const [a, b] = [arrayOf(args, 0), arrayOf(args, 1)];
    if (!sameType(a, b))
      return refuse('type-mismatch', `ARRAYS_OVERLAP compares ${typeName(a)} with ${typeName(b)}`, 'cast the elements to one type', 1);
    return { type: boolean, nullable: anyNullable(args) };
  },
  sql: {
    standard: ([a, b]) => call('ARRAYS_OVERLAP', a as Sql, b as Sql),
    duckdb: ([a, b]) => call('list_has_any', a as Sql, b as Sql),
    postgres: ([a, b]) => binary(a as Sql, '&&', b as Sql),
    clickhouse: onClickhouse('ARRAYS_OVERLAP'),
  },
  evaluate: ([a, b]) => elements(a).some((x) => holds(elements(b), x) >= 0),
  examples: [],
};

const cat: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_CAT',
  summary: 'Two arrays, one after the other.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('ARRAY_CAT', args, 2) ?? expectArray('ARRAY_CAT', args, 0) ?? expectArray('ARRAY_CAT', args, 1);
    if (wrong) return wrong;
    const [a, b] = [arrayOf(args, 0), arrayOf(args, 1)];
    return sameType(a, b)
      ? { type: a, nullable: anyNullable(args) }
      : refuse('type-mismatch', `ARRAY_CAT joins ${typeName(a)} and ${typeName(b)}`, 'cast the elements to one type', 1);
  },
  sql: {
    standard: ([a, b]) => call('ARRAY_CAT', a as Sql, b as Sql),
    // A missing array is taken for an empty one there.
    duckdb: ([a, b], { args }) => unlessNull([a as Sql, b as Sql], args, call('list_concat', a as Sql, b as Sql)),
    postgres: ([a, b], { args }) => unlessNull([a as Sql, b as Sql], args, call('array_cat', a as Sql, b as Sql)),
    clickhouse: onClickhouse('ARRAY_CAT'),
  },
  evaluate: ([a, b]) => [...elements(a), ...elements(b)],
  examples: [],
};

const slice: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_SLICE',
  summary: 'Elements from a place, counted from 0, up to but not with another; negative places count from the end.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('ARRAY_SLICE', args, 3) ?? expectArray('ARRAY_SLICE', args, 0);
    if (wrong) return wrong;
    const at = [1, 2].find((i) => !/^-?\d{1,6}$/.test(String(args[i]?.literal)));
    if (at !== undefined) return refuse('wrong-arguments', 'ARRAY_SLICE takes constant places', 'ARRAY_SLICE(x, 0, 3)', at);
    return { type: arrayOf(args, 0), nullable: anyNullable(args) };
  },
  sql: {
    standard: ([array, from, to]) => call('ARRAY_SLICE', array as Sql, from as Sql, to as Sql),
    duckdb: ([array], { args }) => {
      const size = call('len', array as Sql);
      const [from, to] = [Number(args[1]?.literal), Number(args[2]?.literal)];
      const first = from < 0 ? call('greatest', binary(binary(size, '-', token(-from)), '+', token(1)), token(1)) : token(from + 1);
      // A place before the first would be read from the end.
      const last = to < 0 ? call('greatest', binary(size, '-', token(-to)), token(0)) : token(to);
      return call('lockstep_slice', array as Sql, first, last);
    },
    postgres: ([array], { args }) =>
      call('lockstep_array_slice', array as Sql, token(Number(args[1]?.literal)), token(Number(args[2]?.literal))),
    clickhouse: ([array], { args, type }) => clickhouseSlice(array as Sql, Number(args[1]?.literal), Number(args[2]?.literal), type),
  },
  evaluate: ([array], { args }) => elements(array).slice(Number(args[1]?.literal), Number(args[2]?.literal)),
  examples: [],
};

const sort: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_SORT',
  summary: 'Elements in ascending order; texts by code points.',
  nulls: 'propagate',
  resolve: (args) =>
    arity('ARRAY_SORT', args, 1) ?? expectArray('ARRAY_SORT', args, 0) ?? { type: arrayOf(args, 0), nullable: anyNullable(args) },
  sql: {
    standard: ([x]) => call('ARRAY_SORT', x as Sql),
    duckdb: ([x]) => call('list_sort', x as Sql),
    postgres: ([x], { args }) =>
      call(arrayOf(args, 0).of.kind === 'varchar' ? 'lockstep_text_array_sort' : 'lockstep_array_sort', x as Sql),
    clickhouse: onClickhouse('ARRAY_SORT'),
  },
  evaluate: ([x]) => [...elements(x)].sort(compareValues),
  examples: [],
};

const reverse: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_REVERSE',
  summary: 'Elements, the last first.',
  nulls: 'propagate',
  resolve: (args) =>
    arity('ARRAY_REVERSE', args, 1) ?? expectArray('ARRAY_REVERSE', args, 0) ?? { type: arrayOf(args, 0), nullable: anyNullable(args) },
  sql: {
    standard: ([x]) => call('ARRAY_REVERSE', x as Sql),
    duckdb: ([x]) => call('list_reverse', x as Sql),
    postgres: ([x]) => call('lockstep_array_reverse', x as Sql),
    clickhouse: onClickhouse('ARRAY_REVERSE'),
  },
  evaluate: ([x]) => [...elements(x)].reverse(),
  examples: [],
};

const split: ScalarRow = {
  kind: 'scalar',
  name: 'SPLIT',
  summary: 'The pieces of a text between separators, as an array.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong =
      arity('SPLIT', args, 2) ?? expectKind('SPLIT', args[0] as Arg, 'varchar', 0) ?? expectKind('SPLIT', args[1] as Arg, 'varchar', 1);
    if (wrong) return wrong;
    if (typeof args[1]?.literal !== 'string' || args[1].literal === '')
      return refuse('wrong-arguments', 'SPLIT needs a constant separator that is not empty', undefined, 1);
    return { type: { kind: 'array', of: varchar }, nullable: anyNullable(args) };
  },
  sql: {
    standard: ([x, separator]) => call('SPLIT', x as Sql, separator as Sql),
    duckdb: ([x, separator]) => call('string_split', x as Sql, separator as Sql),
    // Postgres makes no piece of an empty text.
    postgres: ([x, separator]) =>
      caseWhen(
        [{ when: binary(x as Sql, '=', str('')), then: call('lockstep_array', cast(token('NULL'), 'TEXT[]'), str('')) }],
        call('string_to_array', x as Sql, separator as Sql),
      ),
    clickhouse: onClickhouse('SPLIT'),
  },
  evaluate: ([x, separator]) => (x as string).split(separator as string),
  examples: [],
};

export const arrayRows: readonly ScalarRow[] = [
  construct,
  arraySize,
  arrayContains,
  arrayPosition,
  arrayToString,
  overlap,
  cat,
  slice,
  sort,
  reverse,
  split,
];
