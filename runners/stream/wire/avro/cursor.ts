/** The bytes of one Avro message, read from the front: avro.apache.org, specification, Binary Encoding. */

/** Why bytes are no message of their schema; never with a value. */
export class Unreadable extends Error {}

export interface Cursor {
  readonly bytes: Buffer;
  at: number;
  /** Values that may still be read: what takes no bytes could otherwise be repeated for ever. */
  left: number;
  depth: number;
}

export function cursorOn(bytes: Uint8Array): Cursor {
  return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0, left: 1000 + 4 * bytes.length, depth: 0 };
}

export function take(cursor: Cursor, count: number): Buffer {
  const end = cursor.at + count;
  if (!(count >= 0 && end <= cursor.bytes.length)) throw new Unreadable('the message ends before its schema does');
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}

/** Zigzag, seven bits a byte. Beyond 2^53 it is a bigint. */
export function readLong(cursor: Cursor): number | bigint {
  let [value, unit] = [0, 1];
  for (let i = 0; i < 7; i++) {
    const byte = take(cursor, 1)[0] as number;
    value += (byte & 127) * unit;
    if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    unit *= 128;
  }
  let large = BigInt(value);
  for (let shift = 49n; shift < 70n; shift += 7n) {
    const byte = take(cursor, 1)[0] as number;
    large |= BigInt(byte & 127) << shift;
    if (byte >= 128) continue;
    if (large >= 1n << 64n) break;
    return narrow((large >> 1n) ^ -(large & 1n));
  }
  throw new Unreadable('a number is longer than Avro has them');
}

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** A length, an index, a count. */
export function readSize(cursor: Cursor): number {
  const size = readLong(cursor);
  if (typeof size === 'bigint') throw new Unreadable('the message ends before its schema does');
  return size;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function readText(cursor: Cursor): string {
  const bytes = take(cursor, readSize(cursor));
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Unreadable('a text is not UTF-8');
  }
}
