/** What gives the value of Snowflake's casts in ClickHouse. */
import { binary, call, caseWhen, cast, isNull, postfix, prefix, type Sql, str, token } from '../sql/tree.ts';
import { type SqlType, typeName } from '../sql-type.ts';
import { type NumberType, numberType, scaleOf } from './arguments.ts';
import { dateFrom, dayOf, int64, micros, raise, rounded, signed, timestampOf, timestampWithin, wide } from './clickhouse-sql.ts';
import { NotOnEngine } from './engine-sql.ts';
import { epochMicros, epochShape, mayBeEpoch } from './epoch-text.ts';
import { isoTimestamp } from './iso-time.ts';
import { floatPattern, hexPattern, textToBoolean, timePattern } from './text-forms.ts';

/** `digits`: whether digits alone may be a time. */
export function clickhouseCast(arg: Sql, from: SqlType, to: SqlType, try_: boolean, digits = !try_): Sql {
  switch (`${from.kind} ${to.kind}`) {
    case 'number number':
      return numberToNumber(arg, numberType(from), numberType(to));
    case 'number boolean':
      return binary(arg, '<>', token(0));
    case 'number float':
      // Its own cast goes through a double that is scaled in binary.
      return cast(call('toString', arg), to);
    case 'number timestamp':
      return clickhouseSinceEpoch(arg, scaleOf(from), 6);
    case 'number varchar':
      return call('toDecimalString', wide(arg, scaleOf(from)), token(scaleOf(from)));
    case 'float number':
      return floatToNumber(arg, numberType(to));
    case 'boolean number':
      return cast(cast(arg, 'Nullable(UInt8)'), to);
    case 'boolean varchar':
      return cast(cast(arg, from), to);
    case 'date varchar':
      return call('toString', arg);
    case 'date timestamp':
      return timestampOf(micros(arg, from));
    case 'timestamp date':
      return dayOf(arg, from);
    case 'varchar number':
      return textToNumber(arg, numberType(to), try_);
    case 'varchar boolean':
      return textToBoolean(arg, try_, (message) => raise(message, to, isNoBoolean(arg)));
    case 'varchar float':
      return shaped(arg, floatPattern, cast(call('trim', arg), to), to, try_);
    case 'varchar binary':
      return textToBytes(arg, to, try_);
    case 'binary varchar':
      return call('hex', arg);
    case 'varchar date':
    case 'varchar timestamp':
      return textToTime(arg, to, try_, digits);
    default:
      if (from.kind === 'null') return cast(arg, to);
      throw new NotOnEngine(`the cast from ${typeName(from)} to ${typeName(to)}`, 'clickhouse');
  }
}

const booleans = ['true', 't', 'yes', 'y', 'on', '1', 'false', 'f', 'no', 'n', 'off', '0'];
const isNoBoolean = (arg: Sql): Sql => ({ kind: 'in', argument: call('lower', call('trim', arg)), list: booleans.map(str), negated: true });

const powerOfTen = (digits: number): Sql => cast(str(`1${'0'.repeat(digits)}`), 'Decimal(76, 0)');

/** ClickHouse checks no more than that a number fits in its bits. */
const tooLong = (x: Sql, { precision, scale }: NumberType): Sql => binary(call('abs', x), '>=', powerOfTen(precision - scale));

function numberToNumber(arg: Sql, from: NumberType, to: NumberType): Sql {
  const value = rounded(arg, from.scale, to.scale);
  const room = to.precision - to.scale;
  const fits = from.precision - from.scale + (from.scale > to.scale ? 1 : 0) <= room;
  return cast(
    fits ? value : caseWhen([{ when: tooLong(value, to), then: raise(`a number is no ${typeName(to)}`, to, tooLong(value, to)) }], value),
    to,
  );
}

/** As `sinceEpoch`: digits below a microsecond are cut from the wall clock. */
export function clickhouseSinceEpoch(arg: Sql, scale: number, digits: number): Sql {
  const factor = token(10n ** BigInt(Math.abs(digits)));
  const moved =
    digits >= 0 ? binary(wide(arg, scale), '*', factor) : call('divideDecimal', wide(arg, scale), wide(factor, 0), token(scale - digits));
  return timestampWithin(int64(call('floor', moved)));
}

/**
 * The exact value of a double, rounded half away from zero: 53 bits and an exponent. Above 2^127 no NUMBER is left, and
 * below 2^-127 no digit of one.
 */
function floatToNumber(arg: Sql, to: NumberType): Sql {
  const bits = call('reinterpretAsUInt64', arg);
  const exponent = cast(call('bitAnd', call('bitShiftRight', bits, token(52)), token(2047)), 'Nullable(Int32)');
  const fraction = call('bitAnd', bits, token(4_503_599_627_370_495));
  const mantissa = call('toUInt256', call('bitOr', fraction, token(4_503_599_627_370_496)));
  const units = binary(mantissa, '*', call('toUInt256', str(String(10n ** BigInt(to.scale + 1)))));
  const shift = (by: Sql): Sql => call('greatest', token(0), call('least', token(150), by));
  const whole = call(
    'bitShiftRight',
    call('bitShiftLeft', units, shift(binary(exponent, '-', token(1075)))),
    shift(binary(token(1075), '-', exponent)),
  );
  const scaled = call(
    'divideDecimal',
    cast(call('toString', whole), 'Nullable(Decimal(76, 0))'),
    powerOfTen(to.scale + 1),
    token(to.scale + 1),
  );
  const size = rounded(scaled, to.scale + 1, to.scale);
  const value = caseWhen([{ when: binary(arg, '<', token(0)), then: prefix('-', size) }], size);
  const none = binary(call('isNaN', arg), 'OR', binary(call('abs', arg), '>=', token(`1e${to.precision - to.scale}`)));
  return cast(
    caseWhen(
      [
        { when: isNull(arg), then: token('NULL') },
        { when: none, then: raise(`a FLOAT is no ${typeName(to)}`, to, none) },
      ],
      value,
    ),
    to,
  );
}

