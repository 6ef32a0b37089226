/**
 * What a project compiled to, found again by the content of all it was made of: its files, the day (waivers expire) and
 * Lockstep's own code. It may be deleted at any time: that costs time, and never changes a result.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextFile } from '../compiler/artifacts/dbt.ts';
import { type Diagnostic, hasErrors } from '../compiler/diagnostics.ts';
import type { SourceFile } from '../compiler/source.ts';

export interface Artifacts {
  readonly features: readonly { readonly name: string; readonly version: string }[];
  readonly files: readonly TextFile[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface CacheOptions {
  readonly folder: string;
  readonly files: readonly SourceFile[];
  /** ISO date. */
  readonly today: string;
  /** false: nothing is written. */
  readonly keep: boolean;
}

/** From the cache if all is as it was; otherwise made, and kept. */
export async function compiledOnce({ folder, files, today, keep }: CacheOptions, make: () => Promise<Artifacts>): Promise<Artifacts> {
  const key = sha256(JSON.stringify([await ownCode(), today, files.map(({ path, text }) => [path, text])]));
  const known = await entry(join(folder, key));
  if (known !== undefined) return known;
  const made = await make();
  // What does not compile leaves nothing behind.
  if (keep && !hasErrors(made.diagnostics)) await store(folder, key, made);
  return made;
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** The digest stands before the content, so that a file that was cut off or changed is none. */
async function entry(path: string): Promise<Artifacts | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const content = text?.slice(65);
  return text === undefined || content === undefined || sha256(content) !== text.slice(0, 64)
    ? undefined
    : (JSON.parse(content) as Artifacts);
}

/** The newest alone is kept. What cannot be written is left: the result is there all the same. */
async function store(folder: string, key: string, made: Artifacts): Promise<void> {
  const content = JSON.stringify(made);
  const temporary = join(folder, `.${key}.${process.pid}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, `${sha256(content)}\n${content}`);
    await rename(temporary, join(folder, key));
    for (const other of await readdir(folder))
      if (other !== key && /^[0-9a-f]{64}$/.test(other)) await rm(join(folder, other), { force: true });
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Any change of the code, also an unpublished one, may change what it writes. */
async function ownCode(): Promise<string> {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const paths: string[] = [];
  for (const part of ['compiler', 'runners'])
    for (const found of await readdir(join(root, part), { recursive: true })) if (/\.[jt]s$/.test(found)) paths.push(join(part, found));
  const digests = await Promise.all(paths.sort().map(async (path) => [path, sha256(await readFile(join(root, path)))]));
  return sha256(JSON.stringify(digests));
}
