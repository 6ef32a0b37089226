/** A real broker in KRaft mode, from Maven Central's jars; KAFKA_BROKERS names one that runs already. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type Kafka } from 'kafkajs';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { ended, freePort } from './processes.ts';

export interface Broker {
  readonly brokers: string;
  readonly kafka: Kafka;
  /** The broker dies and comes back with its data. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface BrokerOptions {
  readonly properties?: Readonly<Record<string, string>>;
  /** Beside the one without TLS, as NAME://host:port. */
  readonly listeners?: readonly string[];
  /** More arguments of `kafka-storage format`. */
  readonly format?: readonly string[];
  /** Where its data is. */
  readonly under?: string;
}

const jars = resolve(stackFolder, 'kafka/jars');

export async function startBroker({ properties = {}, listeners = [], format = [], under = tmpdir() }: BrokerOptions = {}): Promise<Broker> {
  const given = process.env['KAFKA_BROKERS'];
  if (given !== undefined)
    return { brokers: given, kafka: clientOf(given), restart: () => Promise.reject(new Error('not ours')), stop: async () => {} };
  const folder = mkdtempSync(join(under, 'lockstep-kafka-'));
  const [port, controller] = [await freePort(), await freePort()];
  const open = [`PLAINTEXT://127.0.0.1:${port}`, ...listeners];
  const all = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: [...open, `CONTROLLER://127.0.0.1:${controller}`].join(','),
    'advertised.listeners': open.join(','),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', ...['PLAINTEXT', 'SSL', 'SASL_SSL'].map((p) => `${p}:${p}`)].join(','),
    'log.dirs': join(folder, 'logs'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'offsets.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    // So that a test need not wait ten seconds for a consumer that it killed.
    'group.min.session.timeout.ms': '500',
    'auto.create.topics.enable': 'false',
    'log.retention.check.interval.ms': '500',
    'log.message.timestamp.after.max.ms': '9223372036854775807',
    ...properties,
  };
  const file = join(folder, 'server.properties');
  writeFileSync(
    file,
    Object.entries(all)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const tool = ['kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', file, ...format];
  const formatted = spawnSync('java', [...java, ...tool], { encoding: 'utf8' });
  if (formatted.status !== 0) throw new Error(`the broker's folder was not formatted: ${formatted.stderr}`);
  let server = run(file);
  const brokers = `127.0.0.1:${port}`;
  const kafka = clientOf(brokers);
  await ready(kafka);
  return {
    brokers,
    kafka,
    restart: async () => {
      await ended(server, 'SIGKILL');
      server = run(file);
      await ready(kafka);
    },
    stop: async () => {
      await ended(server, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const java = ['-Xmx512m', '-Xms512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', join(jars, '*')];

function run(file: string): ChildProcess {
  return spawn('java', [...java, 'kafka.Kafka', file], { stdio: 'ignore' });
}

function clientOf(brokers: string): Kafka {
  return new kafkajs.Kafka({
    clientId: 'test',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1000 },
  });
}

async function ready(kafka: Kafka): Promise<void> {
  for (const started = Date.now(); ; ) {
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      await admin.listTopics();
      return;
    } catch (error) {
      if (Date.now() - started > 60_000) throw error;
      await pause(200);
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }
}
