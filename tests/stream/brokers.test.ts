/** How brokers are reached: what the environment may say, and what is said of those that cannot be. The TLS is Node's own, nobody speaks Kafka here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { greet, kafkaSettings, openKafka } from '../../runners/stream/kafka/client.ts';
import { refusedBy } from '../../runners/stream/kafka/refused.ts';
import { UsageError } from '../../runners/usage-error.ts';
import { authority, signedBy } from '../support/certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-brokers-'));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ours = authority('ours');
const client = signedBy(ours, 'lockstep');
const [trusted, cert, key, text] = [
  file('ours.pem', ours.cert),
  file('client.pem', client.cert),
  file('client.key', client.key),
  file('text', 'x'),
];
const settings = (more: Readonly<Record<string, string>>) => kafkaSettings({ KAFKA_BROKERS: ' a:1, b:2 ', ...more });

test.each<[string, Readonly<Record<string, string>>, unknown]>([
  ['nothing', {}, false],
  ['false', { KAFKA_SSL: 'false' }, false],
  ['as the system trusts', { KAFKA_SSL: 'true' }, true],
  ['certificates to trust', { KAFKA_SSL: trusted }, { ca: ours.cert }],
  ['ours', { KAFKA_SSL: 'true', KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key }, { cert: client.cert, key: client.key }],
  ['both', { KAFKA_SSL: trusted, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key }, { ca: ours.cert, cert: client.cert, key: client.key }],
])('TLS: %s', (_, environment, ssl) => {
  expect(settings(environment)).toMatchObject({ brokers: ['a:1', 'b:2'], ssl });
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['no file', { KAFKA_SSL: join(folder, 'nothing') }, `KAFKA_SSL names ${join(folder, 'nothing')}, which cannot be read`],
  ['no certificate', { KAFKA_SSL: text }, `KAFKA_SSL names ${text}, which holds no certificate`],
  ['half a pair', { KAFKA_SSL: 'true', KAFKA_SSL_CERT: cert }, 'KAFKA_SSL_KEY and KAFKA_SSL_CERT go together'],
  ['a pair without TLS', { KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key }, 'KAFKA_SSL_CERT is of no use without KAFKA_SSL'],
  ['another mechanism', { KAFKA_SASL_MECHANISM: 'gssapi' }, 'KAFKA_SASL_MECHANISM is gssapi'],
  ['no mechanism', { KAFKA_SASL_USERNAME: 'me' }, 'KAFKA_SASL_USERNAME is of no use without KAFKA_SASL_MECHANISM'],
  ['nobody', { KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'],
])('%s is refused, with a hint', (_, environment, message) => {
  expect(() => settings(environment)).toThrow(expect.objectContaining({ name: 'UsageError', message, hint: expect.stringMatching(/./) }));
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const where = (broker: string, ssl: boolean | { ca: string }) => ({ brokers: [broker], ssl, sasl: undefined });
const failure = async (broker: string, ssl: boolean | { ca: string }): Promise<Error> =>
  openKafka(where(broker, ssl), () => {}, { retries: 0 })
    .admin()
    .connect()
    .then(
      () => new Error('connected'),
      (error) => error,
    );

test('a certificate that is not trusted is for good, and said before anything is waited for', async () => {
  const { cert: shown, key: its } = signedBy(ours, 'broker');
  const broker = await listening(createTlsServer({ cert: shown, key: its }));
  const refused = refusedBy(await failure(broker, { ca: authority('others').cert }));
  expect(refused).toMatchObject({ forGood: true, error: { name: 'UsageError', hint: expect.stringContaining('KAFKA_SSL names') } });
  expect(refused.error.message).toBe(`the broker's certificate is not trusted: ${broker}: unable to verify the first certificate`);
  await expect(greet(where(broker, { ca: authority('others').cert }))).rejects.toThrow(UsageError);
});

test('a broker that is not there, or speaks no TLS, may be there later', async () => {
  const gone = createServer();
  const broker = await listening(gone);
  await new Promise((done) => gone.close(done));
  const refused = refusedBy(await failure(broker, false));
  expect(refused).toMatchObject({ forGood: false, error: { name: 'UsageError', hint: expect.stringContaining('KAFKA_BROKERS') } });
  expect(refused.error.message).toBe(`the brokers cannot be reached: ${broker}: connect ECONNREFUSED ${broker}`);
  await greet(where(broker, false));
  const plain = await listening(createServer((socket) => void socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const spoken = refusedBy(await failure(plain, true));
  expect(spoken.forGood).toBe(false);
  expect(spoken.error.message).toBe(`the brokers cannot be reached: ${plain}: wrong version number`);
});

test('what Kafka did not say stays what it is', () => {
  const error = new TypeError('x is not a function');
  expect(refusedBy(error).error).toBe(error);
});
