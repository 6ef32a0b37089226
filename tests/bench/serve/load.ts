/**
 * Open-loop load, in a process of its own: requests are sent when they are due, whatever became of the others, and how long one took counts
 * from when it was due. One job a message: {url, path, bodies, rate, seconds}.
 */
import { Agent, request } from 'node:http';

export interface Job {
  readonly url: string;
  readonly path: string;
  /** Sent in turn; `~` becomes the number of the request, so that none is the same again. */
  readonly bodies: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Outcome {
  readonly sent: number;
  readonly failed: number;
  /** Milliseconds, sorted. */
  readonly took: readonly number[];
  /** Seconds from the first that was due to the last answer. */
  readonly lasted: number;
  readonly cpuSeconds: number;
}

async function run({ url, path, bodies, rate, seconds }: Job): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'fifo' });
  const { hostname, port } = new URL(url);
  const total = Math.round(rate * seconds);
  const took: number[] = [];
  let failed = 0;
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const one = (i: number, due: number): Promise<void> =>
    new Promise((done) => {
      const body = (bodies[i % bodies.length] ?? '').replaceAll('~', String(i));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const ended = (ok: boolean): void => {
        if (!ok) failed += 1;
        took.push(performance.now() - due);
        done();
      };
      const sent = request({ agent, hostname, port, path, method: 'POST', headers }, (response) => {
        response.resume();
        response.on('end', () => ended(response.statusCode === 200));
        response.on('error', () => ended(false));
      });
      sent.on('error', () => ended(false));
      sent.end(body);
    });
  const all: Promise<void>[] = [];
  for (let i = 0; i < total; ) {
    const due = begun + (i * 1000) / rate;
    const now = performance.now();
    if (due > now) {
      // Not spinning: the server needs the core. What is sent late counts as slow.
      await new Promise((wake) => setTimeout(wake, due - now));
      continue;
    }
    all.push(one(i, due));
    i += 1;
  }
  await Promise.all(all);
  const lasted = (performance.now() - begun) / 1000;
  const used = process.cpuUsage(cpu);
  agent.destroy();
  took.sort((a, b) => a - b);
  return { sent: total, failed, took, lasted, cpuSeconds: (used.user + used.system) / 1e6 };
}

process.on('message', (job: Job) => void run(job).then((outcome) => process.send?.(outcome)));
