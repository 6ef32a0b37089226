/**
 * npm run fuzz -- --mutants: each fault is put in, in a copy of the code, and generated cases must find it. What the checker
 * says is what every form and the reference go by, so faults there are for the tests with values by hand.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { mutants } from './mutants.ts';

const { values } = parseArgs({
  options: {
    mutants: { type: 'boolean' },
    cases: { type: 'string', default: '600' },
    seed: { type: 'string', default: '5' },
    only: { type: 'string' },
    skip: { type: 'string', default: '0' },
  },
});
const root = resolve(import.meta.dirname ?? '.', '../..');
const copy = mkdtempSync(join(tmpdir(), 'lockstep-mutants-'));
for (const part of ['compiler', 'runners', 'tests', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
  cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
const campaign = (): ReturnType<typeof spawnSync> =>
  spawnSync(
    'npx',
    ['tsx', 'tests/differential/fuzz.ts', '--cases', values.cases, '--seed', values.seed, '--failures', '1', '--shrink', 'no'],
    { cwd: copy, encoding: 'utf8' },
  );
const byHand = (): ReturnType<typeof spawnSync> =>
  spawnSync('npx', ['vitest', 'run', 'tests/lift', 'tests/check', 'tests/functions', 'tests/emit'], { cwd: copy, encoding: 'utf8' });
let killed = 0;
const survivors: string[] = [];
const chosen = mutants.slice(Number(values.skip)).filter((m) => values.only === undefined || m.name.includes(values.only));
try {
  // Without a fault the campaign must be green, or nothing below means anything.
  const sound = campaign();
  if (sound.status !== 0) throw new Error(`the campaign fails without a mutant:\n${String(sound.stdout)}${String(sound.stderr)}`);
  for (const mutant of chosen) {
    const original = readFileSync(join(copy, mutant.file), 'utf8');
    const mutated = original.replace(mutant.find, mutant.replace);
    if (mutated === original) {
      survivors.push(`${mutant.name} (its place was not found in ${mutant.file})`);
      console.log(`NOT MADE  ${mutant.name}`);
      continue;
    }
    writeFileSync(join(copy, mutant.file), mutated);
    const run = campaign();
    const inTests = run.status === 0 && byHand().status !== 0;
    writeFileSync(join(copy, mutant.file), original);
    const found = run.status !== 0 || inTests;
    if (found) killed += 1;
    else survivors.push(mutant.name);
    const how = inTests
      ? 'by tests of single features and functions'
      : (/DIFFERENT: .*/.exec(String(run.stdout))?.[0] ??
        (found
          ? (String(run.stderr)
              .split('\n')
              .find((l) => l.includes('Error')) ?? 'raised')
          : ''));
    console.log(`${found ? 'killed   ' : 'SURVIVED '} ${mutant.name}  ${how}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`\n${killed} of ${chosen.length} mutants killed${survivors.length === 0 ? '' : `; not killed: ${survivors.join('; ')}`}`);
process.exitCode = survivors.length > 0 ? 1 : 0;
