/**
 * What rows share on Postgres. Every NUMBER is a NUMERIC there, unbounded and exact, so that only scales need care;
 * functions that count give INTEGERs, which are cast.
 */
import { binary, call, cast, interval, postfix, type Sql, str, token } from '../sql/tree.ts';
import { date, timestamp } from '../sql-type.ts';

export const numeric = (x: Sql): Sql => cast(x, 'NUMERIC');

/** n / d with `scale` decimals, halves away from zero (template E1). */
export const quotientAt = (n: Sql, d: Sql, scale: number): Sql => call('lockstep_div', n, d, token(scale));

/** By code points, whatever the collation of the column or database. */
export function collated(x: Sql): Sql {
  return x.kind === 'postfix' && x.operator === codePoints ? x : postfix(x, codePoints);
}
const codePoints = 'COLLATE "C"';

/** A whole number as Postgres functions take it. */
export function whole(n: Sql): Sql {
  const literal = literalOf(n);
  return literal === undefined ? call('lockstep_place', n) : token(literal);
}

/** The same, and at least 0. */
export function size(n: Sql): Sql {
  const literal = literalOf(n);
  return literal === undefined ? call('lockstep_size', n) : token(Math.max(0, Number(literal)));
}

/** A whole number that is written out. */
function literalOf(n: Sql): string | undefined {
  if (n.kind === 'cast' && n.to === 'NUMERIC') return literalOf(n.argument);
  if (n.kind === 'prefix' && n.operator === '-') {
    const positive = literalOf(n.argument);
    return positive === undefined ? undefined : `-${positive}`;
  }
  return n.kind === 'token' && /^-?\d{1,9}$/.test(n.text) ? n.text : undefined;
}

/** A constant of no type yet would leave a polymorphic function without one. */
export const typed = (x: Sql): Sql => (x.kind === 'string' ? cast(x, 'TEXT') : x);

/** A field of a date or timestamp as a NUMERIC; `date_part` would give a double. */
export const field = (name: string, x: Sql): Sql => call('pg_catalog.extract', str(name), x);

/** Microseconds since 1970, whole. */
export const epochMicros = (x: Sql): Sql => cast(binary(field('epoch', x), '*', token(1_000_000)), 'NUMERIC(38,0)');

/** Raises; `like` says of which type the value would have been. */
export const raise = (message: string, like: Sql): Sql => call('lockstep_error', cast(str(message), 'TEXT'), like);

/** What a group or window has that is not NULL, as an array. */
export const knownValues = (x: Sql): Sql => ({ kind: 'call', name: 'array_agg', args: [typed(x)], filter: postfix(x, 'IS NOT NULL') });

/** Of the month; `date_trunc` of a DATE would be in the session's time zone. */
export function postgresLastDay(x: Sql): Sql {
  const month = call('date_trunc', str('month'), cast(x, timestamp));
  return cast(binary(binary(month, '+', interval('1', 'month')), '-', interval('1', 'day')), date);
}
