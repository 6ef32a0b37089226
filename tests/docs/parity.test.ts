/** The example of docs/parity.md with forms written by hand is run: its commands print what it shows. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateMarketplace } from '../../examples/marketplace/generate.ts';
import { spineOf } from '../../examples/marketplace/spine.ts';
import { folderWith, lockstep } from '../support/cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = await readFile(`${root}docs/parity.md`, 'utf8');
const folder = await folderWith({});

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
/** Personal values are replaced, by others in each run. */
const unmasked = (text: string): string => text.replaceAll(/"user_id":"\d+"/g, '"user_id":"…"').replaceAll(/"p-[0-9a-f]+"/g, '"p-…"');

async function ran(command: string): Promise<string> {
  const generated = /^npx tsx examples\/marketplace\/generate\.ts --out build\/marketplace --size (\d+) --seed (\d+)$/.exec(command);
  if (generated !== null) {
    const raw = generateMarketplace(Number(generated[2]), Number(generated[1]));
    await mkdir(`${folder}/marketplace`, { recursive: true });
    for (const [source, rows] of raw) await writeFile(`${folder}/marketplace/${source}.ndjson`, lines(rows));
    await writeFile(`${folder}/marketplace/spine-stream_id.ndjson`, lines(spineOf(raw, ['stream_id'], 1000)));
    return '';
  }
  const [, argv = '', file] = /^npx lockstep (.*?)(?: \| sort -u > build\/(\S+))?$/.exec(command) ?? [];
  const { out, err } = await lockstep(...argv.replaceAll('build/', `${folder}/`).split(' '), '--project', root);
  expect(err).not.toContain('error');
  if (file === undefined) return out;
  await writeFile(`${folder}/${file}`, lines([...new Set(out.trimEnd().split('\n'))].sort().map((line) => JSON.parse(line))));
  return '';
}

test('forms written by hand', async () => {
  const section = page.slice(page.indexOf('## Forms that Lockstep did not compile'), page.indexOf('## How good is it?'));
  let commands = 0;
  const parts = /<!-- write: build\/(\S+) -->\n```sql\n([\s\S]*?)```|With `([^`]*)` in the place of `([^`]*)`:|```console\n([\s\S]*?)```/g;
  for (const [, file, sql = '', right, wrong = '', console] of section.matchAll(parts)) {
    if (file !== undefined) await writeFile(`${folder}/${file}`, sql);
    if (right !== undefined) {
      const before = await readFile(`${folder}/chat.sql`, 'utf8');
      expect(before).toContain(wrong);
      await writeFile(`${folder}/chat.sql`, before.replace(wrong, right));
    }
    for (const [, command = '', output = ''] of (console ?? '').matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      commands += 1;
      const printed = await ran(command);
      expect(unmasked(printed.trimEnd())).toBe(unmasked(output.trimEnd()));
    }
  }
  expect(commands).toBe(4);
});
