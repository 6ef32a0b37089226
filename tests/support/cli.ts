/** The command line in process, and projects in temporary folders to run it on. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { main } from '../../runners/cli/main.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function lockstep(...argv: readonly string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    written[stream] += String(text);
    return true;
  };
  process.stdout.write = into('out') as typeof stdout;
  process.stderr.write = into('err') as typeof stderr;
  try {
    const code = await main(argv);
    return { code, ...written };
  } finally {
    process.stdout.write = stdout;
    process.stderr.write = stderr;
  }
}

const made: string[] = [];
afterAll(async () => {
  await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

export type Files = Readonly<Record<string, string | Uint8Array>>;

export async function folderWith(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  made.push(folder);
  await put(folder, files);
  return folder;
}

export async function put(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
