/** What V8 is told about commands: they are over within seconds, and run much code a few times. */
import { setFlagsFromString } from 'node:v8';

/**
 * By default V8 takes as much time to optimize the compiler's code as the code itself needs for a thousand features, on
 * a thread of its own and so unseen but for the CPU. With forty-five times the budget, what is hot for long is optimized all the same.
 */
const optimizeLate = { before22: '--interrupt-budget=3000000', since22: '--invocation-count-for-turbofan=135000' };

/**
 * Little is alive when the young generation is full: more threads take longer to begin than they save. And it may have its
 * whole size soon. Both are asked for anew each time; what concerns marking must not change in a running process.
 */
const collectPlainly = ['--no-parallel-scavenge', '--semi-space-growth-factor=8'];

/** By major version of Node: of a flag that it does not know V8 complains on stderr. */
const flags: Readonly<Record<string, readonly string[]>> = {
  20: [optimizeLate.before22, ...collectPlainly],
  22: [optimizeLate.since22, ...collectPlainly],
  24: [optimizeLate.since22, ...collectPlainly],
};

export function expectShortRun(): void {
  for (const flag of flags[process.versions.node.split('.')[0] ?? ''] ?? []) setFlagsFromString(flag);
}
