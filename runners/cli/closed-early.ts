/** `lockstep … | head -1`: whoever reads has enough. The command ends as if all had been read, with what it was asked to keep kept. */
import type { Writable } from 'node:stream';

/** A stream that was destroyed by the first of several failures has another code for the next. */
const closed = new Set(['EPIPE', 'ERR_STREAM_DESTROYED']);

export function endQuietlyWhenClosed(...streams: readonly Writable[]): void {
  for (const stream of streams) if (!stream.listeners('error').includes(onError)) stream.on('error', onError);
}

function onError(error: NodeJS.ErrnoException): void {
  if (closed.has(error.code ?? '')) return;
  process.stderr.write(`error: what was said cannot be written: ${error.message}\n`);
  process.exit(2);
}
