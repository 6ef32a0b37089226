/** npm run fuzz -- --parser: spoilt inputs to reader, parser and checker; no crash, no hang, no wrong place. */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { counted } from '../../compiler/counted.ts';
import { corpus, makeInput, seeded } from './inputs.ts';

const root = resolve(import.meta.dirname ?? '.', '../..');
const hangSeconds = 20;

interface Found {
  readonly index: number;
  readonly problem: string;
}

interface Options {
  readonly cases: number;
  readonly seed: number;
  /** Stops after so many findings. */
  readonly most: number;
}

/** The exit code. */
export async function fuzzParser({ cases, seed, most }: Options): Promise<number> {
  const started = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), 'lockstep-parser-fuzz-'));
  const found: Found[] = [];
  const step = Math.min(availableParallelism(), 4);
  await Promise.all(
    Array.from({ length: step }, (_, first) => judgeShare(first, step, join(scratch, String(first)), { cases, seed, most }, found)),
  );
  rmSync(scratch, { recursive: true, force: true });
  await writeInputs(found, seed);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`\nparser, seed ${seed}: ${counted(cases, 'input')} in ${seconds} s, ${counted(found.length, 'is', 'are')} met badly`);
  return found.length > 0 ? 1 : 0;
}

/** A process of its own: one that hangs can be ended. */
function judgeShare(first: number, step: number, place: string, { cases, seed, most }: Options, found: Found[]): Promise<void> {
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [root, place, ...[seed, first, step, cases].map(String)]);
  const position = (): number => {
    try {
      return Number(readFileSync(place, 'utf8'));
    } catch {
      return first;
    }
  };
  return new Promise((done) => {
    let last = -1;
    let since = Date.now();
    const watch = setInterval(() => {
      const now = position();
      if (now !== last) [last, since] = [now, Date.now()];
      else if (Date.now() - since > hangSeconds * 1000) {
        found.push({ index: now, problem: `no end within ${hangSeconds} s` });
        worker.kill('SIGKILL');
      }
      if (found.length >= most) worker.kill();
      if (process.stderr.isTTY && first === 0) process.stderr.write(`\r${now} of ${cases}`);
    }, 500);
    worker.on('message', (message) => found.push(message as Found));
    worker.on('exit', (code) => {
      clearInterval(watch);
      if (code !== null && code !== 0) found.push({ index: position(), problem: `the process ended with ${code}` });
      done();
    });
  });
}

async function writeInputs(found: readonly Found[], seed: number): Promise<void> {
  const folder = 'tests/parser-fuzz/failures';
  const files = corpus(root);
  if (found.length > 0) await mkdir(join(root, folder), { recursive: true });
  for (const { index, problem } of found) {
    const path = `${folder}/seed-${seed}-case-${index}.sql`;
    await writeFile(join(root, path), makeInput(files, seeded(seed, index)));
    console.log(`\ncase ${index}: ${problem}\nits input: ${path}`);
  }
}
