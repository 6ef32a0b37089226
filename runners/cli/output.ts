/** Where a command's words go. */
import type { Output, Progress } from './command.ts';

const width = 28;

export function terminalOutput(): Output {
  const color = process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined;
  return {
    result: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    say: (text) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    color,
    progress: (label, total) => (isWatched() ? bar(label, total) : silent),
  };
}

/** A program that starts the command and shows what it says asks for progress by LOCKSTEP_PROGRESS. */
const isWatched = (): boolean => process.stderr.isTTY === true || process.env['LOCKSTEP_PROGRESS'] === 'always';

const silent: Progress = { step: () => {}, end: () => {} };

function bar(label: string, total: number): Progress {
  const started = Date.now();
  let shown = 0;
  let longest = 0;
  return {
    step: (done, note = '') => {
      const now = Date.now();
      if (now - started < 1000 || now - shown < 100) return;
      shown = now;
      longest = Math.max(longest, note.length);
      const filled = Math.min(width, Math.round((width * done) / Math.max(1, total)));
      process.stderr.write(
        `\r${label} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${Math.floor((100 * done) / Math.max(1, total))}% ${note.padEnd(longest)}`,
      );
    },
    end: () => {
      if (shown > 0) process.stderr.write(`\r${' '.repeat(label.length + width + 8 + longest)}\r`);
    },
  };
}
