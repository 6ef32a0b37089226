/** What a service may refuse, hold or say: nothing is left behind or told, and no statement outlives the cap. */
import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { targetNamed } from '../../runners/warehouse/target-file.ts';
import { type Done, type Service, startService } from '../engines/snowflake-service.ts';
import { folderWith } from '../support/cli.ts';
import type { Ledger } from './ledger.ts';
import { optionsOf } from './options.ts';
import { verify } from './verify.ts';

/** One for each key of a target that takes a text. */
const secrets = {
  account: 'hush-account',
  user: 'hush-user',
  role: 'hush_role',
  warehouse: 'hush_warehouse',
  database: 'hush_database',
  schema: 'hush_schema',
  query_tag: 'hush-tag',
};
/** Of each way to sign in. */
const signIns = {
  password: { password: 'hush-password' },
  token: { token: 'hush-token' },
  key: { private_key_path: 'hush-key.p8', private_key_passphrase: 'hush-passphrase' },
};
type Way = keyof typeof signIns;
/** Maps, and texts of `dbt:`, which a run has no use for. */
const others = {
  databases: 'hush_databases',
  schemas: 'hush_schemas',
  models: 'hush_models',
  project: 'hush-project',
  command: 'hush-dbt',
};
const all: Readonly<Record<string, string>> = { ...secrets, ...signIns.password, ...signIns.token, ...signIns.key, ...others };
const environment = Object.fromEntries(Object.entries(all).map(([key, value]) => [`HUSH_${key.toUpperCase()}`, value]));
const variable = (key: string): string => `"{{ env_var('HUSH_${key.toUpperCase()}') }}"`;
const keysOf = (way: Way): string =>
  [
    ...Object.keys({ ...secrets, ...signIns[way] }).map((key) => `${key}: ${variable(key)}`),
    ...['databases', 'schemas', 'models'].map((key) => `${key}: { x: ${variable(key)} }`),
    `dbt: { project: ${variable('project')}, command: ${variable('command')} }`,
    ...(way === 'token' ? ['authenticator: oauth'] : []),
  ].join(', ');
const key = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: signIns.key.private_key_passphrase },
}).privateKey;

beforeAll(() => loadParser());

const usual = (sql: string): Done => {
  if (sql.includes('CURRENT_VERSION')) return { rows: [['9.9.9', 'DB', secrets.warehouse.toUpperCase()]] };
  if (sql.includes('CURRENT_SCHEMA')) return { rows: [[current]] };
  const name = /^USE SCHEMA (\w+)/.exec(sql)?.[1];
  if (name !== undefined) current = name;
  return { rows: [] };
};
let current = '';

interface Ran {
  readonly code: number | string;
  readonly said: string;
  readonly ledger: Ledger | null;
  readonly asked: readonly string[];
  readonly files: readonly string[];
}

async function run(
  doing: (sql: string) => Done | undefined,
  argv: readonly string[] = [],
  size = ', warehouse_size: X-Small',
  way: Way = 'password',
): Promise<Ran> {
  const service: Service = await startService(({ sql }) => doing(sql) ?? usual(sql));
  const where = `host: 127.0.0.1, port: ${service.port}, protocol: http`;
  const folder = await folderWith({
    [signIns.key.private_key_path]: key,
    'lockstep.yml': `name: small\ntargets:\n  snow: { engine: snowflake, ${where}, ${keysOf(way)}${size} }\n`,
  });
  const out = join(folder, 'ledger.json');
  const declared = targetNamed((await loadProject(folder)).authored.config, 'snow');
  let said = '';
  const say = (text: string): void => {
    said += `${text}\n`;
  };
  const output = { result: say, say, color: false, progress: () => ({ step: () => {}, end: () => {} }) };
  const options = optionsOf(['--target', 'snow', '--out', out, '--parts', 'features', '--sample', '5', ...argv]);
  const code = await verify({ name: 'snow', declared, folder, environment }, options, output).catch((thrown: Error & { hint?: string }) => {
    say(`${thrown.message}\n${thrown.hint ?? ''}`);
    return thrown.name;
  });
  service.stop();
  const text = await readFile(out, 'utf8').catch(() => null);
  const ledger = text === null ? null : (JSON.parse(text) as Ledger);
  // Whatever was said or written.
  const told = Object.values({ ...secrets, ...signIns[way], ...others }).filter((secret) =>
    `${said}${text ?? ''}`.toLowerCase().includes(secret),
  );
  expect(told).toEqual([]);
  return { code, said, ledger, asked: service.asked.map(({ sql }) => sql), files: (await readdir(folder)).sort() };
}

