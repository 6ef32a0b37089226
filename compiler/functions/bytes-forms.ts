/** What text functions do with BINARY: the same by bytes. Engines count characters only, so it is done on the hexadecimal digits, two for each byte. */
import { binary, call, caseWhen, cast, type Engine, type Sql, str, token } from '../sql/tree.ts';
import { bytes, type SqlType, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, expectArgs, refuse, type Wanted } from './arguments.ts';
import { buffer, bytesFormat, ofBuffer } from './bytes.ts';
import { whole as clickhouseWhole } from './clickhouse-sql.ts';
import { clickhouseBitwise, clickhouseLeft, clickhousePad, clickhouseRight, clickhouseSubstring } from './clickhouse-text.ts';
import type { Arg, CallTypes, PerEngine, Refusal, ScalarRow, Signature } from './define.ts';
import { sqlFor } from './engine-sql.ts';
import { numeric } from './postgres-sql.ts';
import { lengthType } from './text.ts';

type Build = (args: readonly Sql[], types: CallTypes) => Sql;

interface BytesForm {
  readonly wanted: readonly Wanted[];
  readonly optional?: number;
  readonly type: SqlType;
  readonly limits?: (args: readonly Arg[]) => Refusal | undefined;
  /** `text`: the row's own SQL, of texts. */
  readonly duckdb: (args: readonly Sql[], types: CallTypes, text: Build) => Sql;
  readonly postgres: (args: readonly Sql[], types: CallTypes, text: Build) => Sql;
  readonly clickhouse: (args: readonly Sql[], types: CallTypes, text: Build) => Sql;
  readonly evaluate: (values: readonly Value[], types: CallTypes) => Value;
}

const duckdbHex = (x: Sql | undefined): Sql => call('hex', x as Sql);
const clickhouseHex = (x: Sql | undefined): Sql => call('hex', x as Sql);
const postgresHex = (x: Sql | undefined): Sql => call('encode', x as Sql, str('hex'));
const duckdbBytes = (hex: Sql): Sql => call('from_hex', hex);
const postgresBytes = (hex: Sql): Sql => call('decode', hex, str('hex'));

const size = (value: Value | undefined): number => Math.max(0, Number(value));

const counted = (factor: number): BytesForm => {
  const scaled = (n: Sql): Sql => (factor === 1 ? n : binary(token(factor), '*', n));
  return {
    wanted: ['binary'],
    type: lengthType,
    duckdb: ([x]) => scaled(call('octet_length', x as Sql)),
    postgres: ([x]) => numeric(scaled(call('octet_length', x as Sql))),
    clickhouse: ([x]) => clickhouseWhole(scaled(call('length', x as Sql))),
    evaluate: ([x]) => BigInt(factor * buffer(x).length),
  };
};

/** Twice as many digits; `start` counts from 1, or from the end. */
function digits(n: Sql, arg: Arg | undefined, start: boolean): { readonly sql: Sql; readonly arg: Arg } {
  const twice = (x: number): number => (start && x > 0 ? 2 * x - 1 : 2 * x);
  if (typeof arg?.literal === 'string') {
    const literal = String(twice(Number(arg.literal)));
    return { sql: token(literal), arg: { ...arg, literal } };
  }
  const doubled = binary(n, '*', token(2));
  const sql = start ? caseWhen([{ when: binary(n, '>', token(0)), then: binary(doubled, '-', token(1)) }], doubled) : doubled;
  return { sql, arg: arg as Arg };
}

