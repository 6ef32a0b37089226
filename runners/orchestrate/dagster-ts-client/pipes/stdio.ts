/** What the process writes to stdout and stderr through Node, seen on its way. What a child process writes there is not. */

import { writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

export type Stream = 'stdout' | 'stderr';

/** `seen` has whole characters. Returns what ends it. */
export function watchStream(name: Stream, seen: (text: string) => void): () => void {
  const stream = process[name];
  const own = stream.write;
  const decoder = new StringDecoder('utf8');
  let isWatching = true;
  const show = (text: string): void => {
    if (isWatching && text !== '') seen(text);
  };
  const write = (chunk: string | Uint8Array, ...others: readonly unknown[]): boolean => {
    const encoding = typeof others[0] === 'string' ? (others[0] as BufferEncoding) : 'utf8';
    show(decoder.write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk)));
    return Reflect.apply(own, stream, [chunk, ...others]) as boolean;
  };
  stream.write = write;
  return () => {
    show(decoder.end());
    isWatching = false;
    // Whoever came later still calls it.
    if (stream.write === write) stream.write = own;
  };
}

/** To the end before it returns, so that an exit loses nothing. */
export function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(file, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      // A pipe that does not block is full until its reader has come further.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
