/** The keys of a Snowflake account in `lockstep.yml`: what may be written, and that no message shows a secret that was. */
import { expect, test } from 'vitest';
import { hideSecrets } from '../../compiler/authoring/hidden-secrets.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { read } from './read.ts';

const prod = (keys: string): string => `targets:\n  prod:\n    engine: snowflake\n${keys.replace(/^/gm, '    ')}\n`;

/** All that people are shown about it. */
function shown(text: string): string {
  const { diagnostics, said } = read({ 'lockstep.yml': text });
  return `${said.join('\n')}\n${renderDiagnostics(diagnostics, [{ path: 'lockstep.yml', text }], { color: false })}`;
}

test('what stands there stays as it is written', () => {
  const { project, said } = read({
    'lockstep.yml': prod(`account: org-acme
host: snow.local
port: 443
protocol: https
user: "{{ env_var('SNOW_USER', 'me') }}"
password: "{{ env_var('SNOW_PASSWORD') }}"
private_key_path: keys/it.p8
private_key_passphrase: "{{env_var( 'P' )}}"
authenticator: oauth
token: '{{ env_var("TOKEN") }}'
role: READER
warehouse: SMALL
database: ANALYTICS
schema: scratch
query_tag: team-x
statement_timeout: 10 minutes`),
  });
  expect(said).toEqual([]);
  expect(project.config.targets['prod']).toMatchObject({
    schema: 'scratch',
    account: {
      ...{ account: 'org-acme', host: 'snow.local', port: '443', protocol: 'https', user: "{{ env_var('SNOW_USER', 'me') }}" },
      ...{ password: "{{ env_var('SNOW_PASSWORD') }}", private_key_path: 'keys/it.p8', private_key_passphrase: "{{env_var( 'P' )}}" },
      ...{ authenticator: 'oauth', token: '{{ env_var("TOKEN") }}', role: 'READER', warehouse: 'SMALL', database: 'ANALYTICS' },
      ...{ query_tag: 'team-x', statement_timeout: '10 minutes' },
    },
  });
});

test.each([
  ['port: x', '`port` must be a number'],
  ['protocol: ftp', '`protocol` must be https or http'],
  ['authenticator: externalbrowser', '`authenticator` must be oauth'],
  ['statement_timeout: 1 month', '`statement_timeout` must be whole seconds or longer'],
  ['statement_timeout: 10 ms', '`statement_timeout` must be whole seconds or longer'],
  ['statement_timeout: 8 days', '`statement_timeout` must be whole seconds or longer'],
  ['query_tag: "it\'s"', '`query_tag` must be letters'],
  ['acount: acme', 'the target `prod` has no key `acount`'],
])('%s', (keys, message) => {
  const [said] = read({ 'lockstep.yml': prod(keys) }).said;
  expect(said).toMatch(/^lockstep\.yml:4:\d+ config-invalid /);
  expect(said).toContain(message);
});

test('an account is of Snowflake', () => {
  expect(read({ 'lockstep.yml': 'targets: { local: { engine: duckdb, account: acme } }\n' }).said).toEqual([
    'lockstep.yml:1:37 config-invalid the target `local` is on DuckDB: `account` is of a target of engine snowflake',
  ]);
});

test.each([
  ['password: HUNTER2', 'password'],
  ["token: \"{{ env_var('TOKEN', 'HUNTER2') }}\"", 'token'],
  ['password: "HUNTER2{{ env_var(\'REST\') }}"', 'password'],
  ['private_key_passphrase: HUNTER2', 'private_key_passphrase'],
  ['password: [HUNTER2]', 'password'],
  ['password:\n  - HUNTER2', 'password'],
  ['password: |\n  HUNTER2\n\n  HUNTER2', 'password'],
])('a secret in clear, %j, is an error at its key that does not show it', (keys, key) => {
  const text = prod(keys);
  const { said, diagnostics } = read({ 'lockstep.yml': text });
  expect(said).toEqual([`lockstep.yml:4:5 config-invalid \`${key}\` of the target \`prod\` is written in clear`]);
  expect(diagnostics[0]?.hint).toBe(`let the environment have it: ${key}: "{{ env_var('SNOWFLAKE_${key.toUpperCase()}') }}"`);
  expect(shown(text)).not.toContain('HUNTER2');
  expect(shown(text)).toContain(` 4 |     ${key}:`);
});

test.each([
  prod('pasword: HUNTER2'),
  prod('passwd: HUNTER2\nprivate_key: HUNTER2\napi-token: HUNTER2'),
  prod('password:HUNTER2'),
  'targets:\n  prod: { engine: snowflake, password:HUNTER2 }\n',
  'targets: { prod: { engine: snowflake, acount: x, password: HUNTER2 } }\n',
  'targets: { prod: { engine: snow, "password": HUNTER2, wrong: 1 }, "x": 1 }\n',
  prod('password: *HUNTER2'),
  prod('password: !HUNTER2 x'),
  prod('password: "HUNTER2'),
  prod('password: HUNTER2: x'),
  prod("password: 'it's HUNTER2'"),
  prod('password: "HUN\\qTER2" HUNTER2'),
  prod('password: |\n  HUNTER2\n  a: b\n HUNTER2'),
  'password: HUNTER2\n',
  'name: HUNTER\n\tpassword: HUNTER2\n',
])('nor does any other message, of %j', (text) => {
  expect(shown(text)).toMatch(/lockstep\.yml:\d/);
  expect(shown(text)).not.toContain('HUNTER2');
});

test('what hides secrets moves nothing', () => {
  const text = 'a: b\n  password: x y\n    deeper\n\n  role: r\nmy-secret : z\n';
  expect(hideSecrets(text)).toBe('a: b\n  password: * *\n    ******\n\n  role: r\nmy-secret : *\n');
});
