/** `serve` over HTTPS with a certificate made here; and what is said of files that are none. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authority, signedBy } from '../support/certificate.ts';
import { lockstep } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ours = authority('ours');
const certificate = signedBy(ours, 'server');
const authorityFile = file('authority.pem', ours.cert);
const [key, cert] = [file('server.key', certificate.key), file('server.pem', certificate.cert)];

function command(environment: Readonly<Record<string, string>>, ...args: readonly string[]): ChildProcess {
  const main = "import { main } from './runners/cli/main.ts'; process.exitCode = await main(process.argv.slice(1));";
  const { KAFKA_BROKERS: _, ...env } = process.env;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', main, '--', ...args], {
    cwd: resolve('.'),
    env: { ...env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('a server with a certificate', () => {
  let child: ChildProcess;
  let url = '';
  beforeAll(async () => {
    child = command({}, 'serve', '--port', '0', '--store', join(folder, 'store'), '--tls-key', key, '--tls-cert', cert);
    const said: string[] = [];
    url = await new Promise<string>((done, failed) => {
      child.once('exit', (code) => failed(new Error(`it ended with ${code}: ${said.join('\n')}`)));
      createInterface({ input: child.stderr as NonNullable<ChildProcess['stderr']> }).on('line', (line) => {
        said.push(line);
        const { event, url: where } = JSON.parse(line.startsWith('{') ? line : '{}') as { event?: string; url?: string };
        if (event === 'serving' && where !== undefined) done(where);
      });
    });
  });
  afterAll(async () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  const asked = (path: string, ca: string | undefined): Promise<{ readonly status: number | undefined; readonly body: string }> =>
    new Promise((done, failed) => {
      const sent = request(`${url}${path}`, { ...(ca === undefined ? {} : { ca }), agent: false }, (response) => {
        let body = '';
        response.on('data', (data) => {
          body += String(data);
        });
        response.on('end', () => done({ status: response.statusCode, body }));
      });
      sent.on('error', failed);
      sent.end();
    });

  test('answers whoever trusts it', async () => {
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const { status, body } = await asked('/features', ours.cert);
    expect(status).toBe(200);
    expect(JSON.parse(body).features.map((f: { readonly feature: string }) => f.feature)).toContain('stream_chat_activity');
  });

  test('shows the certificate that it was given', async () => {
    await expect(asked('/features', undefined)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await expect(asked('/features', authority('ours').cert)).rejects.toMatchObject({ code: 'CERT_SIGNATURE_FAILURE' });
  });

  test.each([
    ['who is told to trust it', { NODE_EXTRA_CA_CERTS: authorityFile }, 0],
    ['who is not', {}, 2],
  ])('answers the command %s', async (_, environment, code) => {
    const asking = command(environment, 'lambda', 'list', '--url', url);
    let out = '';
    asking.stdout?.on('data', (data) => {
      out += String(data);
    });
    expect(await new Promise((done) => asking.once('close', done))).toBe(code);
    expect(out.includes('stream_chat_activity')).toBe(code === 0);
  });

  test('does not answer without TLS', async () => {
    await expect(fetch(`${url.replace('https:', 'http:')}/health/live`)).rejects.toThrow('fetch failed');
  });
});

describe('files that cannot be used', () => {
  const other = signedBy(ours, 'other');
  const pair = '--tls-key and --tls-cert go together';
  const keyHint = 'a PEM file with a private key that is not encrypted';
  const certHint = 'a PEM file with the certificate for the key, and those that it is signed by after it';
  const [nothing, text, otherKey] = [join(folder, 'nothing'), file('text', 'no PEM'), file('other.key', other.key)];
  test.each<[string, readonly string[], string, string]>([
    ['a key alone', ['--tls-key', key], pair, 'two PEM files: a private key, and the certificates for it'],
    ['a certificate alone', ['--tls-cert', cert], pair, 'two PEM files: a private key, and the certificates for it'],
    ['no such key', ['--tls-key', nothing, '--tls-cert', cert], `--tls-key names ${nothing}, which cannot be read`, keyHint],
    ['no such certificate', ['--tls-key', key, '--tls-cert', nothing], `--tls-cert names ${nothing}, which cannot be read`, certHint],
    ['no key', ['--tls-key', text, '--tls-cert', cert], `--tls-key names ${text}, which holds no private key`, keyHint],
    ['no certificate', ['--tls-key', key, '--tls-cert', text], `--tls-cert names ${text}, which holds no certificate`, certHint],
    ['one for the other', ['--tls-key', cert, '--tls-cert', key], `--tls-cert names ${key}, which holds no certificate`, certHint],
    [
      'not of one pair',
      ['--tls-key', otherKey, '--tls-cert', cert],
      `the key in ${otherKey} is not that of the certificate in ${cert}`,
      certHint,
    ],
  ])('%s', async (_, options, message, hint) => {
    const store = join(folder, 'refused');
    const { code, out, err } = await lockstep('serve', '--port', '0', '--store', store, ...options);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: `error: ${message}\nhint: ${hint}\n` });
  });
});