/** The text function, of the digits; `starts`: the argument that is a place. */
function byDigits(
  wanted: readonly Wanted[],
  optional: number,
  starts: number | undefined,
  clickhouse: (args: readonly Sql[]) => Sql,
  evaluate: BytesForm['evaluate'],
): BytesForm {
  const build =
    (hex: (x: Sql | undefined) => Sql, back: (hex: Sql) => Sql, whole: (n: Sql) => Sql): BytesForm['duckdb'] =>
    (args, types, text) => {
      const made = args.map((sql, i) =>
        types.args[i]?.type.kind === 'binary'
          ? { sql: hex(sql), arg: { type: varchar, nullable: types.args[i]?.nullable === true } }
          : digits(sql, types.args[i], i === starts),
      );
      const given = made.map(({ sql, arg }) => (arg.literal === undefined ? sql : whole(sql)));
      return back(text(given, { args: made.map(({ arg }) => arg), type: varchar }));
    };
  return {
    wanted,
    optional,
    type: bytes,
    duckdb: build(duckdbHex, duckdbBytes, (n) => n),
    postgres: build(postgresHex, postgresBytes, numeric),
    clickhouse,
    evaluate,
  };
}

function slice([x, start, length]: readonly Value[]): Value {
  const raw = buffer(x);
  const at = Number(start);
  if (at < -raw.length) return '';
  const from = at > 0 ? at - 1 : at === 0 ? 0 : raw.length + at;
  return ofBuffer(raw.subarray(from, length === undefined ? raw.length : from + size(length)));
}

function padded([x, width, filling]: readonly Value[], left: boolean): Value {
  const [raw, fill, all] = [buffer(x), buffer(filling), size(width)];
  if (raw.length >= all || fill.length === 0) return ofBuffer(raw.subarray(0, all));
  const added = Buffer.alloc(all - raw.length, fill);
  return ofBuffer(Buffer.concat(left ? [added, raw] : [raw, added]));
}

const pad = (left: boolean): BytesForm =>
  byDigits(
    ['binary', 'integer', 'binary'],
    0,
    undefined,
    (args) => clickhousePad(left, args, 'bytes'),
    (values) => padded(values, left),
  );

const joined: BytesForm = {
  wanted: ['binary', 'binary'],
  type: bytes,
  duckdb: (args) => args.reduce((left, right) => binary(left, '||', right)),
  postgres: (args) => args.reduce((left, right) => binary(left, '||', right)),
  clickhouse: (args, types, text) => text(args, types),
  evaluate: (values) => values.join(''),
};

/** A comma behind each byte, so that a match begins where a byte does. */
const spaced = (hex: Sql): Sql => call('regexp_replace', hex, str('(..)'), str('\\1,'), str('g'));

const position: BytesForm = {
  wanted: ['binary', 'binary'],
  type: lengthType,
  duckdb: ([wanted, x]) => {
    const found = call('strpos', spaced(duckdbHex(x)), spaced(duckdbHex(wanted)));
    return binary(binary(found, '+', token(2)), '//', token(3));
  },
  postgres: ([wanted, x]) => {
    const found = call('strpos', spaced(postgresHex(x)), spaced(postgresHex(wanted)));
    return numeric(binary(binary(found, '+', token(2)), '/', token(3)));
  },
  clickhouse: ([wanted, x]) => clickhouseWhole(call('position', x as Sql, wanted as Sql)),
  evaluate: ([wanted, x]) => BigInt(buffer(x).indexOf(buffer(wanted)) + 1),
};

const side = (arg: Arg | undefined): string | undefined => {
  const word = typeof arg?.literal === 'string' ? arg.literal.toUpperCase() : '';
  return word === 'LEFT' || word === 'RIGHT' ? word : undefined;
};

