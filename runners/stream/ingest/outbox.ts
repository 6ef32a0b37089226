/** Letters on their way to a topic: in a file until they are there, so that neither a broker that is away nor a crash loses one. */
import { appendFile, open, readFile, rename } from 'node:fs/promises';
import { type KeptLetter, readLetter } from './letters.ts';

export interface Addressed {
  readonly source: string;
  readonly letter: KeptLetter;
}

export interface Outbox {
  /** `lines` as `letterLine` writes them. Resolves when the topic has them, or after a moment if it cannot be reached: then they go later. */
  readonly add: (source: string, lines: readonly string[]) => Promise<void>;
  readonly waiting: () => number;
  /** Those that waited too long and made room for newer ones, since the start. */
  readonly dropped: () => number;
  readonly close: () => Promise<void>;
}

export interface OutboxParts {
  /** Made if it is not there. */
  readonly file: string;
  /** Resolves when the topic has them. */
  readonly send: (letters: readonly Addressed[]) => Promise<void>;
  /** Null: they go again. */
  readonly turned: (trouble: Error | null) => void;
  /** So long `add` waits, and so often it is tried again, in milliseconds. */
  readonly patience?: number;
  readonly every?: number;
  readonly mostBytes?: number;
}

interface Waiting extends Addressed {
  readonly line: string;
}

export async function openOutbox({
  file,
  send,
  turned,
  patience = 5_000,
  every = 10_000,
  mostBytes = 16_000_000,
}: OutboxParts): Promise<Outbox> {
  let waiting = await waitingIn(file);
  let [failing, draining, dropped] = [false, false, 0];
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const turn = (trouble: Error | null): void => {
    if (failing !== (trouble !== null)) turned(trouble);
    failing = trouble !== null;
  };
  const gone = (letters: ReadonlySet<Waiting>): Promise<void> => {
    waiting = waiting.filter((w) => !letters.has(w));
    return inTurn(() => rewrite(file, waiting));
  };
  const drain = async (): Promise<void> => {
    draining = true;
    try {
      while (waiting.length > 0) {
        const some = waiting;
        await send(some);
        await gone(new Set(some));
      }
      turn(null);
    } catch (thrown) {
      turn(thrown as Error);
    } finally {
      draining = false;
    }
  };
  let drained: Promise<void> = Promise.resolve();
  const begin = (): void => {
    if (!draining) drained = drain();
  };
  const timer = setInterval(begin, every);
  begin();
  return {
    add: async (source, lines) => {
      const more = lines.flatMap((line) => waitingOf(source, line) ?? []);
      await inTurn(() => appendFile(file, more.map(written).join(''), { mode: 0o600 }));
      waiting = [...waiting, ...more];
      const oldest = tooMany(waiting, mostBytes);
      if (oldest.size > 0) {
        dropped += oldest.size;
        await gone(oldest);
      }
      if (failing) return;
      begin();
      if (!(await within(patience, drained))) turn(new Error('it does not answer'));
    },
    waiting: () => waiting.length,
    dropped: () => dropped,
    close: async () => {
      clearInterval(timer);
      await within(patience, drained);
      await last;
    },
  };
}

/** Whether it was done by then. */
function within(milliseconds: number, work: Promise<void>): Promise<boolean> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => done(false), milliseconds);
    work.then(() => done(true), failed).finally(() => clearTimeout(timer));
  });
}

function waitingOf(source: string, line: string): Waiting | null {
  const letter = readLetter(line);
  return letter === null ? null : { source, letter, line };
}

const written = ({ source, line }: Waiting): string => `${JSON.stringify({ source, line })}\n`;

async function waitingIn(file: string): Promise<Waiting[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      const { source, line: letter } = JSON.parse(line);
      return waitingOf(source, letter) ?? [];
    } catch {
      // The last one, if the machine stopped while it was written.
      return [];
    }
  });
}

function tooMany(waiting: readonly Waiting[], mostBytes: number): ReadonlySet<Waiting> {
  let bytes = waiting.reduce((sum, { line }) => sum + line.length, 0);
  const oldest = new Set<Waiting>();
  for (const one of waiting) {
    if (bytes <= mostBytes) break;
    bytes -= one.line.length;
    oldest.add(one);
  }
  return oldest;
}

/** All of it or nothing, whenever the machine stops. */
async function rewrite(file: string, waiting: readonly Waiting[]): Promise<void> {
  const replaced = await open(`${file}.new`, 'w', 0o600);
  try {
    await replaced.writeFile(waiting.map(written).join(''));
    await replaced.sync();
  } finally {
    await replaced.close();
  }
  await rename(`${file}.new`, file);
}
