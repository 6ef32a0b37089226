/** What a schema says that bytes and numbers mean: decimals, times, days. Kafka Connect and Debezium say it in names of their own. */
import { decimalText } from '../../../../compiler/functions/decimal.ts';
import { isObject, type Json } from '../../../../compiler/functions/json-values.ts';
import { dayText } from '../../../data/calendar.ts';
import { instantTree, type Tree } from '../tree.ts';

/** Of a number, or of the bytes of `bytes` and `fixed`. */
export interface Meaning {
  readonly ofNumber?: (value: number | bigint) => Tree;
  readonly ofBytes?: (bytes: Buffer) => Tree;
}

export function meaningOf(schema: Json): Meaning {
  if (!isObject(schema)) return {};
  const name = schema['logicalType'] ?? schema['connect.name'];
  if (name === 'decimal') return decimal(schema['scale'] ?? 0);
  return (typeof name === 'string' && Object.hasOwn(meanings, name) ? meanings[name] : undefined) ?? {};
}

const instant = (microseconds: (value: bigint) => bigint): Meaning => ({ ofNumber: (value) => instantTree(microseconds(BigInt(value))) });
const millis = instant((value) => value * 1000n);
const micros = instant((value) => value);
/** Digits beyond the microsecond are cut, as in files: the time is never later than it was. */
const nanos = instant((value) => (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n);
/** Days that DATE does not have stay numbers, which no DATE is. */
const day: Meaning = {
  ofNumber: (value) => ({
    value: value >= -719_162 && value <= 2_932_896 ? dayText(Number(value)) : Number(value),
    exact: null,
  }),
};
const uuid: Meaning = {
  ofBytes: (bytes) => ({ value: bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), exact: null }),
};

const meanings: Readonly<Record<string, Meaning>> = {
  'timestamp-millis': millis,
  'timestamp-micros': micros,
  'timestamp-nanos': nanos,
  'local-timestamp-millis': millis,
  'local-timestamp-micros': micros,
  'local-timestamp-nanos': nanos,
  date: day,
  uuid,
  'io.debezium.time.Timestamp': millis,
  'io.debezium.time.MicroTimestamp': micros,
  'io.debezium.time.NanoTimestamp': nanos,
  'io.debezium.time.Date': day,
};

function decimal(scale: Json): Meaning {
  if (typeof scale !== 'number' || !Number.isInteger(scale) || scale < 0 || scale > 1000) return {};
  return {
    ofBytes: (bytes) => {
      const unsigned = BigInt(`0x${bytes.toString('hex') || '0'}`);
      const negative = bytes.length > 0 && (bytes[0] as number) >= 128;
      const text = decimalText(negative ? unsigned - (1n << BigInt(8 * bytes.length)) : unsigned, scale);
      return { value: Number(text), exact: text };
    },
  };
}
