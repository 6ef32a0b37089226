/** Casts in SQL: Snowflake's own, and what gives the same value in DuckDB. */
import { binary, call, caseWhen, cast, type Engine, type Sql, str, token } from '../sql/tree.ts';
import { type SqlType, sameType } from '../sql-type.ts';
import { isoDate, isoTimestamp } from './iso-time.ts';

export function castSql(engine: Engine, arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  if (sameType(from, to)) return arg;
  return engine === 'duckdb' ? duckdbCast(arg, from, to, try_) : snowflakeCast(arg, from, to, try_);
}

const plain = (argument: Sql, to: SqlType | string, try_: boolean): Sql =>
  try_ ? { kind: 'cast', argument, to, try: true } : cast(argument, to);

/** Text of any other shape is NULL: Snowflake guesses at formats that other engines do not know. */
function shaped(fn: 'REGEXP_LIKE' | 'regexp_full_match', arg: Sql, pattern: string, value: Sql): Sql {
  return caseWhen([{ when: call(fn, arg, str(pattern)), then: value }]);
}

function timePattern(to: SqlType): string | undefined {
  return to.kind === 'date' ? isoDate : to.kind === 'timestamp' ? isoTimestamp : undefined;
}

const decimalPattern = ' *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})? *';
/** Short enough to be finite. */
const floatPattern = ' *[+-]?([0-9]{1,99}[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})? *';

function snowflakeCast(arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  const pattern = timePattern(to) ?? (to.kind === 'float' ? floatPattern : undefined);
  if (try_ && from.kind === 'varchar' && pattern !== undefined) return shaped('REGEXP_LIKE', arg, pattern, plain(arg, to, true));
  return plain(arg, to, try_);
}

function duckdbCast(arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  switch (from.kind) {
    case 'varchar':
      return arg.kind === 'string' && !try_ && to.kind !== 'boolean' ? textValue(arg, to, false) : textCast(arg, to);
    case 'number':
      if (to.kind === 'boolean') return binary(arg, '<>', token(0));
      if (to.kind === 'float' && from.precision > (from.scale === 0 ? 18 : 15)) return cast(cast(arg, 'VARCHAR'), to);
      return cast(arg, to);
    case 'float':
      return to.kind === 'number' ? floatToNumber(arg, to) : cast(arg, to);
    case 'boolean':
      return to.kind === 'number' && to.scale > 0 ? cast(cast(arg, 'INTEGER'), to) : cast(arg, to);
    default:
      return cast(arg, to);
  }
}

/** DuckDB's own cast multiplies in binary first; printf writes the exact value, and DECIMAL rounds that half away from zero. */
function floatToNumber(arg: Sql, to: Extract<SqlType, { kind: 'number' }>): Sql {
  if (to.scale === 0) return cast(call('round', arg), to);
  return cast(call('printf', str('%.40f'), arg), to);
}

function textCast(arg: Sql, to: SqlType): Sql {
  if (to.kind === 'boolean') return textToBoolean(arg);
  const pattern = timePattern(to) ?? (to.kind === 'float' ? floatPattern : decimalPattern);
  return shaped('regexp_full_match', arg, pattern, textValue(arg, to, true));
}

/** Through the widest DECIMAL: it alone rounds a fraction half away from zero, and a narrow one refuses digits that an exponent removes. */
function textValue(arg: Sql, to: SqlType, try_: boolean): Sql {
  if (to.kind !== 'number') return plain(arg, to, try_);
  const rounded = plain(plain(arg, `DECIMAL(38,${to.scale})`, try_), `DECIMAL(${to.precision},${to.scale})`, try_);
  return to.scale > 0 ? rounded : cast(rounded, to);
}

function textToBoolean(arg: Sql): Sql {
  const word = call('lower', call('trim', arg));
  const isOneOf = (words: readonly string[]): Sql => ({ kind: 'in', argument: word, list: words.map(str), negated: false });
  return caseWhen([
    { when: isOneOf(['true', 't', 'yes', 'y', 'on', '1']), then: token('TRUE') },
    { when: isOneOf(['false', 'f', 'no', 'n', 'off', '0']), then: token('FALSE') },
  ]);
}
