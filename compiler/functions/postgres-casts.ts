/** What gives the value of Snowflake's casts in Postgres. */
import { binary, call, caseWhen, cast, postfix, type Sql, str, token } from '../sql/tree.ts';
import { type SqlType, typeName } from '../sql-type.ts';
import { NotOnEngine } from './engine-sql.ts';
import { isoTimestamp } from './iso-time.ts';
import { raise, typed } from './postgres-sql.ts';
import { floatPattern, hexPattern, textToBoolean, timePattern } from './text-forms.ts';

export function postgresCast(arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  switch (`${from.kind} ${to.kind}`) {
    case 'number boolean':
      return binary(arg, '<>', token(0));
    case 'number timestamp':
      return postgresSinceEpoch(arg, 6);
    case 'number varchar':
      return cast(cast(arg, `NUMERIC(38, ${from.kind === 'number' ? from.scale : 0})`), to);
    case 'float number':
      return cast(call('lockstep_float_to_number', arg, token(to.kind === 'number' ? to.scale : 0)), to);
    case 'boolean number':
      return cast(cast(arg, 'INTEGER'), to);
    case 'date varchar':
      return call('to_char', cast(arg, 'TIMESTAMP'), str('YYYY-MM-DD'));
    case 'varchar number':
      return textToNumber(typed(arg), to, try_);
    case 'varchar boolean':
      return textToBoolean(arg, try_, (message) => raise(message, cast(token('NULL'), to)));
    case 'varchar float':
      return shaped(typed(arg), `^(${floatPattern})$`, (x) => cast(x, to), to, try_);
    case 'varchar binary':
      return shaped(typed(arg), `^${hexPattern}$`, (x) => call('decode', x, str('hex')), to, try_);
    case 'binary varchar':
      return call('upper', call('encode', arg, str('hex')));
    case 'varchar date':
    case 'varchar timestamp':
    case 'varchar time':
      return textToTime(typed(arg), to, try_);
    case 'number number':
    case 'number float':
    case 'boolean varchar':
    case 'date timestamp':
    case 'timestamp date':
    case 'timestamp time':
      return cast(arg, to);
    default:
      if (from.kind === 'null') return cast(arg, to);
      throw new NotOnEngine(`the cast from ${typeName(from)} to ${typeName(to)}`, 'postgres');
  }
}

/** As `sinceEpoch`: digits below a microsecond are cut from the wall clock. */
export function postgresSinceEpoch(arg: Sql, digits: number): Sql {
  const factor = token(10n ** BigInt(Math.abs(digits)));
  if (digits >= 0) return call('lockstep_timestamp', binary(arg, '*', factor));
  return call('lockstep_timestamp', call('div', call('lockstep_floor_to', arg, factor), factor));
}

/** The microseconds of a day, as a TIME. */
export const timeOfMicros = (micros: Sql): Sql => cast(call('lockstep_timestamp', micros), 'TIME');

function textToNumber(arg: Sql, to: SqlType, try_: boolean): Sql {
  if (to.kind !== 'number') throw new TypeError(`${typeName(to)} is not a NUMBER`);
  const number = cast(call('lockstep_number', arg, token(to.precision), token(to.scale)), to);
  if (try_) return number;
  return orRaise(arg, number, to);
}

/** NULL stays NULL; text that gave no value raises. */
function orRaise(arg: Sql, value: Sql, to: SqlType): Sql {
  return call(
    'COALESCE',
    value,
    caseWhen([{ when: postfix(arg, 'IS NOT NULL'), then: raise(`text is no ${typeName(to)}`, cast(token('NULL'), to)) }]),
  );
}

function shaped(arg: Sql, pattern: string, value: (x: Sql) => Sql, to: SqlType, try_: boolean): Sql {
  const fitting = caseWhen([{ when: call('regexp_like', arg, str(pattern)), then: value(arg) }]);
  return try_ ? fitting : orRaise(arg, fitting, to);
}

/** An offset from UTC is dropped, and a day that no month has is no date. */
function textToTime(arg: Sql, to: SqlType, try_: boolean): Sql {
  const local = to.kind === 'time' ? arg : call('substring', arg, str(`^${isoTimestamp.replaceAll('(', '(?:')}`));
  const native = str(to.kind === 'date' ? 'date' : to.kind === 'time' ? 'time' : 'timestamp');
  const fitting = (): Sql => caseWhen([{ when: call('pg_input_is_valid', local, native), then: cast(local, to) }]);
  return shaped(arg, `^(${timePattern(to)})$`, fitting, to, try_);
}
