/** What rows say about the arguments they are given. */

import type { DiagnosticCode } from '../codes.ts';
import { counted } from '../counted.ts';
import { commonType, type SqlType, typeName } from '../sql-type.ts';
import type { Arg, Refusal } from './define.ts';
import { parseTime, parseWallClock } from './iso-time.ts';

export type NumberType = Extract<SqlType, { kind: 'number' }>;

/** time: a date or a TIMESTAMP_NTZ. any: whatever it is. */
export type Wanted = 'number' | 'integer' | 'numeric' | 'varchar' | 'binary' | 'boolean' | 'time' | 'any';

export function refuse(refused: DiagnosticCode, message: string, hint?: string, arg?: number): Refusal {
  return { refused, message, ...(hint === undefined ? {} : { hint }), ...(arg === undefined ? {} : { arg }) };
}

export function anyNullable(args: readonly Arg[]): boolean {
  return args.some((arg) => arg.nullable);
}

export function numberType(type: SqlType): NumberType {
  if (type.kind !== 'number') throw new TypeError(`${typeName(type)} is not a NUMBER`);
  return type;
}

export function scaleOf(type: SqlType): number {
  return type.kind === 'number' ? type.scale : 0;
}

/** |value| < 10^digits is proven. */
export function digitsOf(arg: Arg): number {
  if (arg.digits !== undefined) return arg.digits;
  if (arg.type.kind !== 'number') return 38;
  if (typeof arg.literal === 'string') return arg.literal.replace(/^[+-]?0*/, '').replace(/\..*$/, '').length;
  return arg.type.precision - arg.type.scale;
}

export function arity(fn: string, args: readonly Arg[], min: number, max = min): Refusal | undefined {
  if (args.length >= min && args.length <= max) return undefined;
  const expected = min === max ? count(min) : max === Number.POSITIVE_INFINITY ? `at least ${count(min)}` : `${min} to ${count(max)}`;
  return refuse('wrong-arguments', `${fn} takes ${expected}, not ${args.length}`);
}

function count(n: number): string {
  return n === 0 ? 'no arguments' : counted(n, 'argument');
}

/** The right number of arguments, each of the wanted kind; undefined if all is well. */
export function expectArgs(fn: string, args: readonly Arg[], wanted: readonly Wanted[], optional = 0): Refusal | undefined {
  const wrongCount = arity(fn, args, wanted.length - optional, wanted.length);
  if (wrongCount) return wrongCount;
  for (const [i, arg] of args.entries()) {
    const refusal = expectKind(fn, arg, wanted[i] ?? 'any', i);
    if (refusal) return refusal;
  }
  return undefined;
}

export function expectKind(fn: string, arg: Arg, wanted: Wanted, index: number): Refusal | undefined {
  if (fits(arg.type, wanted)) return undefined;
  const place = /^\W+$/.test(fn) ? `${fn} needs` : `${fn} needs, as argument ${index + 1},`;
  return refuse('type-mismatch', `${place} ${wording[wanted]}; this is ${typeName(arg.type)}`, hint(arg.type, wanted), index);
}

function fits(type: SqlType, wanted: Wanted): boolean {
  switch (wanted) {
    case 'any':
      return true;
    case 'numeric':
      return type.kind === 'number' || type.kind === 'float';
    case 'integer':
      return type.kind === 'number' && type.scale === 0;
    case 'time':
      return type.kind === 'date' || (type.kind === 'timestamp' && type.zone === 'ntz');
    default:
      return type.kind === wanted;
  }
}

const wording: Readonly<Record<Wanted, string>> = {
  number: 'a NUMBER',
  integer: 'a whole number (a NUMBER of scale 0)',
  numeric: 'a number',
  varchar: 'a VARCHAR',
  binary: 'a BINARY',
  boolean: 'a BOOLEAN',
  time: 'a DATE or TIMESTAMP_NTZ',
  any: 'a value',
};

