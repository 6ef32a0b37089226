/** fakesnow's server: DuckDB behind Snowflake's protocol. What runs here is emulated: protocol and driver are tried, meaning only as far as it is carried over. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import type { SnowflakeSettings } from '../../../runners/engines/snowflake/settings.ts';
import { ended, freePort } from '../kafka/processes.ts';
import { type Proxy, startRowsetProxy } from './rowset.ts';

export interface Fakesnow {
  readonly settings: SnowflakeSettings;
  readonly proxy: Proxy;

  readonly stop: () => Promise<void>;
}

/** `rewrite`: what goes to the server in the place of a statement. */
export async function startFakesnow(rewrite?: (sql: string) => string): Promise<Fakesnow> {
  const port = await freePort();
  const server = spawn(resolve(stackFolder, 'fakesnow/bin/fakesnow'), ['--server', '--port', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  // Whatever it answers, it answers.
  const isThere = (): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    );
  for (let tries = 0; !(await isThere()); tries++) {
    if (tries > 150 || server.exitCode !== null) throw new Error('fakesnow did not start');
    await pause(200);
  }
  const proxy = await startRowsetProxy(url, rewrite);
  return {
    settings: {
      account: 'emulated',
      url: proxy.url,
      user: 'lockstep',
      by: { kind: 'password', password: 'none' },
      role: null,
      warehouse: null,
      database: 'LOCKSTEP',
      schema: 'PUBLIC',
      statementTimeout: 600,
      queryTag: null,
      hidden: [],
    },
    proxy,
    stop: async () => {
      await proxy.stop();
      await ended(server, 'SIGTERM');
    },
  };
}
