/** An HTTP server of Node of which another thread has the sockets: reading and writing them does not hold up answering. */
import { createServer, type RequestListener, Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Frames, openFrames, readFrames, what } from './frames.js';
import { type ThreadedSocket, threadedSocket } from './threaded-socket.ts';

export interface Tls {
  readonly key: string;
  readonly cert: string;
}

export interface ThreadData {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls | null;
  /** Milliseconds. */
  readonly requestMs: number;
}

type Said = Frames | { readonly address: AddressInfo } | { readonly failed: { readonly message: string } } | { readonly stopped: true };

interface Where {
  readonly host: string;
  readonly port: number;
}

/** Milliseconds. */
const betweenTimeouts = 1_000;
const betweenLooks = 10;

/** Bytes that the thread has not taken yet: beyond them whoever writes waits. */
const mostOnTheWay = 16_000_000;

/** Listens and closes as any other; `requestTimeout` is that of a TLS handshake as well. */
export function threadedServer(options: ServerOptions, tls: Tls | null, handler: RequestListener): Server {
  const server = createServer(options, handler);
  const sockets = new Map<number, ThreadedSocket>();
  // As the thread has them: it sends what there is still to send when this side has closed.
  const alive = new Set<number>();
  let [thread, address] = [null as Worker | null, null as AddressInfo | null];
  let stopped = (): void => {};
  let onTheWay = 0;
  const hasRoom = (): boolean => onTheWay <= mostOnTheWay;
  const { say, took } = openFrames((frames, transferred) => thread?.postMessage(frames, transferred));
  const open = (id: number, remoteAddress: string): void => {
    const socket = threadedSocket({
      remoteAddress,
      encrypted: tls !== null,
      say: (word, bytes) => {
        onTheWay += bytes?.length ?? 0;
        say(word, id, bytes);
      },
      hasRoom,
      gone: () => void sockets.delete(id),
    });
    sockets.set(id, socket);
    alive.add(id);
    server.emit('connection', socket.stream);
  };
  const take = (frames: Frames): void => {
    took(frames.bytes.length);
    const wasFull = !hasRoom();
    onTheWay -= frames.taken;
    if (wasFull && hasRoom()) for (const socket of sockets.values()) socket.goOn();
    readFrames(frames, (word, id, bytes) => {
      if (word === what.opened) open(id, bytes.toString());
      if (word === what.closed) alive.delete(id);
      sockets.get(id)?.take(word, bytes);
    });
  };
  const looking = setInterval(() => {
    const now = performance.now();
    for (const socket of sockets.values()) socket.timeOut(now);
  }, betweenTimeouts).unref();
  const fail = (error: unknown): void => {
    void thread?.terminate();
    // Nobody is left to be waited for.
    address = null;
    server.emit('error', error);
  };
  const listen = ({ host, port }: Where): Server => {
    const workerData: ThreadData = { host, port, tls, requestMs: server.requestTimeout };
    thread = new Worker(new URL('./thread.js', import.meta.url), { workerData, execArgv: [], env: {} });
    thread.on('error', fail);
    thread.on('message', (said: Said) => {
      if ('words' in said) take(said);
      else if ('failed' in said) fail(Object.assign(new Error(said.failed.message), said.failed));
      else if ('stopped' in said) stopped();
      else {
        address = said.address;
        server.emit('listening');
      }
    });
    return server;
  };
  const end = async (): Promise<void> => {
    clearInterval(looking);
    if (address !== null) {
      const hasStopped = new Promise<void>((done) => {
        stopped = done;
      });
      thread?.postMessage('stop');
      await hasStopped;
      // Each when it has been answered.
      for (; alive.size > 0; await pause(betweenLooks)) server.closeIdleConnections();
    }
    await thread?.terminate();
    address = null;
  };
  const close = (done?: (error?: Error) => void): Server => {
    void end().then(() => Server.prototype.close.call(server, () => done?.()));
    return server;
  };
  return Object.assign(server, { listen, close, address: () => address });
}
