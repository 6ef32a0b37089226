/** The account that a target on Snowflake names: texts as they are written, most of them from the environment. */
import { parseDuration } from './duration.ts';
import { accountKeys } from './keys.ts';
import { type Complain, type Fields, textOf } from './reader.ts';
import type { YamlNode } from './yaml.ts';

export type AccountKey = keyof typeof accountKeys;
export type AccountTexts = Readonly<Partial<Record<AccountKey, string>>>;

const names = Object.keys(accountKeys) as readonly AccountKey[];

/** What opens the account: only the environment has it. */
const secretKeys: ReadonlySet<AccountKey> = new Set(['password', 'private_key_passphrase', 'token']);

/** Nothing else beside it, and no default: that would be the secret in clear. */
const oneVariable = /^\s*\{\{\s*env_var\(\s*(['"])\w+\1\s*\)\s*\}\}\s*$/;

export const isSecretText = (node: YamlNode): boolean => node.kind === 'scalar' && oneVariable.test(node.text);

export function readAccount(
  fields: Fields<typeof accountKeys>,
  engine: 'duckdb' | 'snowflake' | null,
  what: string,
  complain: Complain,
): AccountTexts {
  const texts: Partial<Record<AccountKey, string>> = {};
  for (const key of names) {
    const entry = fields[key];
    if (entry === undefined) continue;
    if (engine === 'duckdb') complain(entry.keySpan, `${what} is on DuckDB: \`${key}\` is of a target of engine snowflake`);
    if (secretKeys.has(key) && !isSecretText(entry.value)) {
      complain(entry.keySpan, `\`${key}\` of ${what} is written in clear`, `let the environment have it: ${example(key)}`);
      continue;
    }
    const text = textOf(entry, complain);
    if (text === null) continue;
    const problem = text.includes('{{') ? null : accountProblem(key, text);
    if (problem !== null) complain(entry.value.span, `\`${key}\` must be ${problem}`);
    else texts[key] = text;
  }
  return texts;
}

/** As it may stand in `lockstep.yml`. */
export function example(key: AccountKey): string {
  const variable = `"{{ env_var('SNOWFLAKE_${key.toUpperCase()}') }}"`;
  return `${key}: ${secretKeys.has(key) || key === 'user' ? variable : (examples[key] ?? variable)}`;
}

const examples: AccountTexts = {
  account: 'my_organization-my_account',
  database: 'ANALYTICS',
};

/** What the value must be and is not; null: it is. No message holds the value. */
export function accountProblem(key: AccountKey, value: string): string | null {
  switch (key) {
    case 'port':
      return /^\d{1,5}$/.test(value) ? null : 'a number';
    case 'protocol':
      return value === 'https' || value === 'http' ? null : 'https or http';
    case 'authenticator':
      return value === 'oauth' ? null : 'oauth; a password and a key need none, and nothing else is supported';
    case 'query_tag':
      return /^[\w:,. -]{1,200}$/.test(value) ? null : 'letters, digits, blanks and :,.-_, two hundred at most';
    case 'warehouse_size':
      return creditsAnHour(value) === null ? 'a size of Snowflake: X-Small, Small, Medium, Large, X-Large, 2X-Large, … 6X-Large' : null;
    case 'statement_timeout':
      return timeoutSeconds(value) === null ? 'whole seconds or longer, to 7 days: 10 minutes, 1 hour' : null;
    default:
      return null;
  }
}

/** Snowflake's own bound is a week. Null: it is none. */
export function timeoutSeconds(text: string): number | null {
  const microseconds = parseDuration(text)?.microseconds ?? 0n;
  return microseconds > 0n && microseconds % 1_000_000n === 0n && microseconds <= 604_800_000_000n
    ? Number(microseconds / 1_000_000n)
    : null;
}

const sizes = ['XSMALL', 'SMALL', 'MEDIUM', 'LARGE', 'XLARGE', '2XLARGE', '3XLARGE', '4XLARGE', '5XLARGE', '6XLARGE'];

/**
 * What a standard warehouse of the first generation takes while it runs: https://docs.snowflake.com/en/user-guide/warehouses-overview.
 * Written as people see a size, or as SQL has it (XXLARGE, X4LARGE). Null: it is no size.
 */
export function creditsAnHour(size: string): number | null {
  const plain = size.toUpperCase().replaceAll(/[-_ ]/g, '');
  const name = /^X{2,3}LARGE$/.test(plain) ? `${plain.length - 5}XLARGE` : plain.replace(/^X([4-6])LARGE$/, '$1XLARGE');
  const at = sizes.indexOf(name);
  return at < 0 ? null : 2 ** at;
}
