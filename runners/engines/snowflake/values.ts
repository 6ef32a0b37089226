/** Values to the texts that are bound, and from what the driver reads. */
import { decimalText, parseDecimal } from '../../../compiler/functions/decimal.ts';
import { dateText, parseTime, timestampText, timeText } from '../../../compiler/functions/iso-time.ts';
import { longNumber, parseVariant, withNumbersAsText } from '../../../compiler/functions/json-reading.ts';
import type { Json } from '../../../compiler/functions/json-values.ts';
import type { SqlType } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { EngineError } from '../engine.ts';

export function toText(value: Value, type: SqlType): string | null {
  if (value === null) return null;
  switch (type.kind) {
    case 'number':
      return decimalText(value as bigint, type.scale);
    case 'date':
      return dateText(value as bigint);
    case 'time':
      return timeText(value as bigint);
    case 'timestamp':
      return `${timestampText(value as bigint)}${type.zone === 'ltz' ? 'Z' : ''}`;
    case 'float':
      return Number.isFinite(value)
        ? Object.is(value, -0)
          ? '-0'
          : String(value)
        : Number.isNaN(value)
          ? 'NaN'
          : Number(value) > 0
            ? 'inf'
            : '-inf';
    default:
      return String(value);
  }
}

/** From a text as it is bound. */
export function typedSql(text: string, type: SqlType, typeName: (type: SqlType) => string): string {
  switch (type.kind) {
    case 'variant':
      return `PARSE_JSON(${text})`;
    case 'binary':
      return `TO_BINARY(${text}, 'HEX')`;
    case 'varchar':
    case 'null':
      return text;
    case 'array':
    case 'element':
      // A cast would make an array of one text.
      throw new EngineError('snowflake', 'arrays are not loaded into a table');
    default:
      return `CAST(${text} AS ${typeName(type)})`;
  }
}

/** The driver's time: exact, unlike the Date that it is beside. */
interface SfTime {
  readonly getEpochSeconds: () => number;
  readonly getNanoSeconds: () => number;
}

/** Undefined: it is no value of the type. */
export function fromDriver(given: unknown, type: SqlType): Value | undefined {
  if (given === null || given === undefined) return null;
  switch (type.kind) {
    case 'number':
      return typeof given === 'string' ? decimal(given, type.scale) : undefined;
    case 'float':
      return floatOf(given);
    case 'boolean':
      return typeof given === 'boolean' ? given : undefined;
    case 'varchar':
    case 'null':
      return typeof given === 'string' ? given : undefined;
    case 'variant':
      return typeof given === 'string' ? documentOf(given) : undefined;
    case 'binary':
      return Buffer.isBuffer(given) ? given.toString('hex').toUpperCase() : undefined;
    case 'date': {
      const at = microsecondsOf(given as SfTime);
      return at === undefined || at % 86_400_000_000n !== 0n ? undefined : at / 86_400_000_000n;
    }
    case 'time':
      // In the session's format.
      return typeof given === 'string' ? parseTime(given) : undefined;
    case 'timestamp':
      return microsecondsOf(given as SfTime);
    case 'array':
      return typeof given === 'string' ? elementsOf(given, type.of) : undefined;
    case 'element':
      return fromDriver(given, type.of);
  }
}

/** A scale that differs in nothing but zeros is that of the column. */
function decimal(text: string, scale: number): bigint | undefined {
  const [whole = '', fraction = ''] = text.split('.');
  const digits = fraction.slice(0, scale).padEnd(scale, '0');
  if (!/^-?\d+$/.test(whole) || !/^\d*$/.test(fraction) || /[1-9]/.test(fraction.slice(scale))) return undefined;
  return parseDecimal(scale === 0 ? whole : `${whole}.${digits}`, scale);
}

/** What engines would read as another number is refused. */
function documentOf(text: string): string | undefined {
  const read = parseVariant(text);
  return 'value' in read ? read.value : undefined;
}

function floatOf(given: unknown): number | undefined {
  if (given === '') return undefined;
  const special = { NaN: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }[String(given)];
  const number = special ?? Number(given);
  return Number.isNaN(number) && special === undefined ? undefined : number;
}

/** Undefined: it has nanoseconds. */
function microsecondsOf(time: SfTime): bigint | undefined {
  const nanos = time.getNanoSeconds();
  return nanos % 1000 === 0 ? BigInt(time.getEpochSeconds()) * 1_000_000n + BigInt(nanos / 1000) : undefined;
}

function elementsOf(text: string, of: SqlType): readonly Value[] | undefined {
  const parsed = of.kind === 'number' && longNumber.test(text) ? withNumbersAsText(text) : (JSON.parse(text) as Json);
  if (!Array.isArray(parsed)) return undefined;
  const values = parsed.map((element) => elementOf(element, of));
  return values.includes(undefined) ? undefined : (values as readonly Value[]);
}

function elementOf(element: Json, of: SqlType): Value | undefined {
  if (element === null) return null;
  switch (of.kind) {
    case 'varchar':
      return typeof element === 'string' ? element : undefined;
    case 'boolean':
      return typeof element === 'boolean' ? element : undefined;
    case 'float':
      return typeof element === 'number' ? element : undefined;
    case 'number':
      return typeof element === 'number' || typeof element === 'string' ? decimal(String(element), of.scale) : undefined;
    default:
      return undefined;
  }
}
