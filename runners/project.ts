/** Finding a project on disk and reading its files. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readConfig } from '../compiler/authoring/config.ts';
import { type AuthoredProject, readAuthored } from '../compiler/authoring/index.ts';
import { type Diagnostic, error, type Outcome } from '../compiler/diagnostics.ts';
import { loadParser } from '../compiler/parse/front-end.ts';
import type { SourceFile } from '../compiler/source.ts';
import { UsageError } from './usage-error.ts';

const configName = 'lockstep.yml';
const sizeLimit = 1_000_000;

export interface ReadFiles {
  readonly files: readonly SourceFile[];
  /** About files that cannot be read as text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** `named`: what `--project` says; otherwise the nearest folder with `lockstep.yml`, from `from` upwards. */
export async function findProject(named: string | undefined, from: string): Promise<string> {
  if (named !== undefined) {
    const folder = resolve(from, named);
    if (!(await isFile(join(folder, configName)))) throw new UsageError(`${folder} has no ${configName}`);
    return folder;
  }
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (await isFile(join(folder, configName))) return folder;
    if (dirname(folder) === folder)
      throw new UsageError(
        `neither ${resolve(from)} nor a folder above it has a ${configName}`,
        'name one with --project, or run lockstep init',
      );
  }
}

export async function readProjectFiles(folder: string): Promise<ReadFiles> {
  const config = await readText(folder, configName);
  const { transforms } = readConfig(config.file, []);
  const paths = (await listFiles(folder, transforms)).sort();
  const read = [config, ...(await Promise.all(paths.map((path) => readText(folder, path))))];
  return { files: read.map(({ file }) => file), diagnostics: read.flatMap(({ diagnostics }) => diagnostics) };
}

/** The files are given back as well: diagnostics are shown with their text. */
export async function readProject(
  folder: string,
  read?: ReadFiles,
): Promise<Outcome<AuthoredProject> & { readonly files: readonly SourceFile[] }> {
  await loadParser();
  const { files, diagnostics } = read ?? (await readProjectFiles(folder));
  const authored = readAuthored({
    files: files.filter(({ path }) => !path.endsWith('.sql') || !diagnostics.some((d) => d.span.file === path)),
  });
  return { value: authored.value, diagnostics: [...diagnostics, ...authored.diagnostics], files };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function listFiles(folder: string, transforms: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (current: string): Promise<void> => {
    for (const entry of await readdir(join(folder, current), { withFileTypes: true })) {
      const path = `${current}/${entry.name}`;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) await visit(path);
      else if (/\.sql$/i.test(entry.name) || path === `${transforms}/sources.yml`) found.push(path);
    }
  };
  if (await isFolder(join(folder, transforms))) await visit(transforms);
  return found;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readText(folder: string, path: string): Promise<{ readonly file: SourceFile; readonly diagnostics: readonly Diagnostic[] }> {
  const refused = (message: string, hint?: string) => ({
    file: { path, text: '' },
    diagnostics: [error('file-not-text', { file: path, start: 0, end: 0 }, message, hint)],
  });
  const bytes = await readFile(join(folder, path));
  if (bytes.length > sizeLimit) return refused(`this file has ${bytes.length} bytes, and no definition is longer than ${sizeLimit}`);
  try {
    return { file: { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }, diagnostics: [] };
  } catch {
    const line = firstBadLine(bytes);
    return refused(`this file is not UTF-8 text (line ${line})`, 'save it as UTF-8');
  }
}

function firstBadLine(bytes: Uint8Array): number {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(10, start);
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end < 0 ? undefined : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    start = end + 1;
  }
}
