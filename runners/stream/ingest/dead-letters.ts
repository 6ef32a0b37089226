/** The files of dead letters, one a source, which only their owner reads. Changes of one file come one after the other. */
import { appendFile, chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../../../compiler/catalog.ts';
import { type KeptLetter, type Letter, letterLine, placeKey, type Reason, readLetter, withReason } from './letters.ts';

export interface DeadLetters {
  readonly write: (source: Source, letters: readonly Letter[]) => Promise<void>;
  /** In the order of their arrival, each place once. */
  readonly read: (source: string) => Promise<readonly KeptLetter[]>;
  /** By place: null for a letter that is one no more, or the reason why it stays. */
  readonly settle: (source: string, decided: ReadonlyMap<string, Reason | null>) => Promise<void>;
  /** By source: letters that made room for newer ones, since the start. */
  readonly dropped: () => ReadonlyMap<string, number>;
}

const usualBytes = 64_000_000;

/** `mostBytes`: a file that is larger loses its oldest half. */
export async function openDeadLetters(folder: string, mostBytes = usualBytes): Promise<DeadLetters> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const dropped = new Map<string, number>();
  const last = new Map<string, Promise<unknown>>();
  const inTurn = <T>(source: string, work: (file: string) => Promise<T>): Promise<T> => {
    const done = (last.get(source) ?? Promise.resolve()).then(() => work(join(folder, `${source}.ndjson`)));
    last.set(
      source,
      done.catch(() => {}),
    );
    return done;
  };
  return {
    write: (source, letters) =>
      inTurn(source.name, async (file) => {
        await appendFile(file, letters.map((letter) => `${letterLine(source, letter)}\n`).join(''), { mode: 0o600 });
        await chmod(file, 0o600);
        if ((await stat(file)).size <= mostBytes) return;
        const lines = await linesOf(file);
        const kept = newest(lines, mostBytes / 2);
        dropped.set(source.name, (dropped.get(source.name) ?? 0) + lines.length - kept.length);
        await replace(file, kept);
      }),
    read: (source) =>
      inTurn(source, async (file) => {
        const letters = (await linesOf(file)).flatMap((line) => readLetter(line) ?? []);
        return [...new Map(letters.map((letter) => [placeKey(letter), letter])).values()];
      }),
    settle: (source, decided) =>
      inTurn(source, async (file) => {
        const lines = await linesOf(file);
        const kept = lines.flatMap((line) => {
          const letter = readLetter(line);
          const reason = letter === null ? undefined : decided.get(placeKey(letter));
          return reason === undefined ? [line] : reason === null ? [] : [withReason(line, reason)];
        });
        await replace(file, kept);
      }),
    dropped: () => dropped,
  };
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').filter((line) => line !== '');
}

function newest(lines: readonly string[], mostBytes: number): readonly string[] {
  let room = mostBytes;
  let from = lines.length;
  while (from > 0 && room >= 0) {
    room -= Buffer.byteLength(lines[from - 1] as string) + 1;
    if (room >= 0) from -= 1;
  }
  return lines.slice(from);
}

/** All of it or nothing, whenever the machine stops. */
async function replace(file: string, lines: readonly string[]): Promise<void> {
  const written = await open(`${file}.new`, 'w', 0o600);
  try {
    await written.writeFile(lines.map((line) => `${line}\n`).join(''));
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(`${file}.new`, file);
}