/** Bits of bytes: the shorter is filled up with zeros on the side that is named. */
function bitwise(name: string, duckdb: (a: Sql, b: Sql) => Sql, postgres: string, apply: (a: number, b: number) => number): BytesForm {
  return {
    wanted: ['binary', 'binary', 'varchar'],
    type: bytes,
    limits: (args) =>
      side(args[2]) === undefined
        ? refuse('wrong-arguments', `${name} of BINARY takes the constant 'LEFT' or 'RIGHT': where the shorter is filled up`, undefined, 2)
        : undefined,
    duckdb: ([a, b], { args }) => {
      const hex = [duckdbHex(a), duckdbHex(b)] as const;
      const width = cast(call('greatest', ...hex.map((x) => call('length', x))), 'INTEGER');
      const filled = (x: Sql): Sql => call(side(args[2]) === 'LEFT' ? 'lpad' : 'rpad', x, width, str('0'));
      // No bytes are no bits there: one byte stands before them, and is taken away again.
      const bits = (x: Sql): Sql => cast(duckdbBytes(binary(str('00'), '||', filled(x))), 'BIT');
      return duckdbBytes(call('substring', duckdbHex(cast(duckdb(bits(hex[0]), bits(hex[1])), 'BLOB')), token(3)));
    },
    postgres: ([a, b], { args }) => {
      const hex = [postgresHex(a), postgresHex(b)] as const;
      const width = call('greatest', ...hex.map((x) => call('length', x)));
      const filled = (x: Sql): Sql => postgresBytes(call(side(args[2]) === 'LEFT' ? 'lpad' : 'rpad', x, width, str('0')));
      return call('lockstep_bytes_bitwise', cast(str(postgres), 'TEXT'), filled(hex[0]), filled(hex[1]));
    },
    clickhouse: ([a, b], { args }) => {
      const fn = { '&': 'bitAnd', '|': 'bitOr', '#': 'bitXor' }[postgres] as string;
      return clickhouseBitwise(fn, a as Sql, b as Sql, side(args[2]) === 'LEFT');
    },
    evaluate: ([a, b, where]) => {
      const [x, y] = [buffer(a), buffer(b)];
      const width = Math.max(x.length, y.length);
      const filled = (raw: Buffer): Buffer => {
        const zeros = Buffer.alloc(width - raw.length);
        return Buffer.concat((where as string).toUpperCase() === 'LEFT' ? [zeros, raw] : [raw, zeros]);
      };
      const other = filled(y);
      return ofBuffer(Buffer.from(filled(x).map((byte, i) => apply(byte, other[i] as number))));
    },
  };
}

const base64: Pick<BytesForm, 'duckdb' | 'postgres' | 'clickhouse'> = {
  duckdb: ([x]) => call('to_base64', x as Sql),
  // Postgres breaks the line.
  postgres: ([x]) => call('replace', call('encode', x as Sql, str('base64')), call('chr', token(10)), str('')),
  clickhouse: ([x]) => call('base64Encode', x as Sql),
};

const small = (arg: Arg | undefined): boolean => arg?.literal === '0';