const drops = (asked: readonly string[]): readonly string[] => asked.filter((sql) => sql.startsWith('DROP SCHEMA'));

test.each<Way>(['password', 'token', 'key'])(
  'by %s: what the service says of the account is in neither the ledger nor the output',
  async (way) => {
    const told = Object.values({ ...secrets, ...signIns[way], ...others }).join(' and ');
    const { code, ledger, said } = await run(
      (sql) => (/^CREATE OR REPLACE/.test(sql) ? { refused: `not for ${told} at 127.0.0.1` } : undefined),
      [],
      undefined,
      way,
    );
    expect(code).toBe(1);
    expect(ledger?.items.map(({ outcome }) => outcome)).toEqual(Array(5).fill('failed'));
    expect(ledger?.items[0]?.detail).toMatch(/^snowflake failed: not for \*\*\* and \*\*\*.* at \*\*\*$/);
    expect(said).toContain('with the warehouse *** (size X-Small, 1 credit an hour)');
  },
);

test('a schema that cannot be made is not dropped: it may be of somebody else', async () => {
  const { code, said, ledger, asked, files } = await run((sql) =>
    sql.startsWith('CREATE SCHEMA') ? { refused: 'it already exists' } : undefined,
  );
  expect([code, ledger]).toEqual(['EngineError', null]);
  expect(said).toContain('the role needs USAGE and CREATE SCHEMA on the database of the target');
  expect(drops(asked)).toEqual([]);
  expect(asked.filter((sql) => /^(USE|CREATE OR|INSERT)/.test(sql))).toEqual([]);
  expect(files).toEqual([signIns.key.private_key_path, 'lockstep.yml']);
});

test('nothing is written unless the session is in the schema that was made', async () => {
  const { code, asked } = await run((sql) => (sql.includes('CURRENT_SCHEMA') ? { rows: [['PUBLIC']] } : undefined));
  expect(code).toBe('EngineError');
  expect(asked.filter((sql) => /^(CREATE OR|INSERT)/.test(sql))).toEqual([]);
  expect(drops(asked).length).toBe(1);
});

test('a schema that cannot be dropped is tried by another session, and then said, with the statement', async () => {
  const { said, ledger, asked } = await run((sql) => (sql.startsWith('DROP SCHEMA') ? { refused: `no, ${secrets.role}` } : undefined));
  expect(drops(asked).length).toBe(2);
  expect(ledger?.schema.dropped).toBe(false);
  expect(said).toContain(
    `could not be dropped (no, ***). To drop it: in the database of the target snow, run\n  DROP SCHEMA IF EXISTS ${ledger?.schema.name};`,
  );
  expect(said).toContain(`the schema ${ledger?.schema.name} is still there`);
});

test('a statement under way at the cap is given up, and its item is not reached', async () => {
  const { code, ledger, asked } = await run((sql) => (/^INSERT/.test(sql) ? 'held' : undefined), ['--max-minutes', '0.05']);
  expect(code).toBe(3);
  expect(ledger?.ended).toBe('cap');
  expect(ledger?.items.map(({ outcome }) => outcome)).toEqual(Array(5).fill('not reached'));
  expect(ledger?.used.minutes).toBeLessThan(0.5);
  expect(drops(asked).length).toBe(1);
  expect(ledger?.schema.dropped).toBe(true);
});

test('a warehouse whose size nobody knows is not used', async () => {
  const { code, said, asked } = await run(() => undefined, [], '');
  expect(code).toBe('UsageError');
  expect(said).toContain('warehouse_size: Medium, in the target snow, says it');
  expect(asked.filter((sql) => sql.includes('SCHEMA LOCKSTEP'))).toEqual([]);
});

test('a ledger that could not be written is known before the account is asked', async () => {
  const { code, said, asked } = await run(() => undefined, ['--out', '/no/such/folder/ledger.json']);
  expect([code, asked]).toEqual(['UsageError', []]);
  expect(said).toContain('there is no folder /no/such/folder');
});
