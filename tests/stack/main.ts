/** npm run test:stack: installs what the repository does not carry, into a folder of its own, and runs the tests that need it. */
import { spawnSync } from 'node:child_process';
import { parts, provide } from './parts.ts';

const started = Date.now();
const missing = parts.flatMap((part) => {
  const reason = provide(part);
  return reason === undefined ? [] : [{ name: part.name, reason }];
});
for (const { name, reason } of missing) console.log(`skipped: the tests of ${name}, because ${reason}`);
const names = missing.map(({ name }) => name);
const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'tests/stack/vitest.config.ts', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, LOCKSTEP_STACK: 'yes', LOCKSTEP_STACK_MISSING: names.join(',') },
});
console.log(`stack tests: ${((Date.now() - started) / 1000).toFixed(0)} s; skipped: ${names.join(', ') || 'nothing'}`);
// A part that is missing is news to a person, and a failure to CI.
process.exitCode = process.env['CI'] !== undefined && names.length > 0 ? 1 : (status ?? 1);
