/** Arrays on ClickHouse: they have no NULL there, a tuple has, so an ARRAY is a tuple of one array. */
import { binary, call, cast, type Sql, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import { signed, whole } from './clickhouse-sql.ts';
import { ifKnown, lambda, sure } from './clickhouse-text.ts';

/** The array in it; of no elements where there is none. */
const inner = (x: Sql | undefined): Sql => call('tupleElement', x as Sql, token(1));

export const arrayOfElements = (elements: Sql, type: SqlType): Sql => cast(call('tuple', elements), type);

const length = (x: Sql | undefined): Sql => call('toInt64', call('length', inner(x)));

/** NULL where one of the arguments is. */
const made = (args: readonly Sql[], elements: Sql, type: SqlType): Sql => ifKnown(args, arrayOfElements(elements, type));

type Build = (args: readonly Sql[], type: SqlType) => Sql;

export const clickhouseArrays: Readonly<Record<string, Build>> = {
  ARRAY_CONSTRUCT: (args, type) => arrayOfElements(call('array', ...args), type),
  ARRAY_SIZE: ([x]) => ifKnown([x as Sql], whole(length(x))),
  ARRAY_CONTAINS: ([x, array]) => ifKnown([x as Sql, array as Sql], call('has', inner(array), x as Sql)),
  ARRAY_POSITION: ([x, array]) => {
    const found = call('NULLIF', call('toInt64', call('indexOf', inner(array), x as Sql)), token(0));
    return ifKnown([x as Sql, array as Sql], whole(binary(found, '-', signed(1))));
  },
  ARRAY_TO_STRING: ([array, separator]) => {
    const texts = call('arrayMap', token("e -> ifNull(e, '')"), inner(array));
    return ifKnown([array as Sql], call('arrayStringConcat', texts, separator as Sql));
  },
  ARRAYS_OVERLAP: ([a, b]) => ifKnown([a as Sql, b as Sql], call('hasAny', inner(a), inner(b))),
  ARRAY_CAT: ([a, b], type) => made([a as Sql, b as Sql], call('arrayConcat', inner(a), inner(b)), type),
  ARRAY_SORT: ([x], type) => made([x as Sql], call('arraySort', inner(x)), type),
  ARRAY_REVERSE: ([x], type) => made([x as Sql], call('arrayReverse', inner(x)), type),
  ARRAY_APPEND: ([array, x], type) => made([array as Sql], call('arrayConcat', inner(array), call('array', x as Sql)), type),
  ARRAY_PREPEND: ([array, x], type) => made([array as Sql], call('arrayConcat', call('array', x as Sql), inner(array)), type),
  ARRAY_REMOVE: ([array, x], type) =>
    made([array as Sql], call('arrayFilter', lambda('e', binary(token('e'), '<>', x as Sql)), inner(array)), type),
  SPLIT: ([x, separator], type) => made([x as Sql], call('splitByString', separator as Sql, sure(x as Sql)), type),
  ARRAY_GENERATE_RANGE: (args, type) => {
    const bounds = args.map((x) => call('coalesce', cast(x, 'Nullable(Int64)'), signed(0)));
    return made(args, call('range', ...bounds), type);
  },
};

/** Places count from 0, up to but not with `to`; negative ones from the end. */
export function clickhouseSlice(array: Sql, from: number, to: number, type: SqlType): Sql {
  const fromEnd = (at: number): Sql => call('greatest', binary(length(array), '-', signed(-at)), signed(0));
  const first = from < 0 ? fromEnd(from) : signed(from);
  const last = to < 0 ? fromEnd(to) : signed(to);
  const count = call('greatest', binary(last, '-', first), signed(0));
  return made([array], call('arraySlice', inner(array), binary(first, '+', signed(1)), count), type);
}

/** Without the element at a place, counted as above. */
export function clickhouseWithout(array: Sql, at: number, type: SqlType): Sql {
  const place = at < 0 ? binary(length(array), '-', signed(-at - 1)) : signed(at + 1);
  const kept = lambda('(e, i)', binary(token('i'), '<>', place));
  return made([array], call('arrayFilter', kept, inner(array), call('arrayEnumerate', inner(array))), type);
}

/** NULL where there is no such place. */
export const clickhouseElementAt = (array: Sql, at: number): Sql => call('arrayElement', inner(array), token(at + 1));
