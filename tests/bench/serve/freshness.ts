/** From the broker's word that it has an event to the first answer that contains it; and how fast a server reads a topic, and what it keeps of it. */
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startBroker } from '../../stack/kafka/broker.ts';
import { clicks } from './clicks.ts';
import type { Had } from './plain-consumer.ts';
import { cpuOf, memoryOf, script, serverArguments, told } from './processes.ts';
import type { Producing } from './producing.ts';

export interface Freshness {
  /** Messages a second that a new server read, from its start until it was ready; what it used of one core. */
  readonly read: { readonly events: number; readonly perSecond: number; readonly cores: number };
  /** Of the store's file and of the server's memory, for each of these events. */
  readonly bytes: { readonly disk: number; readonly memory: number };
  /** Until an answer contains it. */
  readonly fresh: Waits;
  /** Until a consumer that does nothing else has it, with no server: less than that nobody is. */
  readonly plain: Waits;
  readonly arriving: number;
  /** The server's, of one core, meanwhile. */
  readonly cores: number;
}

/** Milliseconds, of so many events that were looked for. */
export interface Waits {
  readonly looked: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface FreshnessOptions {
  /** In the topic before the server begins. */
  readonly events: number;
  /** A second, while freshness is measured. */
  readonly arriving: number;
  readonly seconds: number;
}

/** The broker writes there, as if it had a disk of its own: what two write to one disk waits for each other. */
const inMemory = '/dev/shm';
/** Milliseconds between two events that are looked for. */
const between = 100;
/** Milliseconds between two looks for one of them. */
const betweenLooks = 2;
/** Seconds of arriving events before the first is looked for. */
const warmUp = 5;

export async function benchFreshness({ events, arriving, seconds }: FreshnessOptions): Promise<Freshness> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-fresh-'));
  const broker = await startBroker({ under: existsSync(inMemory) ? inMemory : tmpdir() });
  const undo: (() => void)[] = [];
  try {
    const admin = broker.kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'clicks', numPartitions: 4 }], waitForLeaders: true });
    await admin.disconnect();
    const producing = fork(script('producing'));
    undo.push(() => producing.kill());
    const produce = (job: Omit<Producing, 'brokers'>): Promise<unknown> => {
      producing.send({ ...job, brokers: broker.brokers });
      return told(producing);
    };
    await produce({ rate: 0, events, name: 'before' });
    const begun = performance.now();
    const server = fork(script('server'), [folder, '4096'], {
      stdio: 'inherit',
      execArgv: serverArguments,
      env: { ...process.env, KAFKA_BROKERS: broker.brokers },
    });
    undo.push(() => server.kill());
    const url = await told<string>(server);
    const idle = memoryOf(server);
    while ((await fetch(`${url}/health/ready`)).status !== 200) await pause(20);
    const lasted = (performance.now() - begun) / 1000;
    const read = { events, perSecond: events / lasted, cores: cpuOf(server) / lasted };
    const bytes = { disk: onDisk(join(folder, 'events.duckdb')) / events, memory: ((memoryOf(server) - idle) * 1e6) / events };
    const marks = broker.kafka.producer();
    await marks.connect();
    /** Sends events of streams that nobody else has, from `first` on, while others arrive. `until`: milliseconds since 1970 when it was seen. */
    const look = async (first: number, until: (stream: number) => Promise<number>, warm = () => {}): Promise<Waits> => {
      const sending = produce({ rate: arriving, events: arriving * (warmUp + seconds), name: `from${first}` });
      await pause(warmUp * 1000);
      warm();
      const started = performance.now();
      const took: number[] = [];
      for (let i = 0; performance.now() - started < (seconds - 1) * 1000; i++) {
        const early = started + i * between - performance.now();
        if (early > 0) await pause(early);
        const stream = first + i;
        const mark = { ...clicks.message(`mark${stream}`, i, Date.now() * 1000), stream_id: stream };
        await marks.send({ topic: 'clicks', acks: -1, messages: [{ value: JSON.stringify(mark) }] });
        const acknowledged = clock();
        took.push((await until(stream)) - acknowledged);
      }
      await sending;
      took.sort((a, b) => a - b);
      const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
      return { looked: took.length, p50: at(0.5), p99: at(0.99), worst: at(1) };
    };
    let [before, started] = [0, 0];
    const fresh = await look(
      1_000_000,
      async (stream) => {
        // Not as fast as it can: the server needs the core. The waiting counts.
        while (!(await isThere(url, stream))) await pause(betweenLooks);
        return clock();
      },
      () => {
        [before, started] = [cpuOf(server), performance.now()];
      },
    );
    const cores = (cpuOf(server) - before) / ((performance.now() - started) / 1000);
    server.kill();
    const plain = await plainly(broker.brokers, look);
    await marks.disconnect();
    return { read, bytes, arriving, cores, fresh, plain };
  } finally {
    for (const step of undo) step();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const clock = (): number => performance.timeOrigin + performance.now();

async function plainly(
  brokers: string,
  look: (first: number, until: (stream: number) => Promise<number>) => Promise<Waits>,
): Promise<Waits> {
  const first = 2_000_000;
  const consumer = fork(script('plain-consumer'), [brokers, String(first)]);
  try {
    await told(consumer);
    const had = new Map<number, number>();
    let seen = (): void => {};
    consumer.on('message', ({ stream, at }: Had) => {
      had.set(stream, at);
      seen();
    });
    return await look(first, async (stream) => {
      while (!had.has(stream))
        await new Promise<void>((done) => {
          seen = done;
        });
      return had.get(stream) as number;
    });
  } finally {
    consumer.kill();
  }
}

async function isThere(url: string, stream: number): Promise<boolean> {
  const response = await fetch(`${url}/features/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ features: ['hour'], entities: [{ stream_id: stream }] }),
  });
  if (response.status !== 200) throw new Error(await response.text());
  const { results } = (await response.json()) as {
    readonly results: readonly { readonly values: { readonly hour: { readonly clicks: string } } }[];
  };
  return Number(results[0]?.values.hour.clicks) === 1;
}

/** With what the file has not taken over yet. */
const onDisk = (file: string): number => [file, `${file}.wal`].reduce((sum, name) => sum + (existsSync(name) ? statSync(name).size : 0), 0);
