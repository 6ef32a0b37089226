/** What snappy and lz4 have in common: some of what was written already comes once more. */

/** A message that claims to be larger is refused: what a producer sends must not take the memory of all. */
export const mostBytes = 256 * 1024 * 1024;

/** A batch that cannot be read: nothing of it is guessed. Its bytes stay out of the message. */
export class CorruptBatch extends Error {
  constructor(codec: string) {
    super(`a batch is compressed with ${codec}, and its bytes are none of it or more than ${mostBytes} bytes`);
    this.name = 'CorruptBatch';
  }
}

/** The distance may be less than the length: then what is written is read again. False: it would reach beyond either end. */
export function repeat(out: Uint8Array, at: number, distance: number, length: number): boolean {
  if (distance < 1 || distance > at || at + length > out.length) return false;
  if (distance >= length && length > 32) out.copyWithin(at, at - distance, at - distance + length);
  else for (let i = at; i < at + length; i++) out[i] = out[i - distance] as number;
  return true;
}
