/** Judges every n-th input; keeps the number of the current one in a file, so that a hang is known by its input. */
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { corpus, makeInput, seeded } from './inputs.ts';
import { complaint } from './judge.ts';

const [root = '.', place = '', ...numbers] = process.argv.slice(2);
const [seed = 0, first = 0, step = 1, cases = 0] = numbers.map(Number);
const at = openSync(place, 'w');
await loadParser();
const inputs = corpus(root);
const read = (path: string) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') });
const { value: project } = readAuthored({ files: ['lockstep.yml', 'transforms/sources.yml'].map(read) });
if (project === undefined) throw new Error('the project beside the inputs cannot be read');
const shared = 'transforms/shared';
const snippets = new Map(readdirSync(`${root}/${shared}`).map((f) => [f.replace(/\.sql$/, ''), read(`${shared}/${f}`)]));
for (let i = first; i < cases; i += step) {
  writeSync(at, String(i).padEnd(12), 0);
  const problem = complaint(makeInput(inputs, seeded(seed, i)), project.catalog, snippets);
  if (problem !== undefined) process.send?.({ index: i, problem });
}
process.disconnect();
