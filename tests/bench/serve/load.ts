/**
 * Open-loop load, in a process of its own: requests are sent when they are due, whatever became of the others, and how long one took counts
 * from when it was due. One job a message: {url, path, bodies, rate, seconds}.
 */
import { openConnections } from './connections.ts';

export interface Job {
  readonly url: string;
  readonly path: string;
  /** Sent in turn; `~` becomes the number of the request, so that none is the same again, and `dueAt` when it is due, in hundredths of a second since 1970. */
  readonly bodies: readonly string[];
  readonly dueAt: string;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Outcome {
  readonly sent: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The p99 of each ten seconds, by when requests were due. */
  readonly parts: readonly number[];
  /** Seconds from the first that was due to the last answer. */
  readonly lasted: number;
  readonly cpuSeconds: number;
}

/** Seconds. */
const part = 10;

const partsOf = (took: Float64Array, size: number): readonly Float64Array[] =>
  Array.from({ length: Math.floor(took.length / size) }, (_, i) => took.slice(i * size, (i + 1) * size));

const at = (sorted: Float64Array, share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function run({ url, path, bodies, dueAt, rate, seconds }: Job): Promise<Outcome> {
  const connections = openConnections(new URL(url), path, 256);
  const total = Math.round(rate * seconds);
  // Not an object for each: collecting those would count as the server's time.
  const took = new Float64Array(total);
  let [failed, answered] = [0, 0];
  let finish = (): void => {};
  const whole = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const one = (i: number, due: number): void => {
    const instant = String(Math.floor((performance.timeOrigin + due) / 10));
    const body = (bodies[i % bodies.length] ?? '').replaceAll('~', String(i)).replaceAll(dueAt, instant);
    connections.post(body, (ok) => {
      if (!ok) failed += 1;
      took[i] = performance.now() - due;
      if (++answered === total) finish();
    });
  };
  for (let i = 0; i < total; ) {
    const due = begun + (i * 1000) / rate;
    const now = performance.now();
    if (due > now) {
      // Not spinning: the server needs the core. What is sent late counts as slow.
      await new Promise((wake) => setTimeout(wake, due - now));
      continue;
    }
    one(i, due);
    i += 1;
  }
  await whole;
  const lasted = (performance.now() - begun) / 1000;
  const used = process.cpuUsage(cpu);
  connections.close();
  const p99 = partsOf(took, rate * part).map((of) => at(of.sort(), 0.99));
  took.sort();
  return { sent: total, failed, p50: at(took, 0.5), p99: at(took, 0.99), parts: p99, lasted, cpuSeconds: (used.user + used.system) / 1e6 };
}

process.on('message', (job: Job) => void run(job).then((outcome) => process.send?.(outcome)));
