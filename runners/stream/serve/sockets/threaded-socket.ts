/** A socket that another thread has, as a stream. */
import { Duplex } from 'node:stream';
import { what } from './frames.js';

export interface ThreadedSocket {
  readonly stream: Duplex;
  /** What the thread says of it. */
  readonly take: (word: number, bytes: Buffer) => void;
  /** There is room for what it wants to send. */
  readonly goOn: () => void;
  /** Since so long nothing came of a client of whom it is not waited for anything. `now`: milliseconds. */
  readonly timeOut: (now: number) => void;
}

type Done = (error?: Error | null) => void;

export interface SocketParts {
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  /** To the thread. */
  readonly say: (word: number, bytes?: Uint8Array) => void;
  /** For more data on the way to it. */
  readonly hasRoom: () => boolean;
  /** It is closed on both sides. */
  readonly gone: () => void;
}

export function threadedSocket({ say, hasRoom, gone, remoteAddress, encrypted }: SocketParts): ThreadedSocket {
  let [isReading, canWrite, isClosed] = [true, true, false];
  // What the stream waits for: to write on, and to have ended.
  let [written, ended] = [null as Done | null, null as Done | null];
  let [allowed, deadline] = [0, Number.POSITIVE_INFINITY];
  const touch = (): void => {
    deadline = allowed === 0 ? Number.POSITIVE_INFINITY : performance.now() + allowed;
  };
  const goOn = (): void => {
    if (!canWrite || !hasRoom()) return;
    const done = written;
    written = null;
    done?.();
  };
  const send = (chunks: readonly Buffer[], done: Done): void => {
    for (const chunk of chunks) if (chunk.length > 0) say(what.data, chunk);
    written = done;
    goOn();
  };
  const stream = new Duplex({
    read: () => {
      if (isReading) return;
      isReading = true;
      say(what.drained);
    },
    write: (chunk: Buffer, _, done) => send([chunk], done),
    writev: (chunks, done) =>
      send(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
    final: (done) => {
      say(what.ended);
      ended = done;
    },
    destroy: (error, done) => {
      if (!isClosed) say(what.closed);
      gone();
      done(error);
    },
  });
  const close = (): void => {
    isClosed = true;
    stream.destroy();
  };
  const taking: Readonly<Record<number, (bytes: Buffer) => void>> = {
    [what.data]: (bytes) => {
      touch();
      if (stream.push(bytes)) return;
      isReading = false;
      say(what.full);
    },
    [what.ended]: () => void stream.push(null),
    [what.closed]: close,
    [what.full]: () => {
      canWrite = false;
    },
    [what.drained]: () => {
      canWrite = true;
      goOn();
    },
    [what.sent]: () => ended?.(),
  };
  // What Node's HTTP server asks of a socket beside what a stream has.
  Object.assign(stream, {
    remoteAddress,
    encrypted,
    setTimeout: (milliseconds: number) => {
      allowed = milliseconds;
      touch();
      return stream;
    },
    destroySoon: () => {
      stream.end();
      if (stream.writableFinished) stream.destroy();
      else stream.once('finish', () => stream.destroy());
    },
  });
  return {
    stream,
    take: (word, bytes) => taking[word]?.(bytes),
    goOn,
    timeOut: (now) => {
      if (now < deadline) return;
      deadline = Number.POSITIVE_INFINITY;
      stream.emit('timeout');
    },
  };
}
