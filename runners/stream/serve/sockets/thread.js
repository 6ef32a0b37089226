/**
 * The thread that has the sockets: it accepts, reads, writes, and does TLS; what the bytes mean it does not know. Of what a small answer
 * costs a server, that is a third.
 */
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import { openFrames, readFrames, what } from './frames.js';

/** Bytes that the other thread has not taken yet: beyond them nothing is read, and the clients' own buffers fill. */
const mostOnTheWay = 16_000_000;

const { host, port, tls, requestMs } = /** @type {import('./threaded-server.ts').ThreadData} */ (workerData);
const other = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
/** @type {Map<number, import('node:net').Socket>} */
const sockets = new Map();
/** Those of which the other thread wants no more for now. @type {Set<number>} */
const held = new Set();
/** Those that wait until less is on the way. @type {Set<number>} */
const waiting = new Set();
/** Those that cannot be written for now. @type {Set<number>} */
const full = new Set();
let opened = 0;
let onTheWay = 0;

const { say, took } = openFrames((frames, transferred) => other.postMessage(frames, transferred));

/** @param {import('node:net').Socket} socket */
function open(socket) {
  opened += 1;
  const id = opened;
  sockets.set(id, socket);
  say(what.opened, id, Buffer.from(socket.remoteAddress ?? ''));
  socket.on('data', (bytes) => {
    say(what.data, id, bytes);
    onTheWay += bytes.length;
    if (onTheWay <= mostOnTheWay) return;
    waiting.add(id);
    socket.pause();
  });
  socket.on('drain', () => {
    if (full.delete(id)) say(what.drained, id);
  });
  socket.on('end', () => say(what.ended, id));
  // It closes then.
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const ids of [sockets, held, waiting, full]) ids.delete(id);
    say(what.closed, id);
  });
}

/** @param {number} id */
function goOn(id) {
  if (!held.has(id) && !waiting.has(id)) sockets.get(id)?.resume();
}

/** By what is said: what becomes of the socket. @type {Readonly<Record<number, (socket: import('node:net').Socket, id: number, bytes: Buffer) => void>>} */
const doing = {
  [what.data]: (socket, id, bytes) => {
    if (socket.write(bytes) || full.has(id)) return;
    full.add(id);
    say(what.full, id);
  },
  [what.ended]: (socket, id) => void socket.end(() => say(what.sent, id)),
  // With what it has still to send; who does not read it is not waited for.
  [what.closed]: (socket) => {
    socket.pause();
    socket.setTimeout(requestMs, () => socket.destroy());
    socket.destroySoon();
  },
  [what.full]: (socket, id) => {
    held.add(id);
    socket.pause();
  },
  [what.drained]: (_, id) => {
    held.delete(id);
    goOn(id);
  },
};

/** @param {import('./frames.js').Frames} frames */
function take(frames) {
  took(frames.bytes.length);
  onTheWay -= frames.taken;
  if (onTheWay < mostOnTheWay / 2)
    for (const id of waiting) {
      waiting.delete(id);
      goOn(id);
    }
  readFrames(frames, (word, id, bytes) => {
    const socket = sockets.get(id);
    if (socket !== undefined) doing[word]?.(socket, id, bytes);
  });
}

const how = { allowHalfOpen: true, noDelay: true };
const server =
  tls === null
    ? createServer(how, open)
    : createTlsServer({ ...how, ...tls, ALPNProtocols: ['http/1.1'], handshakeTimeout: requestMs }, open);
if (tls !== null) server.on('tlsClientError', (_, socket) => socket.destroy());
server.on('error', ({ message, ...error }) => other.postMessage({ failed: { message, ...error } }));
server.listen({ host, port }, () => other.postMessage({ address: server.address() }));
other.on('message', (/** @type {import('./frames.js').Frames | 'stop'} */ message) => {
  if (message === 'stop') server.close();
  // What was accepted before is said before.
  if (message === 'stop') setImmediate(() => setImmediate(() => other.postMessage({ stopped: true })));
  else take(message);
});
