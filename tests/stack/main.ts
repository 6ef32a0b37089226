/** npm run test:stack: installs what the repository does not carry, into a folder of its own, and runs the tests that need it. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { parts, provide } from './parts.ts';

const started = Date.now();
const missing = parts.flatMap((part) => {
  const reason = provide(part);
  return reason === undefined ? [] : [{ name: part.name, reason }];
});
for (const { name, reason } of missing) console.log(`skipped: the tests of ${name}, because ${reason}`);
const names = missing.map(({ name }) => name);
const asked = process.argv.slice(2);
const code = asked.length > 0 ? (await run(asked, true)).code : await inTwoRows();
console.log(`stack tests: ${((Date.now() - started) / 1000).toFixed(0)} s; skipped: ${names.join(', ') || 'nothing'}`);
// A part that is missing is news to a person, and a failure to CI.
process.exitCode = process.env['CI'] !== undefined && names.length > 0 ? 1 : code;

interface Ran {
  readonly code: number;
  readonly said: string;
}

/** `files`: as vitest takes them. `shown`: while it runs. */
function run(files: readonly string[], shown: boolean): Promise<Ran> {
  const vitest = spawn('npx', ['vitest', 'run', '--config', 'tests/stack/vitest.config.ts', ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LOCKSTEP_STACK: 'yes', LOCKSTEP_STACK_MISSING: names.join(',') },
  });
  let said = '';
  for (const stream of [vitest.stdout, vitest.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (shown) process.stdout.write(text);
    });
  return new Promise((done) => vitest.on('close', (status) => done({ code: status ?? 1, said })));
}

/** A broker and dbt let a core wait most of the time: the tests of either run beside each other. What the second row says comes when both have ended. */
async function inTwoRows(): Promise<number> {
  const files = readdirSync('tests/stack', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  const isSecond = (file: string): boolean => /^(airflow|dbt|differential|feast|materialize|python|reladiff|report)/.test(file);
  const path = (file: string): string => `tests/stack/${file}`;
  const rows = await Promise.all([
    run([...files.filter((file) => !isSecond(file)).map(path), 'tests/functions/'], true),
    run(files.filter(isSecond).map(path), false),
  ]);
  console.log(rows[1].said);
  const counts = rows.map(({ said }) => (/(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(said) ?? []).slice(1).map(Number));
  const [passed, failed, skipped] = [0, 1, 2].map((i) => counts.reduce((n, of) => n + (of[i] ?? Number.NaN), 0));
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return Math.max(...rows.map((row) => row.code));
}
