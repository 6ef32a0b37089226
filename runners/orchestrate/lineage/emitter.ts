/** Events on their way while the work goes on. What cannot be sent is told once, and never stops the work. */
import { counted } from '../../../compiler/counted.ts';
import type { LineageEvent } from './event.ts';
import type { Send } from './receivers.ts';

export interface Emitter {
  readonly emit: (event: LineageEvent) => void;
  /** What is on its way is waited for, at most so long; then it is said what did not arrive. */
  readonly close: () => Promise<void>;
}

export interface Emitting {
  readonly say: (text: string) => void;
  /** How many are sent at once; with 1 they arrive in their order. */
  readonly lanes: number;
  /** Milliseconds that `close` begins to send anything. */
  readonly longest: number;
}

export function openEmitter(send: Send, { say, lanes, longest }: Emitting): Emitter {
  const waiting: LineageEvent[] = [];
  let busy = 0;
  let working: Promise<unknown> = Promise.resolve();
  let problem: string | null = null;
  let isDown = false;
  let lost = 0;
  let until = Number.POSITIVE_INFINITY;
  const attempt = async (event: LineageEvent): Promise<void> => {
    if (!isDown && Date.now() > until) {
      isDown = true;
      problem ??= `there was no time left after ${longest / 1000} seconds`;
    }
    const delivery = isDown ? null : await send(event);
    if (delivery?.kind === 'delivered') return;
    lost += 1;
    if (delivery === null) return;
    problem ??= delivery.problem;
    isDown ||= delivery.kind === 'down';
  };
  const lane = async (): Promise<void> => {
    busy += 1;
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) await attempt(event);
    busy -= 1;
  };
  return {
    emit: (event) => {
      waiting.push(event);
      if (busy < lanes) working = Promise.all([working, lane()]);
    },
    close: async () => {
      until = Date.now() + longest;
      await working;
      if (problem !== null) say(`warning: lineage: ${problem}; ${counted(lost, 'event')} did not arrive`);
    },
  };
}
