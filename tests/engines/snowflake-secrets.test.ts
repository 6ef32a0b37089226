/**
 * Every text of a target may come from the environment: whatever goes wrong, and whatever the service repeats, no output of a command has what
 * the environment gave. Names of databases, schemas and relations are no secrets: Lockstep's own sentences have them.
 */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountKeys } from '../../compiler/authoring/keys.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { targetNamed } from '../../runners/warehouse/target-file.ts';
import { folderWith, lockstep } from '../support/cli.ts';
import { optionsOf } from '../verify/options.ts';
import { verify } from '../verify/verify.ts';
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
const feature =
  '/*---\nentity: shop\n---*/\nSELECT s.shop, COUNT(*) AS n FROM sales AS s JOIN returns AS r ON r.shop = s.shop GROUP BY s.shop\n';

/** By key, what the environment has; in letters of both kinds, as it may come back in either. */
const marks: Readonly<Record<string, string>> = {
  ...{
    account: 'Hush_Account',
    user: 'Hush-User',
    password: 'Hush-"Pass\\word"',
    private_key_passphrase: 'Hush Phrase',
    token: 'Hush-Token',
  },
  ...{ role: 'Hush_Role', warehouse: 'Hush_Warehouse', query_tag: 'Hush-Tag', private_key_path: 'hush-key.p8' },
  ...{ dbt_project: 'hush-project', dbt_profiles: 'hush-profiles', dbt_target: 'hush-dbt-target', dbt_command: 'hush-command' },
  ...{ host: 'hush-host.invalid', database: 'Hush_Database', schema: 'Hush_Schema', databases: 'Hush_Databases', schemas: 'Hush_Schemas' },
  models: 'Hush_Models.a.b',
};
/** Of which Lockstep's own sentences may speak. */
const names = ['database', 'schema', 'databases', 'schemas', 'models'];

const ways = {
  password: ['password'],
  token: ['token'],
  key: ['private_key_path', 'private_key_passphrase'],
} as const;
type Way = keyof typeof ways;

let service: Echoing;
const keys: Record<'right' | 'other' | 'none', string> = { right: '', other: '', none: 'this is no key' };

beforeAll(async () => {
  service = await echoingService();
  for (const [key, value] of Object.entries(marks)) process.env[`HUSH_${key.toUpperCase()}`] = value;
  process.env['HUSH_TOKEN_OF_CLOUD'] = 'hush-cloud';
  process.env['LOCKSTEP_DEBUG'] = '1';
  for (const [which, passphrase] of [
    ['right', marks['private_key_passphrase']],
    ['other', 'another one'],
  ] as const)
    keys[which] = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: passphrase ?? '' },
    }).privateKey;
});

afterAll(() => {
  service.stop();
  delete process.env['LOCKSTEP_DEBUG'];
});

const variable = (key: string): string => `"{{ env_var('HUSH_${key.toUpperCase()}') }}"`;
const given = (of: readonly string[]): string => of.map((key) => `${key}: ${variable(key)}`).join(', ');
const everywhere = ['account', 'user', 'role', 'warehouse', 'database', 'schema', 'query_tag'];

interface Where {
  readonly way: Way;
  readonly key?: keyof typeof keys;
}

async function projectOf({ way, key = 'right' }: Where): Promise<string> {
  const at = `host: 127.0.0.1, port: ${service.port}, protocol: http`;
  const by = way === 'token' ? 'authenticator: oauth, ' : '';
  const maps = `databases: { raw: ${variable('databases')} }, schemas: { shop: ${variable('schemas')} }, models: { returns: ${variable('models')} }`;
  const dbt = `dbt: { ${['project', 'profiles', 'target', 'command'].map((of) => `${of}: ${variable(`dbt_${of}`)}`).join(', ')} }`;
  return folderWith({
    'lockstep.yml': `name: small\ntargets:\n  snow: { engine: snowflake, warehouse_size: X-Small, ${at}, ${by}${given([...everywhere, ...ways[way]])}, ${maps}, ${dbt} }\n`,
    'transforms/sources.yml': sources,
    'transforms/features/shop_sales.sql': feature,
    'labels.csv': 'shop,as_of\na,2026-01-01T00:00:00\n',
    [marks['private_key_path'] ?? '']: keys[key],
  });
}

interface Said {
  readonly code: number | string;
  readonly text: string;
}

const commandLine =
  (...argv: readonly string[]) =>
  async (folder: string): Promise<Said> => {
    const { code, out, err } = await lockstep(...argv.map((word) => word.replace('FOLDER', folder)), '--project', folder);
    return { code, text: out + err };
  };

