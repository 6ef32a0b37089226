/** Arrays with an element more or less, and arrays of whole numbers. */
import { binary, call, cast, type Sql, token } from '../sql/tree.ts';
import { commonType, number, type SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectKind, refuse } from './arguments.ts';
import { arrayOf, asVariant, elements, expectArray, expectElement, onClickhouse, unlessNull } from './arrays.ts';
import { clickhouseWithout } from './clickhouse-arrays.ts';
import { compareValues } from './compare-values.ts';
import type { Arg, Example, Refusal, ScalarRow, Signature } from './define.ts';
import { typed } from './postgres-sql.ts';

/** An array, and an element of what it holds, which is never NULL: what becomes of a NULL is not the same everywhere. */
function resolveEdit(name: string, args: readonly Arg[]): Signature | Refusal {
  const wrong = arity(name, args, 2) ?? expectArray(name, args, 0) ?? expectElement(name, args, 1, 0);
  if (wrong) return wrong;
  if (args[1]?.nullable === true || args[1]?.type.kind === 'null')
    return refuse('type-mismatch', `${name} takes an element that is never NULL`, 'COALESCE(x, …)', 1);
  const { of } = arrayOf(args, 0);
  const own = args[1]?.type;
  // An element that is put in may have more digits than those that are there.
  const wider = name === 'ARRAY_REMOVE' || own === undefined ? of : (commonType(of, own.kind === 'element' ? own.of : own) ?? of);
  return { type: { kind: 'array', of: wider }, nullable: anyNullable(args) };
}

const edit = (
  name: string,
  summary: string,
  duckdb: (array: Sql, x: Sql) => Sql,
  postgres: (array: Sql, x: Sql) => Sql,
  evaluate: (array: readonly Value[], x: Value) => readonly Value[],
  examples: readonly Example[] = [],
): ScalarRow => ({
  kind: 'scalar',
  name,
  summary,
  nulls: 'propagate',
  resolve: (args) => resolveEdit(name, args),
  sql: {
    standard: ([array, x], { args }) => call(name, array as Sql, asVariant(x as Sql, args[1])),
    // A missing array is taken for an empty one there.
    duckdb: ([array, x], { args, type }) => unlessNull([array as Sql], args, cast(duckdb(array as Sql, x as Sql), type)),
    postgres: ([array, x], { args }) => unlessNull([array as Sql], args, postgres(array as Sql, typed(x as Sql))),
    clickhouse: onClickhouse(name),
  },
  evaluate: ([array, x]) => evaluate(elements(array), x as Value),
  examples,
});

const place = (args: readonly Arg[]): number | undefined => {
  const written = args[1]?.literal;
  return typeof written === 'string' && /^-?\d{1,6}$/.test(written) ? Number(written) : undefined;
};

const removeAt: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_REMOVE_AT',
  summary: 'Without the element at a place, counted from 0, or from the end if negative; the same array where there is none.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('ARRAY_REMOVE_AT', args, 2) ?? expectArray('ARRAY_REMOVE_AT', args, 0);
    if (wrong) return wrong;
    if (place(args) === undefined) return refuse('wrong-arguments', 'ARRAY_REMOVE_AT takes a constant place', 'ARRAY_REMOVE_AT(x, 0)', 1);
    return { type: arrayOf(args, 0), nullable: anyNullable(args) };
  },
  sql: {
    standard: ([array, at]) => call('ARRAY_REMOVE_AT', array as Sql, at as Sql),
    duckdb: ([array], { args }) => call('lockstep_without_place', array as Sql, fromOne('len', array as Sql, args)),
    postgres: ([array], { args }) => call('lockstep_array_without_place', array as Sql, fromOne('cardinality', array as Sql, args)),
    clickhouse: ([array], { args, type }) => clickhouseWithout(array as Sql, place(args) ?? 0, type),
  },
  evaluate: ([array], { args }) => {
    const all = elements(array);
    const at = place(args) ?? 0;
    return all.filter((_, i) => i !== (at < 0 ? all.length + at : at));
  },
  examples: [],
};

function fromOne(size: string, array: Sql, args: readonly Arg[]): Sql {
  const at = place(args) ?? 0;
  return at < 0 ? binary(call(size, array), '-', token(-at - 1)) : token(at + 1);
}

const numbers: SqlType = { kind: 'array', of: number(18) };

const range: ScalarRow = {
  kind: 'scalar',
  name: 'ARRAY_GENERATE_RANGE',
  summary: 'Whole numbers from one up to but not with another, by a constant step that is 1 if none is given.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong =
      arity('ARRAY_GENERATE_RANGE', args, 2, 3) ??
      args.map((arg, i) => expectKind('ARRAY_GENERATE_RANGE', arg, 'integer', i)).find((refusal) => refusal !== undefined);
    if (wrong) return wrong;
    const wide = args.findIndex(({ type }) => type.kind === 'number' && type.precision > 18);
    if (wide >= 0) return refuse('type-mismatch', 'ARRAY_GENERATE_RANGE takes numbers of 18 digits', 'cast it: x::NUMBER(18, 0)', wide);
    const step = args[2];
    if (step !== undefined && !/^-?[1-9]\d{0,8}$/.test(String(step.literal)))
      return refuse('wrong-arguments', 'ARRAY_GENERATE_RANGE takes a constant step that is not zero', undefined, 2);
    return { type: numbers, nullable: anyNullable(args) };
  },
  sql: {
    standard: (args) => call('ARRAY_GENERATE_RANGE', ...args),
    duckdb: (args) => call('range', ...args.map((x) => cast(x, 'BIGINT'))),
    postgres: ([first, behind, step = token(1)]) => cast(call('lockstep_array_range', first as Sql, behind as Sql, step), numbers),
    clickhouse: onClickhouse('ARRAY_GENERATE_RANGE'),
  },
  evaluate: ([first, behind, step = 1n]) => {
    const found: bigint[] = [];
    const by = step as bigint;
    for (let n = first as bigint; by > 0n ? n < (behind as bigint) : n > (behind as bigint); n += by) found.push(n);
    return found;
  },
  examples: [],
};

export const arrayEditRows: readonly ScalarRow[] = [
  edit(
    'ARRAY_APPEND',
    'With an element more at the end.',
    (array, x) => call('list_append', array, x),
    (array, x) => call('array_append', array, x),
    (array, x) => [...array, x],
  ),
  edit(
    'ARRAY_PREPEND',
    'With an element more at the beginning.',
    (array, x) => call('list_prepend', x, array),
    (array, x) => call('array_prepend', x, array),
    (array, x) => [x, ...array],
  ),
  edit(
    'ARRAY_REMOVE',
    'Without the elements that equal a value.',
    (array, x) => call('lockstep_without', array, x),
    (array, x) => call('array_remove', array, x),
    (array, x) => array.filter((element) => compareValues(element, x) !== 0),
  ),
  removeAt,
  range,
];
