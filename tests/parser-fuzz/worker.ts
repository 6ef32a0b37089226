/** Judges every n-th input; keeps the number of the current one in a file, so that a hang is known by its input. */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { corpus, makeInput, seeded } from './inputs.ts';
import { complaint } from './judge.ts';

const [root = '.', place = '', ...numbers] = process.argv.slice(2);
const [seed = 0, first = 0, step = 1, cases = 0] = numbers.map(Number);
const at = openSync(place, 'w');
await loadParser();
const files = corpus(root);
const project = ['lockstep.yml', 'transforms/sources.yml'].map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));
for (let i = first; i < cases; i += step) {
  writeSync(at, String(i).padEnd(12), 0);
  const problem = complaint(makeInput(files, seeded(seed, i)), project);
  if (problem !== undefined) process.send?.({ index: i, problem });
}
process.disconnect();
