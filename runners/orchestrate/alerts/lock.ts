/** One process at a time: a file beside the state says who it is. What a process left behind is taken away, and said. */
import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../../usage-error.ts';

export interface Locking {
  readonly say: (text: string) => void;
  /** How long to wait for another process, in milliseconds. */
  readonly patience: number;
}

/** Nobody holds it longer, whatever its clock and its host. Milliseconds. */
const longest = 3_600_000;

/** Null: another process has it, and went on having it. */
export async function withLock<T>(file: string, locking: Locking, work: () => Promise<T>): Promise<T | null> {
  if (!(await taken(file, locking))) return null;
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function taken(file: string, { say, patience }: Locking): Promise<boolean> {
  const started = Date.now();
  for (let wait = 20; ; wait = Math.min(wait * 2, 500)) {
    if (await made(file)) return true;
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null && (await isLeft(file, text)) && (await takenAway(file, text)))
      say(`warning: ${file} was left by ${whoIn(text)}: it was taken away`);
    else if (Date.now() - started > patience) {
      say(
        `warning: ${file} says that ${whoIn(text ?? '')} is telling: nothing was told by this one; remove ${leftBeside(file)} if that process is no more`,
      );
      return false;
    } else await pause(wait);
  }
}

/** Who was taking it away may have died, too. */
const leftBeside = (file: string): string => (existsSync(`${file}.left`) ? `it and ${file}.left` : 'the file');

async function made(file: string): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname() }), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new UsageError(
      `${file} cannot be written: ${code}`,
      `--state names a file in a folder where it can be: ${dirname(file)} is none`,
    );
  }
}

async function isLeft(file: string, text: string): Promise<boolean> {
  const owner = ownerIn(text);
  const found = await stat(file).catch(() => null);
  if (found === null) return false;
  if (Date.now() - found.mtimeMs > longest) return true;
  return owner !== null && owner.host === hostname() && !isAlive(owner.pid);
}

/** Under a lock of its own, for two may find it left at once, and the second would take away the lock that the first has made since. */
async function takenAway(file: string, text: string): Promise<boolean> {
  const own = `${file}.left`;
  if (!(await made(own))) return false;
  try {
    if ((await readFile(file, 'utf8').catch(() => null)) !== text || !(await isLeft(file, text))) return false;
    await rm(file);
    return true;
  } finally {
    await rm(own, { force: true });
  }
}

interface Owner {
  readonly pid: number;
  readonly host: string;
}

function ownerIn(text: string): Owner | null {
  try {
    const value = JSON.parse(text) as Partial<Owner> | null;
    return typeof value?.pid === 'number' && Number.isInteger(value.pid) && value.pid > 0 && typeof value.host === 'string'
      ? { pid: value.pid, host: value.host }
      : null;
  } catch {
    return null;
  }
}

function whoIn(text: string): string {
  const owner = ownerIn(text);
  return owner === null ? 'another process' : `process ${owner.pid} on ${JSON.stringify(owner.host)}`;
}

/** Signal 0 is none: it asks. A process of somebody else (EPERM) is alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
