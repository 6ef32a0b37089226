/** Answers a second at what latency, while events arrive; one query for many requests against one query for each, in one run. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, Outcome } from './load.ts';
import { cpuOf, memoryOf, script, told } from './processes.ts';
import { benchCatalog, clickAt, eight, fill, skewed } from './world.ts';

export interface ServeLine {
  readonly what: string;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  readonly answersPerSecond: number;
  /** Of one core, in the server, in the generator of requests, in the one of events. */
  readonly cores: readonly [number, number, number];
  readonly memory: number;
}

export interface ServeBenchOptions {
  readonly events: number;
  readonly seconds: number;
  readonly arriving: number;
  readonly say: (line: ServeLine) => void;
}

export async function benchServe({ events, seconds, arriving, say }: ServeBenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-serve-'));
  try {
    await fill(join(folder, 'events.duckdb'), (await benchCatalog()).catalog, events);
    for (const mostRows of [4096, 1]) {
      const server = fork(script('server'), [folder, String(mostRows)], { stdio: 'inherit', env: { ...process.env, KAFKA_BROKERS: '' } });
      const url = await told<string>(server);
      const asking = fork(script('load'));
      const arrivals = fork(script('load'));
      const measure = async (what: string, feature: readonly string[], entities: number, rate: number): Promise<void> => {
        const before = cpuOf(server);
        const sending = ask(arrivals, { url, path: '/events/clicks', bodies: clicks(), rate: arriving / 50, seconds: seconds + 1 });
        const outcome = await ask(asking, { url, path: '/features/query', bodies: bodies(feature, entities), rate, seconds });
        const used = cpuOf(server) - before;
        const sent = await sending;
        const at = (share: number): number => outcome.took[Math.min(outcome.took.length - 1, Math.floor(outcome.took.length * share))] ?? 0;
        say({
          what: `${what}${mostRows === 1 ? ', one query a request' : ''}`,
          rate,
          p50: at(0.5),
          p99: at(0.99),
          failed: outcome.failed + sent.failed,
          answersPerSecond: (outcome.sent * entities * feature.length) / outcome.lasted,
          cores: [used / outcome.lasted, outcome.cpuSeconds / outcome.lasted, sent.cpuSeconds / sent.lasted],
          memory: memoryOf(server),
        });
      };
      await measure('1 h window', ['hour'], 1, 200);
      for (const rate of mostRows === 1 ? [200] : [1000, 2500, 5000]) await measure('1 h window', ['hour'], 1, rate);
      for (const rate of mostRows === 1 ? [50] : [500, 1000, 2000]) await measure('24 h window', ['day'], 1, rate);
      await measure('8 features x 100 entities', eight, 100, 5);
      const ended = new Promise((done) => server.once('exit', done));
      server.send('stop');
      asking.kill();
      arrivals.kill();
      await ended;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ask(generator: ChildProcess, job: Job): Promise<Outcome> {
  generator.send(job);
  return told<Outcome>(generator);
}

function bodies(features: readonly string[], entities: number): readonly string[] {
  const body = (i: number): string =>
    JSON.stringify({ features, entities: Array.from({ length: entities }, (_, k) => ({ stream_id: skewed(i * entities + k) })) });
  return Array.from({ length: 500 }, (_, i) => body(i));
}

/** Fifty clicks a message list; the same again are duplicates, so each has a name of its own. */
function clicks(): readonly string[] {
  const at = Date.now() * 1000;
  return Array.from({ length: 2000 }, (_, i) =>
    JSON.stringify(Array.from({ length: 50 }, (_, k) => clickAt(`${at}-${i}-${k}`, i * 50 + k, at + i * 10_000 + k * 200))),
  );
}
