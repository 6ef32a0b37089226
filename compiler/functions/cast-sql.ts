/** Casts in SQL: Snowflake's own, and what gives the same value in DuckDB. */
import { binary, call, caseWhen, cast, type Engine, isNull, type Sql, str, token } from '../sql/tree.ts';
import { type SqlType, sameType, typeName, varchar } from '../sql-type.ts';
import { clickhouseCast } from './clickhouse-casts.ts';
import { clickhouseShown, clickhouseTextOf } from './clickhouse-json.ts';
import { epochOr } from './epoch-text.ts';
import { isoTimestamp } from './iso-time.ts';
import { variantText } from './json.ts';
import { postgresCast } from './postgres-casts.ts';
import { floatPattern, hexPattern, textToBoolean, timePattern } from './text-forms.ts';

export function castSql(engine: Engine, arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  if (sameType(from, to)) return arg;
  if (to.kind === 'element') return engine === 'snowflake' ? cast(arg, to) : arg;
  if (from.kind === 'element') return engine === 'snowflake' ? cast(arg, to) : castSql(engine, arg, from.of, to, try_);
  if (engine === 'clickhouse')
    return from.kind !== 'variant'
      ? clickhouseCast(arg, from, to, try_)
      : sameType(to, varchar)
        ? clickhouseShown(arg)
        : clickhouseCast(clickhouseTextOf(arg), varchar, to, try_, false);
  if (from.kind === 'variant') {
    const text = variantText(engine, arg);
    if (engine === 'snowflake' && to.kind !== 'varchar') return cast(arg, to);
    return sameType(to, varchar) ? text : onEngine(engine, text, varchar, to, try_);
  }
  const made = onEngine(engine, arg, from, to, try_);
  return from.kind === 'varchar' && !try_ && engine !== 'snowflake' ? epochOr(engine, arg, to, made) : made;
}

function onEngine(engine: Exclude<Engine, 'clickhouse'>, arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  switch (engine) {
    case 'duckdb':
      return duckdbCast(arg, from, to, try_);
    case 'postgres':
      return postgresCast(arg, from, to, try_);
    case 'snowflake':
      return snowflakeCast(arg, from, to, try_);
  }
}

const plain = (argument: Sql, to: SqlType | string, try_: boolean): Sql =>
  try_ ? { kind: 'cast', argument, to, try: true } : cast(argument, to);

/** Text of any other shape is NULL: Snowflake guesses at formats that other engines do not know. */
function shaped(fn: 'REGEXP_LIKE' | 'regexp_full_match', arg: Sql, pattern: string, value: Sql): Sql {
  return caseWhen([{ when: call(fn, arg, str(pattern)), then: value }]);
}

/** What is not of the shape raises, as it does in Snowflake; DuckDB alone would guess, or convert. */
function shapedOrError(arg: Sql, pattern: string, value: Sql, to: SqlType): Sql {
  const branches = [
    { when: isNull(arg), then: token('NULL') },
    { when: call('regexp_full_match', arg, str(pattern)), then: value },
  ];
  return caseWhen(branches, call('error', str(`text is no ${typeName(to)}`)));
}

const decimalPattern = ' *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})? *';

function snowflakeCast(arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  if (from.kind === 'date' && to.kind === 'varchar') return call('TO_CHAR', arg, str('YYYY-MM-DD'));
  if (from.kind === 'number' && to.kind === 'timestamp') return call('TO_TIMESTAMP_NTZ', arg);
  if (from.kind === 'binary' && to.kind === 'varchar') return call('TO_CHAR', arg, str('HEX'));
  if (from.kind === 'varchar' && to.kind === 'binary') return call(try_ ? 'TRY_TO_BINARY' : 'TO_BINARY', arg, str('HEX'));
  const pattern = timePattern(to) ?? (to.kind === 'float' ? floatPattern : undefined);
  if (try_ && from.kind === 'varchar' && pattern !== undefined) return shaped('REGEXP_LIKE', arg, pattern, plain(arg, to, true));
  return plain(arg, to, try_);
}

function duckdbCast(arg: Sql, from: SqlType, to: SqlType, try_: boolean): Sql {
  switch (from.kind) {
    case 'varchar':
      return arg.kind === 'string' && !try_ && to.kind !== 'boolean' ? textValue(arg, to, false) : textCast(arg, to, try_);
    case 'number':
      if (to.kind === 'boolean') return binary(arg, '<>', token(0));
      if (to.kind === 'timestamp') return sinceEpoch(arg, from.scale, 6);
      if (to.kind === 'float' && from.precision > (from.scale === 0 ? 18 : 15)) return cast(cast(arg, 'VARCHAR'), to);
      return cast(arg, to);
    case 'float':
      return to.kind === 'number' ? floatToNumber(arg, to) : cast(arg, to);
    case 'boolean':
      return to.kind === 'number' && to.scale > 0 ? cast(cast(arg, 'INTEGER'), to) : cast(arg, to);
    case 'binary':
      return to.kind === 'varchar' ? call('hex', arg) : cast(arg, to);
    default:
      return cast(arg, to);
  }
}

/** DuckDB's own cast multiplies in binary first; printf writes the exact value, and DECIMAL rounds that half away from zero. */
function floatToNumber(arg: Sql, to: Extract<SqlType, { kind: 'number' }>): Sql {
  if (to.scale === 0) return cast(call('round', arg), to);
  return cast(call('printf', str('%.40f'), arg), to);
}

/** A number of seconds, or of their 10^digits-th parts where fewer than 6 digits are left, as a timestamp. */
export function sinceEpoch(arg: Sql, scale: number, digits: number): Sql {
  const wide = cast(arg, scale === 0 ? 'HUGEINT' : `DECIMAL(${22 + scale}, ${scale})`);
  const factor = token(10n ** BigInt(Math.abs(digits)));
  // `//` cuts towards zero, and digits of a second are cut from the wall clock.
  const rest = binary(binary(binary(wide, '%', factor), '+', factor), '%', factor);
  const micros = digits < 0 ? binary(binary(wide, '-', rest), '//', factor) : binary(wide, '*', factor);
  return call('make_timestamp', cast(micros, 'BIGINT'));
}

function textCast(arg: Sql, to: SqlType, try_: boolean): Sql {
  if (to.kind === 'boolean') return textToBoolean(arg, try_);
  const pattern = timePattern(to) ?? (to.kind === 'float' ? floatPattern : to.kind === 'binary' ? hexPattern : decimalPattern);
  const local = to.kind === 'date' || to.kind === 'timestamp' ? call('regexp_extract', arg, str(`^${isoTimestamp}`)) : arg;
  const value = textValue(local, to, try_);
  return try_ ? shaped('regexp_full_match', arg, pattern, value) : shapedOrError(arg, pattern, value, to);
}

/** Through the widest DECIMAL: it alone rounds a fraction half away from zero, and a narrow one refuses digits that an exponent removes. */
function textValue(arg: Sql, to: SqlType, try_: boolean): Sql {
  if (to.kind === 'binary') return call('from_hex', arg);
  if (to.kind !== 'number') return plain(arg, to, try_);
  const rounded = plain(plain(arg, `DECIMAL(38,${to.scale})`, try_), `DECIMAL(${to.precision},${to.scale})`, try_);
  return to.scale > 0 ? rounded : cast(rounded, to);
}