const matches = (arg: Sql, pattern: string): Sql => call('match', arg, str(`^(?:${pattern})$`));

/** Text of another shape is NULL under TRY_CAST, and raises otherwise. */
function shaped(arg: Sql, pattern: string, value: Sql, to: SqlType, try_: boolean): Sql {
  const fits = { when: matches(arg, pattern), then: value };
  if (try_) return caseWhen([fits]);
  return caseWhen(
    [{ when: isNull(arg), then: cast(token('NULL'), to) }, fits],
    raise(`text is no ${typeName(to)}`, to, prefix('NOT', fits.when)),
  );
}

const textToBytes = (arg: Sql, to: SqlType, try_: boolean): Sql => shaped(arg, hexPattern, call('unhex', arg), to, try_);

const decimalPattern = ' *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})? *';

/** Digits beyond the scale are cut as text is read, so one more decides. */
function textToNumber(arg: Sql, to: NumberType, try_: boolean): Sql {
  const read = call('toDecimal256OrNull', call('trim', arg), token(to.scale + 1));
  const value = rounded(read, to.scale + 1, to.scale);
  const isNone = binary(matches(arg, decimalPattern), 'AND', tooLong(value, to));
  const wrong = try_ ? cast(token('NULL'), to) : raise(`text is no ${typeName(to)}`, to, isNone);
  const number = cast(caseWhen([{ when: tooLong(value, to), then: wrong }], value), to);
  return shaped(arg, decimalPattern, number, to, try_);
}

/** Digits alone, which are a time since 1970. */
function sinceEpoch(arg: Sql, to: SqlType): Sql {
  // Of any other text none are left, so that nothing raises where another branch is taken.
  const n = call('toInt64OrZero', call('extract', arg, str(`^(?:${epochShape})$`)));
  const made = timestampWithin(epochMicros(n, call('intDiv', n, signed(1000))));
  return to.kind === 'date' ? dayOf(made, { kind: 'timestamp', zone: 'ntz' }) : made;
}

/** The wall clock of ISO text; an offset from UTC is dropped. ClickHouse would carry the 30th of February over. */
function textToTime(arg: Sql, to: SqlType, try_: boolean, digits: boolean): Sql {
  const epoch = digits && mayBeEpoch(arg, to) ? matches(arg, epochShape) : undefined;
  const wall = call('extract', arg, str(`^(${isoTimestamp})`));
  const number = (from: number, length: number): Sql => call('toInt64OrZero', call('substring', wall, token(from), token(length)));
  const first = call('toDate32OrNull', call('concat', call('substring', wall, token(1), token(8)), str('01')));
  const day = binary(int64(call('toInt32', first)), '+', binary(number(9, 2), '-', signed(1)));
  const kept = binary(call('toString', dateFrom(day)), '=', call('substring', wall, token(1), token(10)));
  const month: Sql = { kind: 'between', argument: number(6, 2), low: token(1), high: token(12), negated: false };
  const micro = (n: Sql, of: number): Sql => binary(n, '*', signed(of));
  const fraction = call('toInt64OrZero', call('rightPad', call('substring', wall, token(21), token(6)), token(6), str('0')));
  const parts = [micro(number(12, 2), 3_600_000_000), micro(number(15, 2), 60_000_000), micro(number(18, 2), 1_000_000), fraction];
  const value =
    to.kind === 'date' ? dateFrom(day) : timestampOf(parts.reduce((sum, part) => binary(sum, '+', part), micro(day, 86_400_000_000)));
  const shape = matches(arg, timePattern(to) as string);
  const outside = binary(shape, 'AND', binary(binary(number(1, 4), '<', token(1900)), 'OR', binary(number(1, 4), '>', token(2299))));
  const valid = call('coalesce', binary(binary(shape, 'AND', month), 'AND', kept), token('FALSE'));
  const other = [prefix('NOT', outside), prefix('NOT', valid), ...(epoch ? [prefix('NOT', epoch)] : [])];
  const isNone = other.reduce((a, b) => binary(a, 'AND', b), postfix(arg, 'IS NOT NULL'));
  const branches = [
    ...(epoch ? [{ when: epoch, then: sinceEpoch(arg, to) }] : []),
    { when: outside, then: raise('outside the years 1900 to 2299', to, outside) },
    { when: valid, then: value },
  ];
  return try_ ? caseWhen(branches) : caseWhen(branches, raise(`text is no ${typeName(to)}`, to, isNone));
}
