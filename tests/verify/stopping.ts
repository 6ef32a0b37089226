/** Why a run ends early: the cap, whoever presses Ctrl-C or manages processes, or a driver that throws where nobody can catch it. */

export type Reason = 'cap' | 'interrupted' | 'crashed';

export interface Stopping {
  /** null: go on. */
  readonly why: () => Reason | null;
  readonly stop: (reason: Reason) => void;
  /** What was thrown, if it has crashed. */
  readonly crash: () => unknown;
  /** Whoever interrupts twice means the process: it ends after these words. */
  readonly setLastWords: (say: () => void) => void;
  readonly end: () => void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `interrupt`: the statement under way is given up, and none is begun any more. */
export function stoppable(interrupt: () => void): Stopping {
  let why: Reason | null = null;
  let interrupts = 0;
  let lastWords = (): void => {};
  const stop = (reason: Reason): void => {
    why ??= reason;
    interrupt();
  };
  const onSignal = (): void => {
    interrupts += 1;
    if (interrupts === 1) return stop('interrupted');
    lastWords();
    process.exit(2);
  };
  let thrown: unknown;
  const onCrash = (error: unknown): void => {
    thrown = error;
    stop('crashed');
  };
  for (const signal of signals) process.on(signal, onSignal);
  process.on('uncaughtException', onCrash);
  return {
    why: () => why,
    stop,
    crash: () => thrown,
    setLastWords: (say) => {
      lastWords = say;
    },
    end: () => {
      for (const signal of signals) process.off(signal, onSignal);
      process.off('uncaughtException', onCrash);
    },
  };
}
