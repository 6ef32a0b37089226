/** A broker that lets nobody in who does not say who it is: what gets in answers rightly, what does not says why, and nothing says a password. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalog, worldOf } from '../../marketplace/world.ts';
import { authority, signedBy } from '../../support/certificate.ts';
import { missingParts } from '../in-stack.ts';
import { answersOfReference, closeTo } from './answers.ts';
import { type Cluster, marketplaceCluster, type Process, send, serveProcess, sourcesOf, taken } from './cluster.ts';
import { freePort } from './processes.ts';

const skipped = missingParts.includes('kafka') || process.env['KAFKA_BROKERS'] !== undefined;

describe.skipIf(skipped)('a broker with TLS and SASL', () => {
  const world = worldOf(17, 150);
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-secure-'));
  const [plain, scram] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];
  const passwords: Readonly<Record<string, string>> = { plain, 'scram-sha-256': scram, 'scram-sha-512': scram };
  const users: Readonly<Record<string, string>> = { plain: 'reader', 'scram-sha-256': 'older', 'scram-sha-512': 'newer' };
  let cluster: Cluster;
  let [sasl, mutual] = ['', ''];
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const ours = authority('ours');
  const trusted = file('ours.pem', ours.cert);
  const client = signedBy(ours, 'lockstep');
  const own = { KAFKA_SSL_CERT: file('client.pem', client.cert), KAFKA_SSL_KEY: file('client.key', client.key) };
  const user = (mechanism: string): Readonly<Record<string, string>> => ({
    KAFKA_SSL: trusted,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: users[mechanism] ?? '',
    KAFKA_SASL_PASSWORD: passwords[mechanism] ?? '',
  });

  beforeAll(async () => {
    [sasl, mutual] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const broker = signedBy(ours, 'broker');
    const jaas = (module: string, more = ''): string => `org.apache.kafka.common.security.${module} required${more};`;
    cluster = await marketplaceCluster(2, () => ({}), {
      listeners: [`SASL_SSL://${sasl}`, `SSL://${mutual}`],
      properties: {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': file('broker.pem', broker.key + broker.cert),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': trusted,
        'listener.name.ssl.ssl.client.auth': 'required',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.sasl_ssl.plain.sasl.jaas.config': jaas('plain.PlainLoginModule', ` user_reader="${plain}"`),
        'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': jaas('scram.ScramLoginModule'),
        'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': jaas('scram.ScramLoginModule'),
      },
      format: ['256', '512'].flatMap((n) => [
        '--add-scram',
        `SCRAM-SHA-${n}=[name=${users[`scram-sha-${n}`]},password=${passwords[`scram-sha-${n}`]}]`,
      ]),
    });
    for (const { name } of catalog.sources) await send(cluster, name, world.raw.get(name) ?? []);
  });
  afterAll(async () => {
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const answersRightly = async (server: Process): Promise<void> => {
    const all = (name: string): number => world.raw.get(name)?.length ?? 0;
    const missing = async (): Promise<readonly string[]> => {
      const sources = await sourcesOf(server);
      return catalog.sources
        .filter((s) => taken(sources.get(s.name) ?? { source: s.name, complete_since: null }) < all(s.name))
        .map((s) => s.name);
    };
    await expect.poll(missing, { timeout: 60_000 }).toEqual([]);
    let compared = 0;
    for (const [name, of] of answersOfReference)
      for (const { asOf, entities, answers } of of(world)) {
        const { body } = await server.post('/features/query', { features: [name], entities, as_of: asOf });
        const { results } = body as { readonly results: readonly { readonly values: Readonly<Record<string, unknown>> }[] };
        expect(results.map((r) => closeTo(r.values[name]))).toEqual(answers.map(closeTo));
        compared += answers.length;
      }
    expect(compared).toBeGreaterThan(100);
  };
  /** In whatever way it could be written. */
  const secretsIn = (text: string): readonly string[] =>
    Object.entries(passwords).flatMap(([mechanism, password]) => {
      const sent = `\0${users[mechanism]}\0${password}`;
      return [password, ...[password, sent].map((t) => Buffer.from(t).toString('base64').replace(/=+$/, ''))].filter((t) =>
        text.includes(t),
      );
    });
  const kept = (store: string): string =>
    readdirSync(store, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'])('%s: reads, and answers as the reference does', async (mechanism) => {
    const store = join(folder, mechanism);
    const server = await serveProcess(sasl, store, user(mechanism));
    try {
      await answersRightly(server);
    } finally {
      expect(await server.kill('SIGTERM')).toBe(0);
    }
    expect(server.said.join('\n')).toContain('serving');
    expect(secretsIn(server.said.join('\n') + kept(store))).toEqual([]);
  });

  test('a certificate of our own: reads, and answers as the reference does', async () => {
    const server = await serveProcess(mutual, join(folder, 'mutual'), { KAFKA_SSL: trusted, ...own });
    try {
      await answersRightly(server);
    } finally {
      expect(await server.kill('SIGTERM')).toBe(0);
    }
  });

  /** What it said before it ended, and how it ended. */
  const refused = async (brokers: string, environment: Readonly<Record<string, string>>): Promise<string> => {
    const started = Date.now();
    const error = await serveProcess(brokers, join(folder, 'refused'), environment).then(
      async (server) => {
        await server.kill('SIGKILL');
        return new Error('it served');
      },
      (thrown: Error) => thrown,
    );
    expect(secretsIn(error.message)).toEqual([]);
    expect(Date.now() - started).toBeLessThan(30_000);
    return error.message;
  };
  const wrong = (mechanism: string) => ({ ...user(mechanism), KAFKA_SASL_PASSWORD: `${passwords[mechanism]}x` });

  test.each(Object.keys(passwords))('%s with a wrong password: it ends, and says so', async (mechanism) => {
    const said = await refused(sasl, wrong(mechanism));
    expect(said).toContain('lockstep serve ended with 2');
    expect(said).toMatch(/error: the brokers do not let us in: SASL (PLAIN|SCRAM SHA\d+) authentication failed: Authentication failed/);
    expect(said).toContain('hint: KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD say who we are');
    expect(said).not.toContain('bug in Lockstep');
  });

  test.each<[string, () => [string, Readonly<Record<string, string>>], string]>([
    [
      'of an authority that is not trusted',
      () => [sasl, { ...user('plain'), KAFKA_SSL: file('others.pem', authority('others').cert) }],
      "the broker's certificate is not trusted: 127.0.0.1:",
    ],
    ['of an authority that the system does not know', () => [sasl, { ...user('plain'), KAFKA_SSL: 'true' }], 'is not trusted: 127.0.0.1:'],
    ['of another host', () => [sasl.replace('127.0.0.1', 'localhost'), user('plain')], 'is not trusted: localhost:'],
    [
      'of ours, which the broker asks for',
      () => [mutual, { KAFKA_SSL: trusted }],
      'the broker does not accept our certificate: 127.0.0.1:',
    ],
    [
      'of ours, which the broker does not trust',
      () => {
        const unknown = signedBy(authority('others'), 'lockstep');
        const given = { KAFKA_SSL_CERT: file('unknown.pem', unknown.cert), KAFKA_SSL_KEY: file('unknown.key', unknown.key) };
        return [mutual, { KAFKA_SSL: trusted, ...given }];
      },
      'the broker does not accept our certificate: 127.0.0.1:',
    ],
  ])('a certificate %s: it ends, and says so', async (_, given, message) => {
    const said = await refused(...given());
    expect(said).toContain('lockstep serve ended with 2');
    expect(said).toContain(message);
    expect(said).toMatch(/hint: KAFKA_SSL(_CERT and KAFKA_SSL_KEY)? names?/);
  });
});
