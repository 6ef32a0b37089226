/** Zstandard, by the library fzstd: Node 20 has none. */
import { Decompress } from 'fzstd';
import { CorruptBatch, mostBytes } from './repeat.ts';

export function unzstd(bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let total = 0;
  const decompress = new Decompress((piece) => {
    total += piece.length;
    if (total > mostBytes) throw new CorruptBatch('zstd');
    pieces.push(piece);
  });
  try {
    decompress.push(bytes, true);
  } catch {
    throw new CorruptBatch('zstd');
  }
  return Buffer.concat(pieces, total);
}
