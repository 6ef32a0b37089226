/** Signing in, for so long and no longer. What goes wrong on the way to the account names its host. */
import type { Connection as DriverConnection } from 'snowflake-sdk';
import { EngineError } from '../engine.ts';
import { engineError } from './driver.ts';
import type { SnowflakeSettings } from './settings.ts';

export interface Patience {
  /** Of lockstep.yml, whose account it is; null: of none. */
  readonly target: string | null;
  /** Milliseconds after which `slow` is called. */
  readonly quiet: number;
  readonly slow: (host: string) => void;
  /** Milliseconds in all: a host that takes a connection and says nothing. The driver itself gives up retrying earlier. */
  readonly most: number;
}

export const patience: Patience = { target: null, quiet: 5_000, slow: () => {}, most: 60_000 };

export function hostOf({ url, account }: Pick<SnowflakeSettings, 'url' | 'account'>): string {
  return url === null ? `${account}.snowflakecomputing.com` : new URL(url).host;
}

/** `hide`: leaves out what no message may hold. */
export function connected(
  connection: DriverConnection,
  host: string,
  hide: (text: string) => string,
  { target, quiet, slow, most }: Patience,
): Promise<DriverConnection> {
  return new Promise((done, failed) => {
    const slowly = setTimeout(() => slow(hide(host)), quiet);
    const tooLong = setTimeout(() => {
      failed(unreachable(`no answer for ${most / 1000} seconds`));
      connection.destroy(() => {});
    }, most);
    const unreachable = (why: string): EngineError =>
      new EngineError(
        'snowflake',
        `${hide(host)}${target === null ? '' : `, of the target ${target},`} cannot be reached: ${why}`,
        'account, host and port of the target say where',
      );
    connection.connect((error) => {
      clearTimeout(slowly);
      clearTimeout(tooLong);
      if (error === undefined || error === null) done(connection);
      else if (isOnTheWay(error)) failed(unreachable(engineError(error, hide).message));
      else failed(engineError(error, hide));
    });
  });
}

/** By the driver's own kinds: no answer at all, or one that is not of the service. */
const isOnTheWay = ({ name }: Error): boolean => name === 'NetworkError' || name === 'RequestFailedError';