const bytesForms: Readonly<Record<string, BytesForm>> = {
  LENGTH: counted(1),
  OCTET_LENGTH: counted(1),
  BIT_LENGTH: counted(8),
  HEX_ENCODE: {
    wanted: ['binary', 'integer'],
    optional: 1,
    type: varchar,
    limits: (args) =>
      args.length === 1 || args[1]?.literal === '0' || args[1]?.literal === '1'
        ? undefined
        : refuse('wrong-arguments', 'HEX_ENCODE takes the constant 0 or 1 for the case', undefined, 1),
    duckdb: ([x], { args }) => (small(args[1]) ? call('lower', duckdbHex(x)) : duckdbHex(x)),
    postgres: ([x], { args }) => (small(args[1]) ? postgresHex(x) : call('upper', postgresHex(x))),
    clickhouse: ([x], { args }) => (small(args[1]) ? call('lower', clickhouseHex(x)) : clickhouseHex(x)),
    evaluate: ([x, letters]) => (letters === 0n ? (x as string).toLowerCase() : (x as string)),
  },
  BASE64_ENCODE: { wanted: ['binary'], type: varchar, ...base64, evaluate: ([x]) => buffer(x).toString('base64') },
  TO_CHAR: {
    wanted: ['binary', 'varchar'],
    optional: 1,
    type: varchar,
    limits: (args) => {
      const format = bytesFormat(args[1]);
      if (format === 'HEX' || format === 'BASE64') return undefined;
      const hint = format === 'UTF-8' ? 'bytes that are no UTF-8 would raise an error' : undefined;
      return refuse('wrong-arguments', "TO_CHAR of a BINARY takes the constant 'HEX' or 'BASE64'", hint, 1);
    },
    duckdb: (args, types, text) => (bytesFormat(types.args[1]) === 'HEX' ? duckdbHex(args[0]) : base64.duckdb(args, types, text)),
    postgres: (args, types, text) =>
      bytesFormat(types.args[1]) === 'HEX' ? call('upper', postgresHex(args[0])) : base64.postgres(args, types, text),
    clickhouse: (args, types, text) =>
      bytesFormat(types.args[1]) === 'HEX' ? clickhouseHex(args[0]) : base64.clickhouse(args, types, text),
    evaluate: ([x], { args }) => (bytesFormat(args[1]) === 'HEX' ? (x as string) : buffer(x).toString('base64')),
  },
  LEFT: byDigits(
    ['binary', 'integer'],
    0,
    undefined,
    ([x, n]) => clickhouseLeft(x as Sql, n as Sql, 'bytes'),
    ([x, n]) => ofBuffer(buffer(x).subarray(0, size(n))),
  ),
  RIGHT: byDigits(
    ['binary', 'integer'],
    0,
    undefined,
    ([x, n]) => clickhouseRight(x as Sql, n as Sql, 'bytes'),
    ([x, n]) => ofBuffer(buffer(x).subarray(Math.max(0, buffer(x).length - size(n)))),
  ),
  SUBSTR: byDigits(['binary', 'integer', 'integer'], 1, 1, (args) => clickhouseSubstring(args, 'bytes'), slice),
  LPAD: pad(true),
  RPAD: pad(false),
  '||': joined,
  CONCAT: joined,
  POSITION: position,
  CHARINDEX: position,
  BITAND: bitwise(
    'BITAND',
    (a, b) => binary(a, '&', b),
    '&',
    (a, b) => a & b,
  ),
  BITOR: bitwise(
    'BITOR',
    (a, b) => binary(a, '|', b),
    '|',
    (a, b) => a | b,
  ),
  BITXOR: bitwise(
    'BITXOR',
    (a, b) => call('xor', a, b),
    '#',
    (a, b) => a ^ b,
  ),
};

const ofBytes = (args: readonly Arg[]): boolean => args.some(({ type }) => type.kind === 'binary');

/** The row, and its form of BINARY where it has one. */
export function orOfBytes(row: ScalarRow): ScalarRow {
  const form = bytesForms[row.name];
  if (form === undefined) return row;
  const resolve = (args: readonly Arg[]): Signature | Refusal =>
    expectArgs(row.name, args, form.wanted, form.optional) ?? form.limits?.(args) ?? { type: form.type, nullable: anyNullable(args) };
  const text = (engine: Engine): Build => sqlFor(row, row.sql, engine);
  const on =
    (engine: 'duckdb' | 'postgres' | 'clickhouse'): Build =>
    (args, types) =>
      ofBytes(types.args) ? form[engine](args, types, text(engine)) : text(engine)(args, types);
  const sql: PerEngine<Build> = {
    ...row.sql,
    // Snowflake's default formats are the session's.
    standard: (args, types) =>
      row.name === 'TO_CHAR' && ofBytes(types.args)
        ? call('TO_CHAR', args[0] as Sql, str(bytesFormat(types.args[1]) ?? 'HEX'))
        : row.sql.standard(args, types),
    duckdb: on('duckdb'),
    ...(row.sql.postgres === undefined ? {} : { postgres: on('postgres') }),
    ...(row.sql.clickhouse === undefined ? {} : { clickhouse: on('clickhouse') }),
  };
  return {
    ...row,
    resolve: (args) => (ofBytes(args) ? resolve(args) : row.resolve(args)),
    sql,
    evaluate: (values, types) => (ofBytes(types.args) ? form.evaluate(values, types) : row.evaluate(values, types)),
  };
}
