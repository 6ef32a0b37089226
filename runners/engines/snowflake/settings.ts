/** How to reach an account: what dbt's profile has, its values as they are. */
export interface SnowflakeSettings {
  readonly account: string;
  /** In place of the account's own address. */
  readonly url: string | null;
  readonly user: string;
  readonly by: SignIn;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly database: string;
  readonly schema: string;
  /** Seconds after which Snowflake itself ends a statement. */
  readonly statementTimeout: number;
}

export type SignIn =
  | { readonly kind: 'key'; readonly path: string; readonly passphrase: string | null }
  | { readonly kind: 'oauth'; readonly token: string }
  | { readonly kind: 'password'; readonly password: string };

/** Of the settings, what no output may hold. */
export function secretsOf({ by }: SnowflakeSettings): readonly string[] {
  switch (by.kind) {
    case 'key':
      return by.passphrase === null ? [] : [by.passphrase];
    case 'oauth':
      return [by.token];
    case 'password':
      return [by.password];
  }
}
