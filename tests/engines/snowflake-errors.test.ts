/** What a server says of a login that it refuses, with all that it was sent in the message: none of it is a secret in ours. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../runners/engines/snowflake/session.ts';
import type { SignIn, SnowflakeSettings } from '../../runners/engines/snowflake/settings.ts';

let server: Server;
let folder: string;
const seen: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-snowflake-'));
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent);
    seen.push(body);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ success: false, code: '390100', message: `refused: ${body}`, data: { authnMethod: 'USERNAME_PASSWORD' } }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function settings(by: SignIn): SnowflakeSettings {
  const { port } = server.address() as { readonly port: number };
  return {
    account: 'acme',
    url: `http://127.0.0.1:${port}`,
    user: 'lockstep',
    by,
    role: 'READER',
    warehouse: 'SMALL',
    database: 'DB',
    schema: 'PUBLIC',
    statementTimeout: 60,
    queryTag: null,
    hidden: [],
  };
}

const refusal = (by: SignIn): Promise<string> =>
  openSession(settings(by)).then(
    () => 'it was let in',
    (thrown: Error) => `${thrown.name}: ${thrown.message}\n${thrown.stack}`,
  );

test('a password', async () => {
  const said = await refusal({ kind: 'password', password: 'hunter2-secret' });
  expect(seen.join('\n')).toContain('hunter2-secret');
  expect(said).toContain('EngineError: refused');
  expect(said).not.toContain('hunter2-secret');
});

test('a token', async () => {
  const said = await refusal({ kind: 'oauth', token: 'ver:1-hint:2-token-secret' });
  expect(seen.join('\n')).toContain('ver:1-hint:2-token-secret');
  expect(said).toContain('EngineError: refused');
  expect(said).not.toContain('ver:1-hint:2-token-secret');
});

test('a key is signed with and not sent; nor is its passphrase', async () => {
  const path = join(folder, 'key.p8');
  const passphrase = 'open-sesame-secret';
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  });
  writeFileSync(path, privateKey);
  const before = seen.length;
  const said = await refusal({ kind: 'key', path, passphrase });
  const sent = seen.slice(before).join('\n');
  expect(sent).toContain('SNOWFLAKE_JWT');
  expect(`${sent}\n${said}`).not.toContain(passphrase);
  expect(`${sent}\n${said}`).not.toContain('PRIVATE KEY');
  const signed = /eyJ[\w.-]+/.exec(sent)?.[0] ?? 'nothing was signed';
  expect(signed.split('.').length).toBe(3);
  expect(said).not.toContain(signed);
});

test('a wrong passphrase', async () => {
  const path = join(folder, 'other.p8');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' },
  });
  writeFileSync(path, privateKey);
  const said = await refusal({ kind: 'key', path, passphrase: 'wrong-secret-phrase' });
  expect(said).toContain('EngineError');
  expect(said).not.toContain('wrong-secret-phrase');
});
