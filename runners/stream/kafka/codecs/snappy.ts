/** Snappy, bare or in the frames of snappy-java, which is what Kafka's own clients write. */
import { CorruptBatch, mostBytes, repeat } from './repeat.ts';

const magic = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0);
/** The magic bytes, a version, the version that can read it. */
const headerBytes = 16;

export function unsnappy(bytes: Uint8Array): Uint8Array {
  if (!magic.every((byte, i) => bytes[i] === byte)) return block(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  let total = 0;
  for (let at = headerBytes; at < bytes.length; ) {
    const size = at + 4 <= bytes.length ? view.getUint32(at) : bytes.length;
    if (at + 4 + size > bytes.length) throw new CorruptBatch('snappy');
    const one = block(bytes.subarray(at + 4, at + 4 + size));
    total += one.length;
    if (total > mostBytes) throw new CorruptBatch('snappy');
    blocks.push(one);
    at += 4 + size;
  }
  return Buffer.concat(blocks, total);
}

/** github.com/google/snappy, format_description.txt */
function block(bytes: Uint8Array): Uint8Array {
  let at = 0;
  /** Little endian; beyond the end there is nothing, and a length of nothing fits nowhere. */
  const read = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value += (bytes[at + i] ?? Number.NaN) * 2 ** (8 * i);
    at += count;
    return value;
  };
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = read(1);
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 128) break;
    if (!(shift < 28)) throw new CorruptBatch('snappy');
  }
  if (length > mostBytes) throw new CorruptBatch('snappy');
  const out = Buffer.alloc(length);
  let written = 0;
  while (at < bytes.length) {
    const tag = read(1);
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const size = 1 + (short < 60 ? short : read(short - 59));
      if (!(at + size <= bytes.length && written + size <= length)) throw new CorruptBatch('snappy');
      out.set(bytes.subarray(at, at + size), written);
      at += size;
      written += size;
    } else {
      const size = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
      const distance = kind === 1 ? (tag >> 5) * 256 + read(1) : read(kind === 2 ? 2 : 4);
      if (!(distance >= 1) || !repeat(out, written, distance, size)) throw new CorruptBatch('snappy');
      written += size;
    }
  }
  if (written !== length) throw new CorruptBatch('snappy');
  return out;
}
