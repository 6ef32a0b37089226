/** npm run test:stack: installs what the repository does not carry, into a folder of its own, and runs the tests that need it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackFolder } from '../../runners/engines/clickhouse.ts';

interface Part {
  readonly name: string;
  readonly version: string;
  readonly gives: string;
}

const parts: readonly Part[] = [{ name: 'chdb', version: '3.4.0', gives: 'ClickHouse in process, about 550 MB' }];

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env): number {
  return spawnSync(command, args, { stdio: 'inherit', env: environment }).status ?? 1;
}

function installed({ name, version }: Part): boolean {
  const file = join(stackFolder, 'node_modules', name, 'package.json');
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version === version;
}

/** Why it is not there afterwards; undefined if it is. */
function install(part: Part): string | undefined {
  const what = `${part.name} ${part.version}`;
  if (installed(part)) {
    console.log(`${what} is there (${part.gives})`);
    return undefined;
  }
  const started = Date.now();
  mkdirSync(stackFolder, { recursive: true });
  const code = run('npm', ['install', '--prefix', stackFolder, '--no-audit', '--no-fund', `${part.name}@${part.version}`]);
  if (code !== 0 || !installed(part)) return `npm could not install ${what}`;
  console.log(`installed ${what} into ${stackFolder}/ in ${((Date.now() - started) / 1000).toFixed(0)} s (${part.gives})`);
  return undefined;
}

const skipped = parts.flatMap((part) => {
  const reason = install(part);
  return reason === undefined ? [] : [{ part, reason }];
});
for (const { part, reason } of skipped) console.log(`skipped: the tests of ${part.name}, because ${reason}`);

if (skipped.length === parts.length) {
  process.exitCode = 1;
} else {
  const started = Date.now();
  process.exitCode = run('npx', ['vitest', 'run', '--config', 'tests/stack/vitest.config.ts', ...process.argv.slice(2)]);
  console.log(
    `stack tests: ${((Date.now() - started) / 1000).toFixed(0)} s; skipped: ${skipped.map(({ part }) => part.name).join(', ') || 'nothing'}`,
  );
}
