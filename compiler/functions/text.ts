/** Pieces, paddings and cases of text. Positions count code points, from 1. */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import { number, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectArgs, expectKind, type Wanted } from './arguments.ts';
import { size as clickhouseSize } from './clickhouse-sql.ts';
import { clickhouseCase, clickhouseLeft, clickhousePad, clickhouseRight, clickhouseSubstring, clickhouseTrim } from './clickhouse-text.ts';
import type { Arg, Example, Refusal, ScalarRow, Signature } from './define.ts';
import { inLower, inUpper, oneForOne } from './letter-case.ts';
import { collated, size, whole } from './postgres-sql.ts';

type Evaluate = (values: readonly Value[]) => Value;

interface TextRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly wanted: readonly Wanted[];
  readonly optional?: number;
  readonly duckdb?: (args: readonly Sql[]) => Sql;
  readonly postgres?: ((args: readonly Sql[]) => Sql) | 'standard';
  readonly clickhouse?: ((args: readonly Sql[]) => Sql) | 'standard';
  readonly evaluate: Evaluate;
  readonly examples?: readonly Example[];
  /** What else the arguments must be. */
  readonly limits?: (args: readonly Arg[]) => Refusal | undefined;
  readonly raises?: (args: readonly Arg[]) => Signature['mayRaise'];
  /** NULL also where no argument is. */
  readonly partial?: boolean;
}

export function textRow(row: TextRow, result: Signature['type'] = varchar): ScalarRow {
  const { name, aliases = [], summary, wanted, optional = 0, duckdb, postgres, clickhouse, evaluate, examples = [] } = row;
  const standard = (args: readonly Sql[]): Sql => call(name, ...args);
  return {
    kind: 'scalar',
    name,
    aliases,
    summary,
    nulls: 'propagate',
    resolve: (written) => {
      const args = written.map((arg, i) => typedNull(arg, wanted[i]));
      const refusal = expectArgs(name, args, wanted, optional) ?? row.limits?.(args);
      if (refusal) return refusal;
      const mayRaise = row.raises?.(args);
      const signature = { type: result, nullable: row.partial === true || anyNullable(args), params: args.map((arg) => arg.type) };
      return mayRaise === undefined ? signature : { ...signature, mayRaise };
    },
    sql: {
      standard,
      ...(duckdb && {
        duckdb: (args, { args: types }) => duckdb(args.map((sql, i) => (isHuge(types[i]) ? cast(sql, 'BIGINT') : sql))),
      }),
      ...(postgres && { postgres }),
      ...(clickhouse && { clickhouse }),
    },
    evaluate,
    examples,
  };
}

/** A bare NULL is one of the type that stands there. */
function typedNull(arg: Arg, wanted: Wanted | undefined): Arg {
  if (arg.type.kind !== 'null' || (wanted !== 'varchar' && wanted !== 'integer')) return arg;
  return { ...arg, type: wanted === 'varchar' ? varchar : number(18), nullable: true };
}

/** DuckDB's text functions take no HUGEINT. */
function isHuge(arg: Arg | undefined): boolean {
  return arg?.type.kind === 'number' && arg.type.precision > 18 && arg.literal === undefined;
}

export const lengthType = number(18);
export const points = (value: Value | undefined): string[] => [...(value as string)];
const literalNumber = (sql: Sql | undefined): number | undefined => {
  if (sql?.kind === 'prefix' && sql.operator === '-' && sql.argument.kind === 'token') return -Number(sql.argument.text);
  return sql?.kind === 'token' && /^-?\d+$/.test(sql.text) ? Number(sql.text) : undefined;
};

