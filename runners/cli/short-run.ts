/** What V8 is told about commands: they are over within seconds, and run much code a few times. */
import { setFlagsFromString } from 'node:v8';

/**
 * By default V8 takes as much time to optimize the compiler's code as the code itself needs for a thousand features, on
 * a thread of its own and so unseen but for the CPU. With fifteen times the budget, what is hot for long is optimized all the same.
 */
export function expectShortRun(): void {
  setFlagsFromString('--interrupt-budget=1000000');
}
