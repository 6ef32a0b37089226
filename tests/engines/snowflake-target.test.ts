/** A Snowflake target that cannot be used: what is missing is named, and nothing of what its fields hold is in any output. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Target } from '../../compiler/authoring/config.ts';
import { settingsOf } from '../../runners/warehouse/snowflake-settings.ts';
import { folderWith, lockstep, put } from '../support/cli.ts';
import { type Echoing, echoingService } from './echoing-service.ts';

const sources = `streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id
    event_time: sold_at
    columns: { sale_id: VARCHAR, shop: VARCHAR, sold_at: TIMESTAMP_NTZ }
  returns:
    warehouse: ref('returns')
    key: sale_id
    event_time: sold_at
    columns: { sale_id: VARCHAR, shop: VARCHAR, sold_at: TIMESTAMP_NTZ }
`;

const projectWith = (target: string): Promise<string> =>
  folderWith({
    'lockstep.yml': `name: small\ntargets:\n  snow: ${target}\n`,
    'transforms/sources.yml': sources,
    'transforms/features/shop_sales.sql':
      '/*---\nentity: shop\n---*/\nSELECT s.shop, COUNT(*) AS n FROM sales AS s JOIN returns AS r ON r.shop = s.shop GROUP BY s.shop\n',
    'labels.csv': 'shop,as_of\na,2026-01-01T00:00:00\n',
  });

const commands = (folder: string, source: string) => [
  ['backfill', '--project', folder, '--target', 'snow', '--since', 'beginning', '--source', source],
  [
    ...['training-set', '--project', folder, '--target', 'snow', '--features', 'shop_sales'],
    ...['--labels', join(folder, 'labels.csv'), '--out', join(folder, 'out.csv')],
  ],
];

const complete = { account: 'acme', user: 'me', password: "{{ env_var('THE_PASSWORD') }}", database: 'DB' };
const written = (keys: Readonly<Record<string, string>>): string =>
  `{ engine: snowflake, ${Object.entries(keys)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ')} }`;

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    'no account',
    { ...complete, account: '' },
    'the target snow is on Snowflake, and lockstep.yml does not say its account\nhint: targets: { snow: { account: my_organization-my_account } }',
  ],
  [
    'no user',
    { ...complete, user: '' },
    'the target snow is on Snowflake, and lockstep.yml does not say its user\nhint: targets: { snow: { user: "{{ env_var(\'SNOWFLAKE_USER\') }}" } }',
  ],
  [
    'no database',
    { ...complete, database: '' },
    'the target snow is on Snowflake, and lockstep.yml does not say its database\nhint: targets: { snow: { database: ANALYTICS } }',
  ],
  [
    'no way to sign in',
    { ...complete, password: '' },
    'the target snow is on Snowflake, and lockstep.yml does not say how to sign in\nhint: with password, private_key_path, or authenticator: oauth with token: password: "{{ env_var(\'SNOWFLAKE_PASSWORD\') }}"',
  ],
  ['two ways', { ...complete, private_key_path: 'k.p8' }, 'the target snow says more than one way to sign in\nhint: one of '],
  [
    'a token alone',
    { ...complete, password: '', token: "{{ env_var('THE_PASSWORD') }}" },
    'the target snow has a token, and not authenticator: oauth',
  ],
  [
    'oauth alone',
    { ...complete, password: '', authenticator: 'oauth' },
    'the target snow signs in by oauth, and does not say its token\nhint: token: "{{ env_var(\'SNOWFLAKE_TOKEN\') }}"',
  ],
  [
    'no key file',
    { ...complete, password: '', private_key_path: "{{ env_var('THE_PORT') }}/k.p8" },
    "the target snow has no private key at {{ env_var('THE_PORT') }}/k.p8\nhint: its path is relative to the project",
  ],
  [
    'a variable that is not set',
    { ...complete, role: "{{ env_var('NOT_SET_ANYWHERE') }}" },
    'role of the target snow in lockstep.yml takes NOT_SET_ANYWHERE',
  ],
  [
    'a port that is none',
    { ...complete, host: 'h', port: "{{ env_var('THE_PORT') }}" },
    'port of the target snow in lockstep.yml must be a number\n',
  ],
])('%s', async (_, keys, message) => {
  process.env['THE_PASSWORD'] = 'PW';
  process.env['THE_PORT'] = 'S3CRET';
  const folder = await projectWith(written(Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== ''))));
  for (const argv of commands(folder, 'sales')) {
    const { code, out, err } = await lockstep(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.startsWith(`error: ${message}`) || err).toBe(true);
    expect(err).not.toContain('S3CRET');
  }
});

