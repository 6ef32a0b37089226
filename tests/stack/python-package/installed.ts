/** The package as people have it: its wheel, built and installed without a network into an environment of its own. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';

export const stackPython = resolve(stackFolder, 'python/bin/python');

export interface Installed {
  readonly python: string;
  readonly wheel: string;
  /** For what runs there: `lockstep` is the command of this repository. */
  readonly environment: NodeJS.ProcessEnv;
}

export function install(folder: string): Installed {
  // A build writes beside what it builds.
  const source = join(folder, 'source');
  cpSync(resolve('examples/python'), source, { recursive: true });
  ran(stackPython, ['-m', 'build', '--no-isolation', '--wheel', '--outdir', join(folder, 'wheels'), source]);
  const [wheel = ''] = readdirSync(join(folder, 'wheels'));
  const environment = join(folder, 'environment');
  const python = join(environment, 'bin/python');
  ran(stackPython, ['-m', 'venv', environment]);
  const packages = (of: string): string => ran(of, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"), end="")']);
  // What the wheel needs is found in the environment of the stack.
  writeFileSync(join(packages(python), 'stack.pth'), packages(stackPython));
  ran(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-index', join(folder, 'wheels', wheel)]);
  const commands = join(folder, 'commands');
  mkdirSync(commands);
  const line = [process.execPath, resolve('bin/lockstep.js')].map((word) => `'${word}'`).join(' ');
  writeFileSync(join(commands, 'lockstep'), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  const { LOCKSTEP_API_KEY: _, KAFKA_BROKERS: __, ...env } = process.env;
  return {
    python,
    wheel: join(folder, 'wheels', wheel),
    environment: {
      ...env,
      PATH: `${commands}:${join(environment, 'bin')}:${env['PATH']}`,
      PYTHONDONTWRITEBYTECODE: '1',
      no_proxy: '127.0.0.1',
    },
  };
}

/** What it printed; an error with all it said if it fails. */
export function ran(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env, maxBuffer: 64e6 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}${error ?? ''}`);
  return stdout;
}
