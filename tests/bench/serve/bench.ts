/** Answers a second at what latency, while events arrive; one query for many requests against one query for each, in one run. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Job, Outcome } from './load.ts';
import { cpuOf, memoryOf, script, serverArguments, told } from './processes.ts';
import { compiledWorld, eight, fillStore, type World } from './world.ts';
import { type WorldName, worlds } from './worlds.ts';

export interface ServeLine {
  readonly what: string;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Of a long run, the p99 of each ten seconds. */
  readonly parts: readonly number[];
  readonly failed: number;
  readonly answersPerSecond: number;
  /** Of one core, in the server, in the generator of requests, in the one of events. */
  readonly cores: readonly [number, number, number];
  readonly memory: number;
}

export interface ServeBenchOptions {
  readonly world: WorldName;
  readonly events: number;
  readonly seconds: number;
  readonly arriving: number;
  /** Answers a second over an hour that are asked for ten minutes on end; 0: they are not. */
  readonly steady: number;
  readonly say: (line: ServeLine) => void;
}

interface Asked {
  readonly what: string;
  readonly features: readonly string[];
  readonly entities: number;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds?: number;
}

const hour = (rate: number): Asked => ({ what: '1 h window', features: ['hour'], entities: 1, rate });
const day = (rate: number): Asked => ({ what: '24 h window', features: ['day'], entities: 1, rate });
const many: Asked = { what: '8 features x 100 entities', features: eight, entities: 100, rate: 5 };

const together: readonly Asked[] = [hour(200), hour(1000), hour(2500), hour(5000), day(500), day(1000), day(2000), many];
const alone: readonly Asked[] = [hour(200), hour(200), day(50), many];

export async function benchServe({ world: name, events, seconds, arriving, steady, say }: ServeBenchOptions): Promise<void> {
  const world = worlds[name];
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-serve-'));
  try {
    await fillStore(world, join(folder, 'events.duckdb'), (await compiledWorld(world)).catalog, events);
    const long: readonly Asked[] = steady === 0 ? [] : [{ ...hour(steady), seconds: 600 }];
    for (const mostRows of [4096, 1]) {
      const server = fork(script('server'), [folder, String(mostRows), name], {
        stdio: 'inherit',
        execArgv: serverArguments,
        env: { ...process.env, KAFKA_BROKERS: '' },
      });
      const url = await told<string>(server);
      while ((await fetch(`${url}/health/ready`)).status !== 200) await pause(100);
      const asking = fork(script('load'));
      const arrivals = fork(script('load'));
      for (const { what, features, entities, rate, seconds: lasting = seconds } of mostRows === 1 ? alone : [...together, ...long]) {
        const before = cpuOf(server);
        const sending = ask(arrivals, {
          url,
          path: `/events/${world.source}`,
          bodies: messages(world, arriving),
          rate: arriving / 50,
          seconds: lasting + 1,
        });
        const outcome = await ask(asking, {
          url,
          path: '/features/query',
          bodies: bodies(world, features, entities),
          rate,
          seconds: lasting,
        });
        const used = cpuOf(server) - before;
        const sent = await sending;
        say({
          what: `${what}${mostRows === 1 ? ', one query a request' : ''}${lasting === seconds ? '' : `, ${lasting} s`}`,
          rate,
          p50: outcome.p50,
          p99: outcome.p99,
          parts: lasting === seconds ? [] : outcome.parts,
          failed: outcome.failed + sent.failed,
          answersPerSecond: (outcome.sent * entities * features.length) / outcome.lasted,
          cores: [used / outcome.lasted, outcome.cpuSeconds / outcome.lasted, sent.cpuSeconds / sent.lasted],
          memory: memoryOf(server),
        });
      }
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

/** No other number in what is sent has these digits. */
const dueAt = '777777777777';

function ask(generator: ChildProcess, job: Omit<Job, 'dueAt'>): Promise<Outcome> {
  generator.send({ ...job, dueAt });
  return told<Outcome>(generator);
}

function bodies({ entity }: World, features: readonly string[], entities: number): readonly string[] {
  const body = (i: number): string =>
    JSON.stringify({ features, entities: Array.from({ length: entities }, (_, k) => entity(i * entities + k)) });
  return Array.from({ length: 500 }, (_, i) => body(i));
}

/** Fifty a list, dated when they are due. The same again are duplicates, so each has a name of its own. */
function messages({ message }: World, arriving: number): readonly string[] {
  const apart = 1e6 / arriving;
  const at = (k: number): number => Number(`${dueAt}${String(Math.floor(k * apart) % 10_000).padStart(4, '0')}`);
  const named = `${Date.now()}-~`;
  return Array.from({ length: 1000 }, (_, i) =>
    JSON.stringify(Array.from({ length: 50 }, (_, k) => message(`${named}-${k}`, i * 50 + k, at(k)))),
  );
}