/** Postgres counts a start below 1 as places before the text. */
function postgresSubstring([text, start, length]: readonly Sql[]): Sql {
  const [s, at] = [text as Sql, whole(start as Sql)];
  const piece = (from: Sql): Sql => call('substr', s, from, ...(length === undefined ? [] : [size(length)]));
  const known = literalNumber(at);
  if (known !== undefined && known >= 0) return piece(token(Math.max(1, known)));
  const end = call('length', s);
  const negative = [
    { when: binary(binary(end, '+', at), '<', token(0)), then: call('left', piece(token(1)), token(0)) },
    { when: binary(at, '<', token(0)), then: piece(binary(binary(end, '+', at), '+', token(1))) },
  ];
  return caseWhen([...negative, { when: binary(at, '=', token(0)), then: piece(token(1)) }], piece(at));
}

const postgresPad =
  (name: string) =>
  ([text, width, filling = str(' ')]: readonly Sql[]): Sql =>
    call(name, text as Sql, size(width as Sql), filling);

/** The same letters as in `letter-case.ts`: the helpers of an engine leave what its own function would not. */
export const duckdbCase = (name: 'lower' | 'upper', s: Sql): Sql => call(`lockstep_${name}`, s);
/** The result sorts by code points again. */
export const postgresCase = (name: 'lower' | 'upper', s: Sql): Sql => collated(call(`lockstep_${name}`, s));

const caseRow = (name: 'LOWER' | 'UPPER', summary: string, evaluate: (text: Value | undefined) => string): ScalarRow => {
  const fn = name === 'LOWER' ? 'lower' : 'upper';
  return textRow({
    name,
    summary,
    wanted: ['varchar'],
    duckdb: ([s]) => duckdbCase(fn, s as Sql),
    postgres: ([s]) => postgresCase(fn, s as Sql),
    clickhouse: ([s]) => clickhouseCase(fn, s as Sql),
    evaluate: ([s]) => evaluate(s),
  });
};

/** At least zero: DuckDB counts a negative number of characters from the other end. */
function notNegative(n: Sql): Sql {
  const known = literalNumber(n);
  if (known !== undefined) return known >= 0 ? n : token(0);
  return caseWhen([{ when: binary(n, '<', token(0)), then: token(0) }], n);
}

/** Start 0 is 1; a start before the beginning gives ''. */
function duckdbSubstring([text, start, length]: readonly Sql[]): Sql {
  const known = literalNumber(start);
  const from =
    known === undefined
      ? caseWhen([{ when: binary(start as Sql, '=', token(0)), then: token(1) }], start as Sql)
      : known === 0
        ? token(1)
        : (start as Sql);
  const piece = length === undefined ? call('substring', text as Sql, from) : call('substring', text as Sql, from, notNegative(length));
  if (known !== undefined && known >= 0) return piece;
  return caseWhen(
    [
      {
        when: binary(start as Sql, '<', { kind: 'prefix', operator: '-', argument: call('length', text as Sql) }),
        then: call('left', piece, token(0)),
      },
    ],
    piece,
  );
}

function substring([text, start, length]: readonly Value[]): Value {
  const characters = points(text);
  const at = Number(start);
  if (at < -characters.length) return '';
  const from = at > 0 ? at - 1 : at === 0 ? 0 : characters.length + at;
  const to = length === undefined ? characters.length : from + Math.max(0, Number(length));
  return characters.slice(from, to).join('');
}

function pad(text: Value | undefined, width: Value | undefined, filling: Value | undefined, left: boolean): Value {
  const characters = points(text);
  const size = Math.max(0, Number(width));
  const fill = points(filling ?? ' ');
  if (characters.length >= size || fill.length === 0) return characters.slice(0, size).join('');
  const added = Array.from({ length: size - characters.length }, (_, i) => fill[i % fill.length]);
  return (left ? [...added, ...characters] : [...characters, ...added]).join('');
}

const duckdbPad =
  (name: string) =>
  (args: readonly Sql[]): Sql => {
    const [text, width, filling = str(' ')] = args as [Sql, Sql, Sql?];
    const size = cast(notNegative(width), 'INTEGER');
    const padded = call(name, text, size, filling);
    if (filling.kind === 'string' && filling.value !== '') return padded;
    return caseWhen([{ when: binary(filling, '=', str('')), then: call('left', text, size) }], padded);
  };