const commands: Readonly<Record<string, (folder: string) => Promise<Said>>> = {
  backfill: commandLine('backfill', '--target', 'snow', '--since', 'beginning', '--source', 'sales'),
  'training-set': commandLine(
    ...['training-set', '--target', 'snow', '--features', 'shop_sales', '--labels', 'FOLDER/labels.csv', '--out', 'FOLDER/out.csv'],
  ),
  'training-set of a relation': commandLine(
    ...['training-set', '--target', 'snow', '--features', 'shop_sales', '--labels', 'ml.labels', '--table', 'ml.answers'],
  ),
  'sources check': commandLine('sources', 'check', '--target', 'snow'),
  'sources check --format json': commandLine('sources', 'check', '--target', 'snow', '--format', 'json'),
  'sources import': commandLine('sources', 'import', '--target', 'snow'),
  'materialize --plan': commandLine('materialize', '--target', 'snow', '--from', '2026-01-01', '--to', '2026-01-02', '--plan'),
  'materialize --format json': commandLine(
    ...['materialize', '--target', 'snow', '--from', '2026-01-01', '--to', '2026-01-02', '--raw', '--format', 'json'],
  ),
  'parity --batch': commandLine('parity', '--batch', 'snow', '--feature', 'shop_sales'),
  'parity --format json': commandLine('parity', '--batch', 'snow:other', '--feature', 'shop_sales', '--format', 'json'),
  'verify:snowflake': async (folder) => {
    let text = '';
    const say = (line: string): void => {
      text += `${line}\n`;
    };
    const output = { result: say, say, color: false, progress: () => ({ step: () => {}, end: () => {} }) };
    const declared = targetNamed((await loadProject(folder)).authored.config, 'snow');
    const options = optionsOf(['--target', 'snow', '--out', join(folder, 'ledger.json'), '--parts', 'features', '--sample', '1']);
    const code = await verify({ name: 'snow', declared, folder, environment: process.env }, options, output).catch(
      (thrown: Error & { hint?: string }) => {
        say(`${thrown.message}\n${thrown.hint ?? ''}\n${thrown.stack ?? ''}`);
        return thrown.name;
      },
    );
    return { code, text };
  },
};

/** Keys whose values are in a text, in any letters. */
const told = (text: string, allowed: readonly string[] = []): readonly string[] =>
  Object.entries(marks).flatMap(([key, value]) => {
    const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), value.replaceAll('_', '-')];
    return !allowed.includes(key) && forms.some((form) => text.toLowerCase().includes(form.toLowerCase())) ? [key] : [];
  });

function requireSilent(text: string, allowed: readonly string[] = []): void {
  expect([text, told(text, allowed)]).toEqual([text, []]);
  expect(text).not.toContain('PRIVATE KEY');
  expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
}

test('every key of an account that takes a text is among them', () => {
  const plain = ['port', 'protocol', 'authenticator', 'warehouse_size', 'statement_timeout'];
  expect(Object.keys(accountKeys).filter((key) => !(key in marks))).toEqual(plain);
});

describe.each(Object.entries(commands))('%s', (_, run) => {
  test.each<[string, Where]>([
    ['a wrong password', { way: 'password' }],
    ['a wrong token', { way: 'token' }],
    ['a key that is not known', { way: 'key' }],
  ])('%s', async (_reason, where) => {
    const folder = await projectOf(where);
    service.refuseAfter(-1);
    const { code, text } = await run(folder);
    expect(code === 2 || code === 'EngineError').toBe(true);
    expect(text).toContain('refused: ');
    expect(told(service.sent()).includes('user')).toBe(true);
    requireSilent(text);
  });

  test.each<[string, Where]>([
    ['a key with another passphrase', { way: 'key', key: 'other' }],
    ['a key that is none', { way: 'key', key: 'none' }],
  ])('%s', async (_reason, where) => {
    const { code, text } = await run(await projectOf(where));
    expect(code === 2 || code === 'EngineError').toBe(true);
    expect(text).not.toContain('refused: ');
    requireSilent(text);
  });

  test.each([0, 1, 2, 3, 5, 8])('an error in a statement, after %i of them', async (statements) => {
    const folder = await projectOf({ way: 'password' });
    service.refuseAfter(statements);
    const { code, text } = await run(folder);
    // Later ones are not asked by all of them.
    if (statements < 2) expect([code === 2 || code === 'EngineError', text]).toEqual([true, expect.stringContaining('refused: ')]);
    requireSilent(text, text.includes('refused: ') ? [] : names);
  });
});
