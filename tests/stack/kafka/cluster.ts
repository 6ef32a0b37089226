/** The marketplace on a real broker: topics, what producers send, and a server in a process of its own that may be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Producer } from 'kafkajs';
import type { Row } from '../../../examples/marketplace/rows.ts';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import { patiently } from '../../../runners/stream/kafka/completeness.ts';
import { catalog } from '../../marketplace/world.ts';
import { type Broker, type BrokerOptions, startBroker } from './broker.ts';

export interface Cluster {
  readonly broker: Broker;
  readonly admin: Admin;
  readonly producer: Producer;
  /** Of a source, that the broker has. */
  readonly messages: (source: string) => Promise<number>;
  /** The topic of a source, made again with nothing in it. */
  readonly renew: (source: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

type Config = Readonly<Record<string, string>>;

/** `configOf`: of the source's topic. */
export async function marketplaceCluster(
  partitions: number,
  configOf: (source: string) => Config = () => ({}),
  options: BrokerOptions = {},
): Promise<Cluster> {
  const broker = await startBroker(options);
  const admin = broker.kafka.admin();
  const producer = broker.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await admin.connect();
  await producer.connect();
  const topics = catalog.sources.map((s) => ({
    topic: s.topic ?? '',
    numPartitions: partitions,
    configEntries: Object.entries(configOf(s.name)).map(([name, value]) => ({ name, value })),
  }));
  await admin.createTopics({ topics, waitForLeaders: true });
  const topicOf = (source: string): string => catalog.sources.find((s) => s.name === source)?.topic ?? '';
  return {
    broker,
    admin,
    producer,
    messages: async (source) => {
      const offsets = await patiently(() => admin.fetchTopicOffsets(topicOf(source)));
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    },
    renew: async (source) => {
      const own = topics.filter(({ topic }) => topic === topicOf(source));
      await admin.deleteTopics({ topics: [topicOf(source)] });
      // It is gone a while after it was deleted.
      do await pause(300);
      while (!(await admin.createTopics({ topics: own, waitForLeaders: true }).catch(() => false)));
    },
    close: async () => {
      await producer.disconnect();
      await admin.disconnect();
      await broker.stop();
    },
  };
}

export async function send({ producer }: Cluster, source: string, rows: readonly Row[]): Promise<void> {
  const sent = rows.map((row) => onTheWire(source, row));
  for (let i = 0; i < sent.length; i += 500) {
    const some = sent.slice(i, i + 500);
    if (some[0] !== undefined) await producer.send({ topic: some[0].topic, messages: some.map(({ key, value }) => ({ key, value })) });
  }
}

export interface Process {
  readonly url: string;
  /** Its log, line by line. */
  readonly said: readonly string[];
  readonly get: (path: string) => Promise<unknown>;
  readonly post: (path: string, body: unknown) => Promise<{ readonly status: number; readonly body: unknown }>;
  /** Kilobytes that it occupies. */
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** `lockstep serve`, as people run it. */
export async function serveProcess(
  brokers: string,
  store: string,
  environment: Readonly<Record<string, string>> = {},
  ...more: readonly string[]
): Promise<Process> {
  const child = spawn(process.execPath, ['bin/lockstep.js', 'serve', '--store', store, '--port', '0', ...more], {
    cwd: resolve('.'),
    env: { ...process.env, KAFKA_BROKERS: brokers, KAFKA_SESSION_TIMEOUT_MS: '1500', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const url = await urlOf(child, said);
  return {
    url,
    said,
    pid: child.pid ?? 0,
    get: async (path) => (await fetch(url + path)).json(),
    post: async (path, body) => {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
    kill: (signal) =>
      new Promise((done) => {
        if (child.exitCode !== null || child.signalCode !== null) return done(child.exitCode);
        child.once('exit', (code) => done(code));
        child.kill(signal);
      }),
  };
}

function urlOf(child: ChildProcess, said: string[]): Promise<string> {
  return new Promise((done, failed) => {
    child.once('exit', (code) => failed(new Error(`lockstep serve ended with ${code}: ${said.join('\n')}`)));
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const { event, url } = JSON.parse(line.startsWith('{') ? line : '{}') as { event?: string; url?: string };
      if (event === 'serving' && url !== undefined) done(url);
    });
  });
}

export interface SourceSaid {
  readonly source: string;
  readonly accepted?: number;
  readonly duplicates?: number;
  readonly quarantined?: number;
  readonly rejected?: number;
  readonly complete_since: string | null;
}

export async function sourcesOf(server: Process): Promise<ReadonlyMap<string, SourceSaid>> {
  const { sources } = (await server.get('/sources')) as { readonly sources: readonly SourceSaid[] };
  return new Map(sources.map((s) => [s.source, s]));
}

export function taken({ accepted = 0, duplicates = 0, quarantined = 0, rejected = 0 }: SourceSaid): number {
  return accepted + duplicates + quarantined + rejected;
}
