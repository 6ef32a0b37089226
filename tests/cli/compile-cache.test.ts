/** What is compiled once is found again, and only for exactly what it was compiled from. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { project, viewers } from './viewers.ts';

const manifest = (folder: string): Promise<string> => readFile(`${folder}/build/manifest.json`, 'utf8');

async function compiled(folder: string): Promise<string> {
  expect((await lockstep('compile', '--project', folder)).code).toBe(0);
  return manifest(folder);
}

async function entries(folder: string): Promise<readonly string[]> {
  return readdir(`${folder}/build/.cache`).catch(() => []);
}

test('unchanged files are compiled once; a changed one is compiled anew, and its result is that of a project without a cache', async () => {
  const folder = await project();
  const first = await compiled(folder);
  const [key] = await entries(folder);
  expect(await compiled(folder)).toBe(first);
  expect(await entries(folder)).toEqual([key]);
  await writeFile(`${folder}/transforms/features/viewers.sql`, viewers.replace('1 hour', '2 hours'));
  const second = await compiled(folder);
  expect(second).not.toBe(first);
  expect(await entries(folder)).not.toEqual([key]);
  expect(second).toBe(await compiled(await project({ 'transforms/features/viewers.sql': viewers.replace('1 hour', '2 hours') })));
});

test('it may be deleted, cut off or changed at any time', async () => {
  const folder = await project();
  const first = await compiled(folder);
  const [key] = await entries(folder);
  const path = `${folder}/build/.cache/${key}`;
  const kept = await readFile(path, 'utf8');
  for (const spoilt of ['', kept.slice(0, 500), kept.replace('COUNT(*)', 'COUNT(1)'), `${kept} `]) {
    await writeFile(path, spoilt);
    expect(await compiled(folder)).toBe(first);
    expect(await readFile(path, 'utf8')).toBe(kept);
  }
  await rm(`${folder}/build`, { recursive: true });
  expect(await compiled(folder)).toBe(first);
});

test('what is found is written, without compiling', async () => {
  const folder = await project();
  await compiled(folder);
  const [key] = await entries(folder);
  const path = `${folder}/build/.cache/${key}`;
  // With a digest that fits, so that only a cache that is really used shows it.
  const content = (await readFile(path, 'utf8')).slice(65).replaceAll('formatVersion', 'cachedVersion');
  await writeFile(path, `${createHash('sha256').update(content).digest('hex')}\n${content}`);
  expect(await compiled(folder)).toContain('cachedVersion');
});

test('what does not compile leaves nothing behind, and says the same again', async () => {
  const folder = await project({ 'transforms/features/viewers.sql': viewers.replace('SUM(price)', 'SUM(prize)') });
  const first = await lockstep('compile', '--project', folder);
  expect(first.code).toBe(1);
  expect(await lockstep('compile', '--project', folder)).toEqual(first);
  expect(await readdir(folder)).not.toContain('build');
});

test('--check writes nothing at all', async () => {
  const folder = await project();
  expect((await lockstep('compile', '--project', folder, '--check')).code).toBe(1);
  expect(await readdir(folder)).not.toContain('build');
});
