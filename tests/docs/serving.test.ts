/** The example of docs/serving.md about costs is run: rows are those that it shows, times are whatever they are. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateMarketplace } from '../../examples/marketplace/generate.ts';
import { folderWith, lockstep } from '../support/cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = await readFile(`${root}docs/serving.md`, 'utf8');
const folder = await folderWith({});

async function ran(command: string): Promise<string> {
  const generated = /^npx tsx examples\/marketplace\/generate\.ts --out build\/marketplace --size (\d+) --seed (\d+)$/.exec(command);
  if (generated !== null) {
    await mkdir(`${folder}/marketplace`, { recursive: true });
    for (const [source, rows] of generateMarketplace(Number(generated[2]), Number(generated[1])))
      await writeFile(`${folder}/marketplace/${source}.ndjson`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return '';
  }
  const argv = command.replace(/^npx lockstep /, '').replaceAll('build/', `${folder}/`);
  const { code, out, err } = await lockstep(...argv.split(' '), '--project', root);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Times, and the shares and bars that are made of them; versions, and how many features there are. */
const untimed = (line: string): string => {
  if (/^machine/.test(line)) return line.replace(/\d+ cores?/, '… cores');
  if (/^(plan|scan|join|aggregate|window|rest) +[█░]/.test(line)) return line.replace(/[█░].*/, '…');
  // How many requests there was time for.
  if (/^ +\d+ +\d+ /.test(line)) return line.replace(/^( +\d+) .*/, '$1 …');
  return line.replace(/[\d,.]+ ms\b/g, '… ms').replace(/\b[0-9a-f]{16}$|^\d+(?= features are fine)/, '…');
};

test('what a feature costs', async () => {
  const section = page.slice(page.indexOf('## What a feature costs'), page.indexOf('## What it costs'));
  const [, console = ''] = /```console\n([\s\S]*?)```/.exec(section) ?? [];
  let commands = 0;
  for (const [, command = '', output = ''] of console.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
    commands += 1;
    const printed = (await ran(command)).split('\n').map(untimed);
    // What would help depends on the times.
    const shown = output.split('\nWhat would help')[0]?.split('\n').map(untimed) ?? [];
    for (const line of shown.filter((l) => l !== '…')) expect(printed).toContain(line);
  }
  expect(commands).toBe(3);
});
