/** Frames of LZ4, with blocks that stand alone or go on from the one before. */
import { CorruptBatch, mostBytes, repeat } from './repeat.ts';

const magic = 0x184d2204;
const uncompressed = 0x80000000;

/** github.com/lz4/lz4, doc/lz4_Frame_format.md. Checksums are passed over: TCP and the broker have theirs. */
export function unlz4(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Out = { bytes: new Uint8Array(bytes.length * 4), length: 0 };
  try {
    for (let at = 0; at < bytes.length; ) at = frame(bytes, view, at, out);
  } catch (error) {
    // Beyond the end of the bytes.
    throw error instanceof RangeError ? new CorruptBatch('lz4') : error;
  }
  return Buffer.from(out.bytes.buffer, 0, out.length);
}

interface Out {
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

/** The place after it. */
function frame(bytes: Uint8Array, view: DataView, from: number, out: Out): number {
  const flags = view.getUint8(from + 4);
  const largest = { 4: 65_536, 5: 262_144, 6: 1_048_576, 7: 4_194_304 }[view.getUint8(from + 5) >> 4];
  if (view.getUint32(from, true) !== magic || flags >> 6 !== 1 || largest === undefined) throw new CorruptBatch('lz4');
  const [blockSums, contentSize, contentSum, dictionary] = [flags & 16, flags & 8, flags & 4, flags & 1];
  if (dictionary !== 0) throw new CorruptBatch('lz4');
  let at = from + 7 + (contentSize === 0 ? 0 : 8);
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return at + (contentSum === 0 ? 0 : 4);
    const end = at + (size & ~uncompressed);
    if (end > bytes.length) throw new CorruptBatch('lz4');
    makeRoom(out, largest);
    if (size >= uncompressed) {
      out.bytes.set(bytes.subarray(at, end), out.length);
      out.length += end - at;
    } else out.length = block(bytes, at, end, out);
    at = end + (blockSums === 0 ? 0 : 4);
  }
}

function makeRoom(out: Out, more: number): void {
  if (out.length + more > mostBytes) throw new CorruptBatch('lz4');
  if (out.length + more <= out.bytes.length) return;
  const larger = new Uint8Array(Math.max(out.length + more, out.bytes.length * 2));
  larger.set(out.bytes.subarray(0, out.length));
  out.bytes = larger;
}

/** How long the output is after it: doc/lz4_Block_format.md */
function block(bytes: Uint8Array, from: number, end: number, out: Out): number {
  let [at, written] = [from, out.length];
  const more = (length: number): number => {
    if (length < 15) return length;
    for (let total = length; ; ) {
      const byte = at < end ? (bytes[at++] as number) : Number.NaN;
      total += byte;
      if (byte !== 255) return total;
    }
  };
  while (at < end) {
    const token = bytes[at++] as number;
    const literals = more(token >> 4);
    if (!(at + literals <= end && written + literals <= out.bytes.length)) throw new CorruptBatch('lz4');
    out.bytes.set(bytes.subarray(at, at + literals), written);
    at += literals;
    written += literals;
    if (at === end) break;
    const distance = at + 2 <= end ? (bytes[at] as number) + (bytes[at + 1] as number) * 256 : 0;
    at += 2;
    const length = more(token & 15) + 4;
    if (!(length >= 4) || !repeat(out.bytes, written, distance, length)) throw new CorruptBatch('lz4');
    written += length;
  }
  return written;
}
