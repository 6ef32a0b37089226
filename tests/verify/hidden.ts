/** What a ledger must not hold: secrets, and by whose account it was made. */

import { type SnowflakeSettings, secretsOf } from '../../runners/engines/snowflake/settings.ts';
import { hider } from '../../runners/hide-secrets.ts';

/** Secrets, and whatever came from the environment, wherever they stand. */
export const secretHider = (settings: SnowflakeSettings): ((text: string) => string) => hider(secretsOf(settings));

const ofSnowflake = /[\w.-]+\.snowflakecomputing\.\w+/gi;

/** In what Snowflake says: names that lockstep.yml has in clear, too, as whole words. */
export function nameHider(settings: SnowflakeSettings): (text: string) => string {
  const { account, url, user, role, warehouse, database, schema } = settings;
  const hosts = url === null ? [] : [url, new URL(url).hostname];
  const names = [...hosts, account, account.replaceAll('_', '-'), user, role, warehouse, database, schema]
    .flatMap((name) => (name === null || name.length < 3 || name === 'PUBLIC' ? [] : [name]))
    .sort((a, b) => b.length - a.length)
    .map((name) => new RegExp(`(?<!\\w)${name.replaceAll(/[^\w]/g, '\\$&')}(?!\\w)`, 'gi'));
  const hideSecrets = secretHider(settings);
  return (text) => names.reduce((shown, name) => shown.replaceAll(name, '***'), hideSecrets(text).replaceAll(ofSnowflake, '***'));
}
