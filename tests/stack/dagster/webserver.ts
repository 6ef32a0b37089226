/** Dagster's web server with a code location, in a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { ended, freePort } from '../kafka/processes.ts';

export interface Webserver {
  readonly url: string;
  /** What a Python script prints that reads the same instance. */
  readonly python: (script: string) => string;
  /** All that it printed. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

/** Runs begin at once, without the daemon that takes them from a queue. */
const settings = `
telemetry:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: DefaultRunCoordinator
`;

const small = ['-f', resolve('tests/stack/dagster/location.py')];

/** `location`: the arguments that name it; its code has `environment`, too. */
export async function startWebserver(
  location: readonly string[] = small,
  environment: Readonly<Record<string, string>> = {},
): Promise<Webserver> {
  const home = mkdtempSync(join(tmpdir(), 'dagster-'));
  writeFileSync(join(home, 'dagster.yaml'), settings);
  const env = { ...process.env, ...environment, DAGSTER_HOME: home, DAGSTER_DISABLE_TELEMETRY: 'yes' };
  const bin = resolve(stackFolder, 'dagster/bin');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(join(bin, 'dagster-webserver'), ['-h', '127.0.0.1', '-p', String(port), ...location], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  // The process of the code location, and those of runs, which may outlive it.
  const killAll = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  process.once('exit', killAll);
  const stop = async (): Promise<void> => {
    await ended(child, 'SIGTERM');
    killAll();
    process.off('exit', killAll);
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  };
  try {
    await answers(url, child);
  } catch (failed) {
    await stop();
    throw new Error(`${failed instanceof Error ? failed.message : failed}\n${said}`);
  }
  return {
    url,
    stop,
    said: () => said,
    python: (script) => execFileSync(join(bin, 'python'), ['-W', 'ignore', resolve(script)], { env, encoding: 'utf8' }),
  };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + 120_000; Date.now() < until; await pause(250)) {
    if (child.exitCode !== null) throw new Error(`dagster-webserver ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/server_info`).catch(() => null);
    if (answer?.ok === true) return;
  }
  throw new Error('dagster-webserver did not begin');
}