function strip(text: Value | undefined, set: Value | undefined, left: boolean, right: boolean): Value {
  const characters = points(text);
  const removed = new Set(points(set ?? ' '));
  let [from, to] = [0, characters.length];
  while (left && from < to && removed.has(characters[from] as string)) from++;
  while (right && to > from && removed.has(characters[to - 1] as string)) to--;
  return characters.slice(from, to).join('');
}

const trimRow = (name: string, left: boolean, right: boolean, examples: readonly Example[] = []): ScalarRow =>
  textRow({
    name,
    summary: 'Without blanks (or the given characters) at its ends.',
    wanted: ['varchar', 'varchar'],
    optional: 1,
    postgres: (args) => call(name === 'TRIM' ? 'btrim' : name, ...args),
    clickhouse: (args) => clickhouseTrim(name, args),
    evaluate: ([text, set]) => strip(text, set, left, right),
    examples,
  });

const concatResolve =
  (name: string, min: number) =>
  (written: readonly Arg[]): Signature | Refusal => {
    const wrong = arity(name, written, min, name === '||' ? 2 : Number.POSITIVE_INFINITY);
    if (wrong) return wrong;
    const args = written.map((arg) => typedNull(arg, 'varchar'));
    for (const [i, arg] of args.entries()) {
      const refusal = expectKind(name, arg, 'varchar', i);
      if (refusal) return refusal;
    }
    return { type: varchar, nullable: anyNullable(args), params: args.map((arg) => arg.type) };
  };

const joined = (parts: readonly Sql[]): Sql => parts.reduce((left, right) => binary(left, '||', right));

const concatRow = (
  name: string,
  summary: string,
  min: number,
  build: (args: readonly Sql[]) => Sql,
  evaluate: Evaluate,
  examples: readonly Example[],
): ScalarRow => ({
  kind: 'scalar',
  name,
  summary,
  nulls: 'propagate',
  resolve: concatResolve(name, min),
  sql: { standard: (args) => (name === '||' ? joined(args) : call(name, ...args)), duckdb: build, postgres: build, clickhouse: build },
  evaluate,
  examples,
});

