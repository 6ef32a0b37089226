/**
 * A process that does not outlive this one: what computes a chunk must not go on when nobody waits for it, or the next command would compute
 * the same instants beside it. Between both stands a process of Node, which sees that this one is gone even if it was killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** Without imports of ours: it is given as text. Milliseconds from the first signal to the last. */
const between = (patience: number): string => `
const { spawn } = require('node:child_process');
let child, isStopped = false;
// One signal: a second one would let dbt end without cancelling its queries.
const stop = () => {
  if (!isStopped) child?.kill('SIGINT');
  isStopped = true;
};
process.on('SIGINT', stop);
process.once('disconnect', () => {
  stop();
  setTimeout(() => child.kill('SIGKILL'), ${patience}).unref();
});
child = spawn(process.argv[1], process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', ({ code, message }) => process.send({ code, message }, () => process.exit(127)));
child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code);
  process.off('SIGINT', stop);
  process.kill(process.pid, signal);
});
`;

/** Its group is its own: Ctrl-C of a terminal comes to it by this process alone, and once. `patience`: from the signal to the last one. */
export function startChild(
  command: string,
  given: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
  patience = 60_000,
): ChildProcess {
  return spawn(process.execPath, ['-e', between(patience), command, ...given], {
    ...{ cwd, env, detached: true },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/** Its exit code; null: a signal ended it. Rejects with an error of the system where it could not be started. */
export function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((end, failed) => {
    child.once('error', failed);
    child.once('message', (said) => {
      const { code, message } = said as { readonly code: string; readonly message: string };
      failed(Object.assign(new Error(message), { code }));
    });
    // All that it had to say has come.
    const closed = new Promise<number | null>((done) => child.once('close', done));
    child.once('disconnect', () => void closed.then(end));
  });
}
