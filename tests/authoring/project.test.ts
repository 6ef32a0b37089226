import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { diagnosticJson } from '../../compiler/render-diagnostics.ts';
import { findProject, readProject } from '../../runners/project.ts';
import { UsageError } from '../../runners/usage-error.ts';
import { sources } from './read.ts';

const made: string[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true })));
});

const feature = '/*---\nentity: user_id\n---*/\nSELECT user_id, COUNT(*) AS n FROM chats GROUP BY user_id\n';

async function project(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'project-'));
  made.push(folder);
  for (const [path, content] of Object.entries({
    'lockstep.yml': 'name: x\n',
    'transforms/sources.yml': sources,
    'transforms/features/f.sql': feature,
    ...files,
  })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

async function said(folder: string): Promise<string[]> {
  const { diagnostics, files } = await readProject(folder);
  return diagnostics.map((d) => {
    const { file, line, code } = diagnosticJson(d, files);
    return `${file}:${line} ${code}`;
  });
}

test('the nearest folder with lockstep.yml', async () => {
  const folder = await project({});
  expect(await findProject(undefined, join(folder, 'transforms/features'))).toBe(folder);
  expect(await findProject('..', join(folder, 'transforms'))).toBe(folder);
  await expect(findProject('transforms', folder)).rejects.toThrow(UsageError);
  await expect(findProject('nope', folder)).rejects.toThrow(UsageError);
  await expect(findProject(undefined, tmpdir())).rejects.toThrow(/lockstep\.yml/);
});

test('a project is read, and what compile writes is not', async () => {
  const folder = await project({ 'dbt/models/f.sql': 'SELECT {{ ref("x") }}', 'transforms/.hidden/features/g.sql': 'no' });
  const { value, diagnostics } = await readProject(folder);
  expect(diagnostics).toEqual([]);
  expect(value?.features.map(({ name, file }) => `${name} ${file}`)).toEqual(['f transforms/features/f.sql']);
});

test('another folder of transforms', async () => {
  const folder = await project({ 'lockstep.yml': 'transforms: defs\n', 'defs/sources.yml': sources, 'defs/features/g.sql': feature });
  expect((await readProject(folder)).value?.features.map(({ name }) => name)).toEqual(['g']);
});

test('a byte order mark and CRLF are fine', async () => {
  const folder = await project({ 'transforms/features/f.sql': `\ufeff${feature.replaceAll('\n', '\r\n')}` });
  expect(await said(folder)).toEqual([]);
});

test('what is not UTF-8, or too large, drops out alone', async () => {
  const folder = await project({
    'transforms/features/latin.sql': Buffer.from("/*---\nentity: a\n---*/\nSELECT '\xe9' FROM t", 'latin1'),
    'transforms/features/large.sql': `${feature}${'-- padding\n'.repeat(500_000)}`,
    'transforms/features/nul.sql': '/*---\nentity: a\n---*/\nSELECT a\0 FROM t',
  });
  expect((await said(folder)).sort()).toEqual([
    'transforms/features/large.sql:1 file-not-text',
    'transforms/features/latin.sql:1 file-not-text',
    'transforms/features/nul.sql:4 file-not-text',
  ]);
  expect((await readProject(folder)).value?.features.map(({ name }) => name)).toEqual(['f']);
});

test('sources.yml is not text', async () => {
  const folder = await project({ 'transforms/sources.yml': Buffer.from('streams: \xe9', 'latin1') });
  expect(await said(folder)).toEqual(['transforms/sources.yml:1 file-not-text']);
});

test('sources.yml is missing', async () => {
  const folder = await project({});
  await rm(join(folder, 'transforms'), { recursive: true });
  expect(await said(folder)).toEqual(['lockstep.yml:1 config-invalid']);
});
