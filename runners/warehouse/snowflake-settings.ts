/** How a target says that its account is reached: keys of lockstep.yml, with what the environment has in the place of variables. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type AccountKey, accountProblem, example, timeoutSeconds } from '../../compiler/authoring/account.ts';
import type { SignIn, SnowflakeSettings } from '../engines/snowflake/settings.ts';
import { tellTale } from '../hide-secrets.ts';
import { UsageError } from '../usage-error.ts';
import { fromEnvironment, takenFrom } from './environment.ts';
import type { NamedTarget } from './target-file.ts';

/** Null: the target does not name it. */
type Given = (key: AccountKey) => string | null;

export async function settingsOf(target: NamedTarget): Promise<SnowflakeSettings> {
  const { declared, name } = target;
  const valueOf = (what: string, text: string): string => fromEnvironment(text, `${what} of the target ${name}`, target.environment);
  const given: Given = (key) => {
    const text = declared.account[key];
    if (text === undefined) return null;
    const value = valueOf(key, text);
    const problem = accountProblem(key, value);
    if (problem !== null) throw new UsageError(`${key} of the target ${name} in lockstep.yml must be ${problem}`);
    return value;
  };
  const needed = (key: AccountKey): string => {
    const value = given(key);
    if (value !== null) return value;
    throw new UsageError(
      `the target ${name} is on Snowflake, and lockstep.yml does not say its ${key}`,
      `targets: { ${name}: { ${example(key)} } }`,
    );
  };
  return {
    account: needed('account'),
    user: needed('user'),
    database: needed('database'),
    schema: declared.schema === null ? 'PUBLIC' : valueOf('schema', declared.schema),
    by: await signIn(target, given),
    url: urlOf(given),
    role: given('role'),
    warehouse: given('warehouse'),
    statementTimeout: timeoutSeconds(given('statement_timeout') ?? '1 hour') ?? 3600,
    queryTag: given('query_tag'),
    hidden: hiddenOf(target),
  };
}

/** What the environment gave for any text of the target. */
export function hiddenOf({ declared, environment }: NamedTarget): readonly string[] {
  const { account, schema, databases, schemas, models, dbt } = declared;
  const texts: readonly (string | null)[] = [
    schema,
    ...[account, databases, schemas, models].flatMap((map) => Object.values(map)),
    ...(dbt === null ? [] : Object.values(dbt)),
  ];
  return tellTale(texts.flatMap((text) => takenFrom(text ?? '', environment)));
}

function urlOf(given: Given): string | null {
  const [host, port] = [given('host'), given('port')];
  return host === null ? null : `${given('protocol') ?? 'https'}://${host}${port === null ? '' : `:${port}`}`;
}

const ways = 'password, private_key_path, or authenticator: oauth with token';

async function signIn(target: NamedTarget, given: Given): Promise<SignIn> {
  const { name } = target;
  const [password, path, token] = [given('password'), given('private_key_path'), given('token')];
  const said = [password, path, token].filter((value) => value !== null).length;
  const isOauth = given('authenticator') === 'oauth';
  if (said > 1) throw new UsageError(`the target ${name} says more than one way to sign in`, `one of ${ways}`);
  if (token !== null && isOauth) return { kind: 'oauth', token };
  if (token !== null) throw new UsageError(`the target ${name} has a token, and not authenticator: oauth`);
  if (isOauth) throw new UsageError(`the target ${name} signs in by oauth, and does not say its token`, example('token'));
  if (password !== null) return { kind: 'password', password };
  if (path === null)
    throw new UsageError(
      `the target ${name} is on Snowflake, and lockstep.yml does not say how to sign in`,
      `with ${ways}: ${example('password')}`,
    );
  return { kind: 'key', path: await keyFile(target, path), passphrase: given('private_key_passphrase') };
}

async function keyFile({ name, declared, folder }: NamedTarget, path: string): Promise<string> {
  const file = resolve(folder, path);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true) return file;
  throw new UsageError(
    `the target ${name} has no private key at ${declared.account.private_key_path}`,
    'its path is relative to the project',
  );
}
