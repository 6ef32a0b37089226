/** An account that is not where the target says: what the command says meanwhile and then, how soon, and that no secret is in it. Snowflake's own driver, on addresses where nobody is. */
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../runners/engines/snowflake/session.ts';
import { folderWith, lockstep } from '../support/cli.ts';

const password = 'hunter2-of-the-account';
let silent: Server;

beforeAll(async () => {
  process.env['SNOW_PASSWORD'] = password;
  // Takes every connection, and says nothing.
  silent = createServer((socket) => void socket.on('error', () => {}));
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  delete process.env['SNOW_PASSWORD'];
  silent.close();
});

const portOf = (server: Server): number => (server.address() as { readonly port: number }).port;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const port = portOf(server);
  await new Promise((done) => server.close(done));
  return port;
}

const project = (host: string) =>
  folderWith({
    'lockstep.yml': `targets:\n  prod: { engine: snowflake, account: acme, ${host}, user: u, password: "{{ env_var('SNOW_PASSWORD') }}", database: DB }\n`,
    'transforms/sources.yml':
      'streams:\n  e:\n    warehouse: raw.web.e\n    key: id\n    event_time: at\n    columns: { id: VARCHAR, at: TIMESTAMP_NTZ }\n',
  });

test.each([
  ['a name that nobody has', async () => 'host: nothing-here.invalid', 'nothing-here.invalid', /getaddrinfo \w+ nothing-here\.invalid/],
  ['a port that refuses', async () => `host: 127.0.0.1, protocol: http, port: ${await freePort()}`, '127.0.0.1:', /connect ECONNREFUSED/],
])(
  '%s',
  async (_, written, host, why) => {
    const started = performance.now();
    const { code, out, err } = await lockstep('sources', 'check', '--project', await project(await written()), '--target', 'prod');
    const seconds = (performance.now() - started) / 1000;
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const lines = err.trim().split('\n');
    const [error, hint] = lines.slice(-2);
    // The driver's pauses are random: nearly always it takes longer than what is waited in silence.
    expect(lines.length).toBe(seconds > 6 ? 3 : seconds < 4 ? 2 : lines.length);
    for (const waiting of lines.slice(0, -2)) {
      expect(waiting).toMatch(/^waiting for \S+, of the target prod …$/);
      expect(waiting).toContain(host);
    }
    expect(error).toMatch(/^error: snowflake failed: \S+, of the target prod, cannot be reached: /);
    expect(error).toContain(`failed: ${host}`);
    expect(error).toMatch(why);
    expect(hint).toBe('hint: account, host and port of the target say where');
    expect(err).not.toContain(password);
    expect(seconds).toBeLessThan(30);
  },
  60_000,
);

test('a host that takes the connection and says nothing', async () => {
  const waits: string[] = [];
  const settings = {
    ...{ account: 'acme', url: `http://127.0.0.1:${portOf(silent)}`, user: 'u', role: null, warehouse: null, database: 'DB', schema: 'S' },
    ...{ statementTimeout: 60, queryTag: null, hidden: [], by: { kind: 'password', password } as const },
  };
  const opened = openSession(settings, { quiet: 200, most: 1000, slow: (host) => waits.push(host) });
  await expect(opened).rejects.toMatchObject({
    name: 'EngineError',
    message: `127.0.0.1:${portOf(silent)} cannot be reached: no answer for 1 seconds`,
  });
  expect(waits).toEqual([`127.0.0.1:${portOf(silent)}`]);
});
