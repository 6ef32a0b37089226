/** POST over kept connections with as little work as can be: what the generator uses of the two cores, the server does not get. Node's own client takes twice as much. */
import { connect, type Socket } from 'node:net';

export interface Connections {
  /** `answered` is told once whether it was a 200. */
  readonly post: (body: string, answered: (ok: boolean) => void) => void;
  readonly close: () => void;
}

interface Waiting {
  readonly body: string;
  readonly answered: (ok: boolean) => void;
}

const endOfHead = Buffer.from('\r\n\r\n');

/** `most`: requests that are under way at once; others wait, the oldest first. A server that does not say `content-length` fails. */
export function openConnections(url: URL, path: string, most: number): Connections {
  const head = `POST ${path} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: `;
  const idle: Socket[] = [];
  const all = new Map<Socket, ((ok: boolean) => void) | null>();
  const waiting: Waiting[] = [];
  let first = 0;
  const send = (socket: Socket, { body, answered }: Waiting): void => {
    all.set(socket, answered);
    socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const next = (socket: Socket): void => {
    const one = waiting[first];
    if (one === undefined) {
      all.set(socket, null);
      idle.push(socket);
      return;
    }
    first += 1;
    if (first > 4096) {
      waiting.splice(0, first);
      first = 0;
    }
    send(socket, one);
  };
  const open = (): Socket => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    let read: Buffer | null = null;
    socket.on('data', (bytes: Buffer) => {
      read = read === null ? bytes : Buffer.concat([read, bytes]);
      const end = read.indexOf(endOfHead);
      if (end < 0) return;
      const said = read.toString('latin1', 0, end);
      const length = /\r\ncontent-length: (\d+)/i.exec(said)?.[1];
      if (length === undefined) return void socket.destroy();
      if (read.length < end + endOfHead.length + Number(length)) return;
      read = null;
      all.get(socket)?.(said.startsWith('HTTP/1.1 200 '));
      next(socket);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      const answered = all.get(socket);
      all.delete(socket);
      answered?.(false);
      const at = idle.indexOf(socket);
      if (at >= 0) idle.splice(at, 1);
    });
    return socket;
  };
  return {
    post: (body, answered) => {
      const one = { body, answered };
      const socket = idle.pop() ?? (all.size < most ? open() : undefined);
      if (socket === undefined) waiting.push(one);
      else send(socket, one);
    },
    close: () => {
      for (const socket of [...all.keys()]) socket.destroy();
    },
  };
}
