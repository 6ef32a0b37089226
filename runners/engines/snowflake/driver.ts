/** Snowflake's own driver: large, so it is an optional peer of the package, and only whoever has a target on Snowflake installs and loads it. */
import type { ConnectionOptions, SnowflakeError } from 'snowflake-sdk';
import { EngineError } from '../engine.ts';
import type { SnowflakeSettings } from './settings.ts';

export type Driver = typeof import('snowflake-sdk');

let loaded: Driver | undefined;

export async function loadDriver(): Promise<Driver> {
  if (loaded !== undefined) return loaded;
  // One of its parts tells at every start which versions of Node it will need some day.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  try {
    const module = (await import('snowflake-sdk')) as Driver & { readonly default?: Driver };
    loaded = module.default ?? module;
  } catch (thrown) {
    const isMissing = (thrown as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' && String(thrown).includes("'snowflake-sdk'");
    if (!isMissing) throw thrown;
    throw new EngineError('snowflake', 'the driver snowflake-sdk is not installed', 'npm install snowflake-sdk');
  }
  // It would write a log file with the texts of statements.
  loaded.configure({ logLevel: 'OFF' });
  return loaded;
}

export function optionsOf({ account, url, user, by, role, warehouse, database, schema }: SnowflakeSettings): ConnectionOptions {
  return {
    account,
    username: user,
    database,
    schema,
    application: 'Lockstep',
    rowMode: 'array',
    fetchAsString: ['Number', 'JSON'],
    // Otherwise NULL would be the text NULL.
    representNullAsStringNull: false,
    clientSessionKeepAlive: true,
    // Within some 15 seconds; by default a host that is not there is asked for minutes.
    sfRetryMaxLoginRetries: 3,
    ...(url === null ? {} : { accessUrl: url }),
    ...(role === null ? {} : { role }),
    ...(warehouse === null ? {} : { warehouse }),
    ...signIn(by),
  };
}

function signIn(by: SnowflakeSettings['by']): Partial<ConnectionOptions> {
  switch (by.kind) {
    case 'key':
      return {
        authenticator: 'SNOWFLAKE_JWT',
        privateKeyPath: by.path,
        ...(by.passphrase === null ? {} : { privateKeyPass: by.passphrase }),
      };
    case 'oauth':
      return { authenticator: 'OAUTH', token: by.token };
    case 'password':
      return { password: by.password };
  }
}

/** What a key has signed lets whoever has it in, for a while. */
const signedToken = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** With the query's id, by which the account's own history finds it. `hide`: leaves out what no message may hold. */
export function engineError(thrown: unknown, hide: (text: string) => string): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const error = thrown as Partial<SnowflakeError>;
  const message = hide(String(error.message ?? thrown).replaceAll(signedToken, '***'));
  const queryId = error.data?.['queryId'] as string | undefined;
  return new EngineError('snowflake', queryId === undefined ? message : `${message} (query ${queryId})`);
}