export const textRows: readonly ScalarRow[] = [
  concatRow('||', 'One text after the other; NULL if either is.', 2, joined, (values) => values.join(''), []),
  concatRow('CONCAT', 'One text after the other; NULL if any is.', 1, joined, (values) => values.join(''), []),
  concatRow(
    'CONCAT_WS',
    'Texts with a separator between them; NULL if any is.',
    2,
    ([separator, ...parts]) =>
      joined(
        parts.flatMap((part, i) =>
          i === 0 ? (parts.length === 1 ? [part, binaryEmpty(separator as Sql)] : [part]) : [separator as Sql, part],
        ),
      ),
    ([separator, ...parts]) => parts.join(separator as string),
    [
      { sql: "CONCAT_WS(',', 'one', 'two', 'three')", result: 'one,two,three', source: 'gold:slt.string.concat_ws.1' },
      { sql: "CONCAT_WS(',', 'one')", result: 'one', source: 'gold:slt.string.concat_ws.2' },
    ],
  ),
  textRow({
    name: 'SUBSTR',
    aliases: ['SUBSTRING'],
    summary: 'From a position, counted from the end if negative, for a number of characters.',
    wanted: ['varchar', 'integer', 'integer'],
    optional: 1,
    duckdb: duckdbSubstring,
    postgres: postgresSubstring,
    clickhouse: (args) => clickhouseSubstring(args),
    evaluate: substring,
    examples: [{ sql: "SUBSTR('testing 1 2 3', 9, 3)", result: '1 2', source: 'gold:slt.string.substr.1' }],
  }),
  textRow({
    name: 'LEFT',
    summary: 'The first n characters.',
    wanted: ['varchar', 'integer'],
    duckdb: ([s, n]) => call('left', s as Sql, notNegative(n as Sql)),
    postgres: ([s, n]) => call('left', s as Sql, size(n as Sql)),
    clickhouse: ([s, n]) => clickhouseLeft(s as Sql, n as Sql),
    evaluate: ([s, n]) =>
      points(s)
        .slice(0, Math.max(0, Number(n)))
        .join(''),
    examples: [{ sql: "LEFT('ABCDEF', 3)", result: 'ABC', source: 'gold:slt.string.left.1' }],
  }),
  textRow({
    name: 'RIGHT',
    summary: 'The last n characters.',
    wanted: ['varchar', 'integer'],
    clickhouse: ([s, n]) => clickhouseRight(s as Sql, n as Sql),
    duckdb: ([s, n]) => call('right', s as Sql, notNegative(n as Sql)),
    postgres: ([s, n]) => call('right', s as Sql, size(n as Sql)),
    evaluate: ([s, n]) => (Number(n) <= 0 ? '' : points(s).slice(-Number(n)).join('')),
    examples: [{ sql: "RIGHT('ABCDEFG', 3)", result: 'EFG', source: 'gold:slt.string.right.1' }],
  }),
  caseRow('LOWER', `In lower case, ${oneForOne}: İ stays.`, inLower),
  caseRow('UPPER', `In upper case, ${oneForOne}: ß stays.`, inUpper),
  trimRow('TRIM', true, true, [{ sql: "TRIM('*-*ABC-*-', '*-')", result: 'ABC', source: 'gold:slt.string.trim.1' }]),
  trimRow('LTRIM', true, false),
  trimRow('RTRIM', false, true),
  textRow({
    name: 'LPAD',
    summary: 'Filled up on the left to n characters, or cut to them.',
    wanted: ['varchar', 'integer', 'varchar'],
    optional: 1,
    duckdb: duckdbPad('lpad'),
    postgres: postgresPad('lpad'),
    clickhouse: (args) => clickhousePad(true, args),
    evaluate: ([s, n, filling]) => pad(s, n, filling, true),
  }),
  textRow({
    name: 'RPAD',
    summary: 'Filled up on the right to n characters, or cut to them.',
    wanted: ['varchar', 'integer', 'varchar'],
    optional: 1,
    duckdb: duckdbPad('rpad'),
    postgres: postgresPad('rpad'),
    clickhouse: (args) => clickhousePad(false, args),
    evaluate: ([s, n, filling]) => pad(s, n, filling, false),
    examples: [{ sql: "RPAD('123.50', 19, '*_')", result: '123.50*_*_*_*_*_*_*', source: 'gold:slt.string.rpad.3' }],
  }),
  textRow({
    name: 'REVERSE',
    summary: 'Backwards.',
    wanted: ['varchar'],
    // DuckDB's own keeps grapheme clusters together.
    duckdb: ([s]) => call('array_to_string', call('list_reverse', call('regexp_extract_all', s as Sql, str('(?s).'))), str('')),
    postgres: 'standard',
    clickhouse: ([s]) => call('reverseUTF8', s as Sql),
    evaluate: ([s]) => points(s).reverse().join(''),
    examples: [{ sql: "REVERSE('Hello, world!')", result: '!dlrow ,olleH', source: 'gold:slt.string.reverse.1' }],
  }),
  textRow({
    name: 'REPEAT',
    summary: 'n times over.',
    wanted: ['varchar', 'integer'],
    duckdb: ([s, n]) => call('repeat', s as Sql, notNegative(n as Sql)),
    postgres: ([s, n]) => call('repeat', s as Sql, size(n as Sql)),
    clickhouse: ([s, n]) => call('repeat', s as Sql, clickhouseSize(n as Sql)),
    evaluate: ([s, n]) => (s as string).repeat(Math.max(0, Number(n))),
  }),
];

/** '' or NULL: the separator counts even where nothing is separated. */
function binaryEmpty(separator: Sql): Sql {
  return call('left', separator, token(0));
}