function hint(type: SqlType, wanted: Wanted): string | undefined {
  if (type.kind === 'null') return 'give the NULL a type: CAST(NULL AS …)';
  if (type.kind === 'timestamp' && wanted === 'time')
    return 'calendar functions on TIMESTAMP_LTZ depend on the session time zone; declare the column as TIMESTAMP_NTZ';
  if (wanted === 'number' || wanted === 'numeric' || wanted === 'integer') {
    if (type.kind === 'varchar') return 'Lockstep never turns text into a number by itself: write TRY_CAST(x AS NUMBER(38, 0))';
    if (type.kind === 'number') return 'round it first: ROUND(x)';
    if (type.kind === 'float') return 'convert it first: CAST(x AS NUMBER(38, 6))';
    if (type.kind === 'boolean') return 'write IFF(x, 1, 0)';
  }
  if (wanted === 'binary') return "say what bytes are meant: TO_BINARY(x, 'UTF-8') or TO_BINARY(x, 'HEX')";
  if (wanted === 'varchar' && type.kind === 'binary') return 'write HEX_ENCODE(x)';
  if (wanted === 'varchar')
    return type.kind === 'float' ? 'the text of a FLOAT differs between engines: convert it to a NUMBER first' : 'write TO_VARCHAR(x)';
  if (wanted === 'time' && type.kind === 'varchar') return 'write TRY_CAST(x AS TIMESTAMP_NTZ)';
  return undefined;
}

/** The one type that all arguments can be brought to without an explicit cast. */
export function sharedType(fn: string, args: readonly Arg[]): SqlType | Refusal {
  let type: SqlType = { kind: 'null' };
  for (const [i, arg] of args.entries()) {
    const next: SqlType | undefined =
      commonType(type, timeLiteral(arg, type) ?? arg.type) ?? (i === 1 && args[0] ? timeFirst(args[0], arg) : undefined);
    if (next === undefined) return mismatch(fn, type, arg, i, args[0]);
    type = next;
  }
  return type;
}

/** `first`: the first argument, whose literal may be what is mistaken. */
function mismatch(fn: string, a: SqlType, { type: b, literal }: Arg, index: number, first: Arg | undefined): Refusal {
  const text = [a, b].some((t) => t.kind === 'varchar');
  const other = a.kind === 'varchar' ? b : a;
  const target = other.kind === 'number' ? 'NUMBER(38, 0)' : typeName(other);
  const digits = [literal, first?.literal].find((l) => typeof l === 'string' && /^-?\d+(\.\d+)?$/.test(l));
  const refused = (hint: string): Refusal =>
    refuse('type-mismatch', `${fn} does not go together with ${typeName(a)} and ${typeName(b)}`, hint, index);
  const variant = [a, b].some((t) => t.kind === 'variant');
  if (variant) return refused(`say what is in the VARIANT: …::${typeName(a.kind === 'variant' ? b : a)}`);
  if (text && other.kind === 'number' && typeof digits === 'string') return refused(`a number has no quotes: ${digits}`);
  const hint = text && other.kind !== 'boolean' ? `compare like with like: TRY_CAST(text AS ${target})` : 'cast one of them explicitly';
  return refused(hint);
}

/** Text written out in ISO form beside a date or timestamp is one itself. */
export function timeLiteral(arg: Arg, beside: SqlType): SqlType | undefined {
  if (arg.type.kind !== 'varchar' || typeof arg.literal !== 'string') return undefined;
  if (beside.kind === 'time') return parseTime(arg.literal) === undefined ? undefined : beside;
  if (parseWallClock(arg.literal) === undefined) return undefined;
  if (beside.kind === 'date') return arg.literal.length === 10 ? beside : { kind: 'timestamp', zone: 'ntz' };
  return beside.kind === 'timestamp' && beside.zone === 'ntz' ? beside : undefined;
}

function timeFirst(first: Arg, second: Arg): SqlType | undefined {
  const type = timeLiteral(first, second.type);
  return type && commonType(type, second.type);
}

/** Casts for the arguments that are not of `type` yet. Numbers of any precision and scale go together as they are. */
export function castsTo(type: SqlType, args: readonly Arg[]): readonly SqlType[] {
  return args.map((arg) => (arg.type.kind === 'number' && type.kind === 'number' ? arg.type : type));
}