test('what a target without a connection needs is not asked for', async () => {
  const folder = await projectWith('{ engine: snowflake, databases: { raw: RAW_PROD } }');
  expect(await lockstep('compile', '--project', folder)).toMatchObject({ code: 0, err: '' });
});

test('an address, a timeout and a tag', async () => {
  const declared: Target = {
    ...{ engine: 'snowflake' as const, path: null, schema: null, databases: {}, schemas: {}, models: {}, dbt: null },
    account: { ...complete, host: 'snow.local', port: '8443', statement_timeout: '90 seconds', query_tag: 'team x' },
  };
  const target = { name: 'snow', declared, folder: '/', environment: { THE_PASSWORD: 'PW' } };
  expect(await settingsOf(target)).toEqual({
    ...{ account: 'acme', user: 'me', database: 'DB', schema: 'PUBLIC', url: 'https://snow.local:8443', role: null, warehouse: null },
    ...{ by: { kind: 'password', password: 'PW' }, statementTimeout: 90, queryTag: 'team x', hidden: [] },
  });
  const plain = { ...target, declared: { ...declared, account: complete } };
  expect(await settingsOf(plain)).toMatchObject({ url: null, statementTimeout: 3600, queryTag: null });
});

let service: Echoing;

beforeAll(async () => {
  service = await echoingService();
});

afterAll(() => {
  service.stop();
  delete process.env['LOCKSTEP_DEBUG'];
});

const fields = ['account', 'user', 'role', 'warehouse', 'database', 'schema', 'query_tag'];

test.each<[string, readonly string[], number]>([
  ['password', ['password'], -1],
  ['token', ['token'], -1],
  ['key', ['private_key_passphrase'], -1],
  ['password', ['password'], 0],
  ['password', ['password'], 1],
  ['password', ['password'], 2],
  ['token', ['token'], 2],
  ['key', ['private_key_passphrase'], 2],
])('signing in by %s, with %j: no value of a field is in any output after %i statements', async (way, secrets, statements) => {
  process.env['LOCKSTEP_DEBUG'] = '1';
  const { port } = service;
  const marked = [...fields, ...secrets, 'databases', 'schemas', 'models'];
  for (const field of marked) process.env[`MARK_${field}`] = `s3cret-${field}-${way}`;
  process.env['MARK_models'] = 's3cret_models.a.b';
  const variable = (field: string): string => `"{{ env_var('MARK_${field}') }}"`;
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: {
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: process.env['MARK_private_key_passphrase'] ?? 'p',
    },
  });
  const keys = [...fields, ...secrets].map((field) => `${field}: ${variable(field)}`);
  const by = way === 'key' ? ['private_key_path: key.p8'] : way === 'token' ? ['authenticator: oauth'] : [];
  const folder = await projectWith(
    `{ engine: snowflake, host: 127.0.0.1, port: ${port}, protocol: http, ${[...keys, ...by].join(', ')}, databases: { raw: ${variable('databases')} }, schemas: { shop: ${variable('schemas')} }, models: { returns: ${variable('models')} } }`,
  );
  await put(folder, { 'key.p8': privateKey });
  for (const source of ['sales', 'returns'])
    for (const argv of commands(folder, source)) {
      service.refuseAfter(statements);
      const { code, out, err } = await lockstep(...argv);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/^error: snowflake failed: refused: /);
      expect(service.sent()).toContain(`s3cret-user-${way}`);
      expect(err.toLowerCase()).not.toContain('s3cret');
      expect(err).not.toContain('PRIVATE KEY');
      expect(err).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
    }
});
