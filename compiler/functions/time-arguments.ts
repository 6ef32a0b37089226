/** Date parts and times as arguments of calendar functions. */
import { binary, cast, type Sql, str } from '../sql/tree.ts';
import { date, type SqlType, timestamp } from '../sql-type.ts';
import { arity, expectKind, refuse, timeLiteral } from './arguments.ts';
import { type DatePart, datePart, dateParts, fixedLength } from './date-part.ts';
import type { Arg, CallTypes, Refusal } from './define.ts';

export const subDay: ReadonlySet<DatePart> = new Set(['hour', 'minute', 'second', 'millisecond', 'microsecond']);

export function partArg(fn: string, arg: Arg | undefined, index = 0): DatePart | Refusal {
  const part = typeof arg?.literal === 'string' && arg.type.kind === 'varchar' ? datePart(arg.literal) : undefined;
  if (part !== undefined) return part;
  const given = typeof arg?.literal === 'string' ? `; '${arg.literal}' is none` : '';
  return refuse('wrong-arguments', `${fn} needs a constant unit of time${given}`, `one of ${dateParts.join(', ')}`, index);
}

/** The part of a call that `partArg` has accepted. */
export function knownPart(types: CallTypes, index = 0): DatePart {
  return partArg('', types.args[index], index) as DatePart;
}

/** DATE, TIMESTAMP, or a TIME for parts of a day; ISO text counts as what it says. */
export function timeArg(fn: string, arg: Arg, index: number, part: DatePart): SqlType | Refusal {
  if (arg.type.kind === 'time')
    return subDay.has(part)
      ? arg.type
      : refuse('wrong-arguments', `a TIME has no ${part}s`, 'a time of day has hours, minutes and seconds', index);
  const literal = timeLiteral(arg, timestamp);
  if (literal !== undefined) return arg.literal?.toString().length === 10 ? date : literal;
  if (arg.type.kind === 'timestamp' && arg.type.zone === 'ltz' && zoneFree.has(part)) return arg.type;
  return expectKind(fn, arg, 'time', index) ?? arg.type;
}

/** What a day is read off: a DATE or TIMESTAMP, or text written out in ISO form. */
export function dayArg(fn: string, arg: Arg, index: number): SqlType | Refusal {
  return timeLiteral(arg, date) ?? expectKind(fn, arg, 'time', index) ?? arg.type;
}

/** Text of a day alone is perhaps a DATE, perhaps a timestamp at midnight, and the result has its type. */
export function undecidedText(fn: string, arg: Arg, index: number): Refusal | undefined {
  if (arg.type.kind !== 'varchar' || typeof arg.literal !== 'string' || arg.literal.length !== 10) return undefined;
  return refuse('type-mismatch', `${fn} of a text is not settled: a DATE or a TIMESTAMP_NTZ`, `write '${arg.literal}'::DATE`, index);
}

/** In DuckDB a TIME counts from 1970-01-01 where its functions want a timestamp. */
export function duckdbInstant(x: Sql, { type }: { readonly type: SqlType }): Sql {
  return type.kind === 'time' ? binary(cast(str('1970-01-01'), date), '+', x) : x;
}

/** Units whose boundaries are the same in every whole-second zone. */
const zoneFree: ReadonlySet<DatePart> = new Set(['second', 'millisecond', 'microsecond']);

/** A whole number of units, between them a part and a time: DATEADD(part, n, x). */
export function shiftArgs(fn: string, args: readonly Arg[]): { readonly part: DatePart; readonly time: SqlType } | Refusal {
  const wrong = arity(fn, args, 3);
  if (wrong) return wrong;
  const part = partArg(fn, args[0]);
  if (typeof part !== 'string') return part;
  const refusal = expectKind(fn, args[1] as Arg, 'integer', 1);
  if (refusal) return refusal;
  const arg = args[2] as Arg;
  const undecided = undecidedText(fn, arg, 2);
  if (undecided) return undecided;
  const fixed = fixedLength(part) !== undefined && (fixedLength(part) as bigint) < 86_400_000_000n;
  const time = timeArg(fn, arg, 2, fixed ? 'second' : part);
  return 'refused' in time ? time : { part, time };
}
