/** Of a server of which another thread has the sockets whoever asks sees what Node's own server shows, which runs beside it. */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { threadedServer } from '../../runners/stream/serve/sockets/threaded-server.ts';

const kinds: readonly (readonly [string, (options: ServerOptions, handler: RequestListener) => Server])[] = [
  ['Node’s own', createServer],
  ['threaded', (options, handler) => threadedServer(options, null, handler)],
];

const megabytes = (n: number): string => 'x'.repeat(n * 1_000_000);

describe.each(kinds)('%s', { timeout: 20_000 }, (_, make) => {
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  const closed = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()));
  const listening = async (options: ServerOptions, handler: RequestListener): Promise<Server> => {
    const server = make({ connectionsCheckingInterval: 50, ...options }, handler);
    await new Promise<void>((done) => void server.once('listening', done).listen({ host: '127.0.0.1', port: 0 }));
    undo.push(() => {
      const whole = closed(server);
      server.closeAllConnections();
      return whole;
    });
    return server;
  };
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const connected = async (server: Server, halfOpen = false): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port: portOf(server), allowHalfOpen: halfOpen });
    socket.on('error', () => {});
    undo.push(() => socket.destroy());
    await new Promise((done) => socket.once('connect', done));
    return socket;
  };
  /** All that comes until the server ends. */
  const read = (socket: Socket): Promise<string> =>
    new Promise((done) => {
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk) => {
        text += chunk;
      });
      socket.once('close', () => done(text));
      socket.once('end', () => done(text));
    });
  const get = 'GET / HTTP/1.1\r\nhost: a\r\n';
  const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

  test('says who asks', async () => {
    const server = await listening({}, (request, response) => response.end(request.socket.remoteAddress));
    const socket = await connected(server);
    socket.write(`${get}connection: close\r\n\r\n`);
    expect(bodyOf(await read(socket))).toBe('127.0.0.1');
  });

  test('answers requests that come in one piece in their order', async () => {
    const server = await listening({}, (request, response) => {
      setTimeout(() => response.end(request.url), request.url === '/a' ? 30 : 0);
    });
    const socket = await connected(server);
    socket.write('GET /a HTTP/1.1\r\nhost: a\r\n\r\nGET /b HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    const answer = await read(socket);
    expect([answer.split('\r\n\r\n/a').length, answer.endsWith('\r\n\r\n/b')]).toEqual([2, true]);
  });

  test('a client that reads late gets all of a large answer, also if it has ended its side', async () => {
    const server = await listening({}, (_, response) => response.end(megabytes(20)));
    const socket = await connected(server, true);
    socket.end(`${get}connection: close\r\n\r\n`);
    await pause(300);
    expect(bodyOf(await read(socket)).length).toBe(20_000_000);
  });

  test('what a client does not read is not asked of who writes', async () => {
    let written = 0;
    const server = await listening({}, (_, response) => {
      const more = (): void => {
        while (written < 200 && response.write(megabytes(1))) written += 1;
        written += 1;
      };
      response.on('drain', more);
      more();
    });
    const socket = await connected(server);
    socket.pause();
    socket.write(`${get}\r\n`);
    await pause(500);
    const before = written;
    expect(before).toBeLessThan(50);
    socket.on('data', () => {}).resume();
    while (written < 200) await pause(20);
    socket.destroy();
  });

  test('what the handler does not read is not taken of a client', async () => {
    const server = await listening({ requestTimeout: 0 }, () => {});
    const socket = await connected(server);
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200000000\r\n\r\n');
    for (let i = 0; i < 60; i++) socket.write(megabytes(1));
    await pause(500);
    expect(socket.writableLength).toBeGreaterThan(30_000_000);
    socket.destroy();
  });

  test('a body that is read late, and with pauses, comes whole', async () => {
    const server = await listening({ requestTimeout: 0 }, (request, response) => {
      let length = 0;
      setTimeout(() => {
        request.on('data', (bytes: Buffer) => {
          if (Math.floor(length / 5_000_000) !== Math.floor((length + bytes.length) / 5_000_000)) {
            request.pause();
            setTimeout(() => request.resume(), 20);
          }
          length += bytes.length;
        });
        request.on('end', () => response.end(String(length)));
      }, 300);
    });
    const socket = await connected(server);
    socket.write('POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 40000000\r\n\r\n');
    for (let i = 0; i < 40; i++) socket.write(megabytes(1));
    expect(bodyOf(await read(socket))).toBe('40000000');
  });

  test('a request that does not come to its end is given up', async () => {
    const server = await listening({ requestTimeout: 200, headersTimeout: 200 }, (_, response) => response.end());
    const socket = await connected(server);
    socket.write(get);
    expect(await read(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a connection that is not used any more is closed, and no sooner', async () => {
    const server = await listening({ keepAliveTimeout: 1_000 }, (_, response) => response.end('x'));
    const socket = await connected(server);
    const begun = performance.now();
    const answer = read(socket);
    socket.write(`${get}\r\n`);
    await pause(600);
    socket.write(`${get}\r\n`);
    expect((await answer).split('HTTP/1.1 200').length).toBe(3);
    expect(performance.now() - begun).toBeGreaterThan(1_500);
  });

  test('what is no HTTP is refused', async () => {
    const server = await listening({}, (_, response) => response.end());
    const socket = await connected(server);
    socket.write('\0\0\0\0 garbage\r\n\r\n');
    expect(await read(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('a client that goes away is gone', async () => {
    const gone = new Promise((done) => {
      void listening({}, (request) => request.socket.once('close', done)).then(async (server) => {
        const socket = await connected(server);
        socket.write(`${get}\r\n`, () => socket.resetAndDestroy());
      });
    });
    await gone;
  });

  test('who closes it has answered what has come, and nobody else gets in', async () => {
    const server = await listening({}, (_, response) => {
      setTimeout(() => response.end('late'), 300);
    });
    const idle = await connected(server);
    idle.write(`${get}\r\n`);
    await new Promise((done) => idle.once('data', done));
    const asking = await connected(server);
    const answer = read(asking);
    asking.write(`${get}\r\n`);
    await pause(100);
    const port = portOf(server);
    const whole = closed(server);
    expect(bodyOf(await answer)).toContain('late');
    await whole;
    const refused = connect({ host: '127.0.0.1', port });
    expect(await new Promise((done) => refused.once('error', done))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  // Node's own does.
  if (make !== createServer)
    test('who closes it does not cut off who still reads', async () => {
      const server = await listening({ requestTimeout: 5_000 }, (_, response) => response.end(megabytes(20)));
      const socket = await connected(server);
      socket.write(`${get}\r\n`);
      await pause(200);
      const whole = closed(server);
      await pause(300);
      expect(bodyOf(await read(socket)).length).toBe(20_000_000);
      await whole;
    });

  test('a port that is taken is said', async () => {
    const server = await listening({}, () => {});
    const other = make({}, () => {});
    const failed = new Promise((done) => other.once('error', done));
    other.listen({ host: '127.0.0.1', port: portOf(server) });
    expect(await failed).toMatchObject({ code: 'EADDRINUSE', port: portOf(server) });
    undo.push(() => closed(other));
  });
});
