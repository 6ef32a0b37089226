/** How far it is with what was there at the beginning, until all of it is read. */
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../../usage-error.ts';
import type { Backlog } from './backlog.ts';

interface CatchingUp {
  readonly look: () => Promise<void>;
  readonly backlog: Backlog;
  readonly topics: readonly string[];
  readonly say: (event: string) => void;
  readonly progress: (left: bigint) => void;
  readonly failed: (error: Error) => void;
}

export const everySecond = 1_000;

/** Looks again while something is left, and for as long as the broker cannot be asked. */
export function catchUp({ look, backlog, topics, say, progress, failed }: CatchingUp): {
  readonly begin: () => void;
  readonly end: () => void;
} {
  let ended = false;
  let running = false;
  const lookAgain = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      if (error instanceof UsageError) throw error;
      say('the broker does not say where its topics end');
    }
  };
  const left = (): bigint | null =>
    topics.reduce<bigint | null>((sum, topic) => {
      const of = backlog.left(topic);
      return sum === null || of === null ? null : sum + of;
    }, 0n);
  const run = async (): Promise<void> => {
    for (let looks = 0; !ended; looks++) {
      await lookAgain();
      const now = left();
      if (now !== null && (now === 0n || looks % 10 === 0)) progress(now);
      if (now === 0n) break;
      await pause(everySecond, undefined, { ref: false });
    }
    // At once, so that whoever begins now is not taken for one who need not.
    running = false;
  };
  return {
    begin: () => {
      if (running) return;
      running = true;
      run().catch(failed);
    },
    end: () => {
      ended = true;
    },
  };
}
