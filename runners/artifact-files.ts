/** Artifacts on disk: written beside their place first, then moved into it, so that nothing is ever half there. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TextFile } from '../compiler/artifacts/dbt.ts';

const owned = ['dbt', 'lambdas', 'manifest.json'];

export async function writeArtifacts(out: string, files: readonly TextFile[]): Promise<void> {
  await makeFolder(out);
  const temporary = await mkdtemp(join(out, '.writing-'));
  try {
    for (const file of files) {
      await mkdir(dirname(join(temporary, file.path)), { recursive: true });
      await writeFile(join(temporary, file.path), file.text);
    }
    const written = await readdir(temporary);
    for (const entry of owned) {
      await rm(join(out, entry), { recursive: true, force: true });
      if (written.includes(entry)) await rename(join(temporary, entry), join(out, entry));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** With its parents. (Node's own `recursive` never returns where a file system forbids new folders, as /proc does.) */
export async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  });
}

/** Paths whose text differs from what the project compiles to, is missing, or is no longer compiled. */
export async function staleFiles(out: string, files: readonly TextFile[]): Promise<readonly string[]> {
  const wanted = new Map(files.map((f) => [f.path, f.text]));
  const stale: string[] = [];
  for (const [path, text] of wanted) if ((await readFile(join(out, path), 'utf8').catch(() => undefined)) !== text) stale.push(path);
  for (const folder of ['dbt', 'lambdas']) {
    const present = await readdir(join(out, folder), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of present) {
      const path = join(entry.parentPath, entry.name)
        .slice(out.length + 1)
        .replaceAll('\\', '/');
      if (entry.isFile() && !wanted.has(path)) stale.push(path);
    }
  }
  return stale.sort();
}
