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
  /** What a query tag begins with. */
  readonly queryTag: string | null;
  /** Values from the environment: messages do not show them. */
  readonly hidden: readonly string[];
}

export type SignIn =
  | { readonly kind: 'key'; readonly path: string; readonly passphrase: string | null }
  | { readonly kind: 'oauth'; readonly token: string }
  | { readonly kind: 'password'; readonly password: string };

/** What no output may hold. */
export const secretsOf = ({ by, hidden }: SnowflakeSettings): readonly string[] => [...secretOf(by), ...hidden];

function secretOf(by: SignIn): readonly string[] {
  switch (by.kind) {
    case 'key':
      return by.passphrase === null ? [] : [by.passphrase];
    case 'oauth':
      return [by.token];
    case 'password':
      return [by.password];
  }
}
