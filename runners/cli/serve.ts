/** lockstep serve: topics in, answers out. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Catalog } from '../../compiler/catalog.ts';
import { maskOf } from '../data/masked.ts';
import { maskable, personalColumns } from '../personal.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { type KafkaSettings, kafkaSettings } from '../stream/kafka/client.ts';
import { everybody, readKeys } from '../stream/serve/keys.ts';
import { defaultLimits } from '../stream/serve/server.ts';
import { startServing } from '../stream/serve/start.ts';
import { keyPairIn } from '../stream/tls-files.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, ExitCode, Output } from './command.ts';
import { loadProject } from './load.ts';

interface Options {
  readonly project?: string;
  readonly store: string;
  readonly host: string;
  readonly port: string;
  readonly keys?: string;
  readonly tlsKey?: string;
  readonly tlsCert?: string;
  readonly group?: string;
  readonly deadLetterTopic?: string;
  readonly servedShare: string;
  readonly servedRaw?: boolean;
  readonly readers: string;
  readonly memory: string;
  readonly keepHours: string;
}

export const serve: CliCommand = {
  register: (program, run) => {
    program
      .command('serve')
      .description('read the topics of all sources into a store, and answer lambdas from it over HTTP')
      .option('--store <dir>', 'where events, lambdas and logs are kept; made if it is not there', '.lockstep/store')
      .option('--host <address>', 'the address to listen on', '127.0.0.1')
      .option('--port <n>', 'the port to listen on; 0: any that is free', '8080')
      .option('--keys <file>', 'API keys, lines of: name role sha256-of-the-key. Needed beyond this machine')
      .option('--tls-key <file>', 'PEM; with --tls-cert: HTTPS')
      .option('--tls-cert <file>', 'PEM')
      .option('--group <name>', 'the consumer group; each replica needs its own (default: lockstep-<host>)')
      .option(
        '--dead-letter-topic <name>',
        'a topic that gets a copy of each message that is no row; of sources with pii without the message',
      )
      .option('--served-share <share>', 'of how many entities every answer is logged, 0 to 1', '0.01')
      .option('--served-raw', 'log answers of features that hold columns marked with pii, too, as they are')
      .option('--keep-hours <n>', 'events are kept so long beyond what features look back to: for parity', '48')
      .option('--readers <n>', 'queries that may run at once', '2')
      .option('--memory <megabytes>', 'for events from which features are answered without a query; 0: none are', '1000')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .addHelpText(
        'after',
        '\nKAFKA_BROKERS (host:port,…) names the brokers; KAFKA_SSL, KAFKA_SSL_CERT, KAFKA_SSL_KEY, KAFKA_SASL_MECHANISM,\nKAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD say how to reach them. KAFKA_SCHEMA_REGISTRY (http://user:password@host:port) is asked for the schemas that messages name.\nWithout brokers events come by POST /events/<source>.\nLOCKSTEP_MASK_KEY masks what is marked with pii in the log of answers; without it features that hold such columns are not logged.',
      )
      .action((options: Options) => run((output) => started(options, output)));
  },
};

async function started(options: Options, output: Output): Promise<ExitCode> {
  const project = await loadProject(options.project);
  const { catalog } = project.authored;
  const keys = options.keys === undefined ? everybody : await readKeys(resolve(options.keys));
  if (options.keys === undefined && !isLoopback(options.host))
    throw new UsageError(`${options.host} can be reached from other machines, and there are no keys`, 'name a file with --keys');
  const tls = keyPairIn({ key: options.tlsKey, cert: options.tlsCert }, { key: '--tls-key', cert: '--tls-cert' });
  const kafka = kafkaSettings(process.env) ?? null;
  checkDeadLetterTopic(options.deadLetterTopic, kafka, catalog);
  const log = (line: Readonly<Record<string, unknown>>): void => output.say(JSON.stringify({ at: new Date().toISOString(), ...line }));
  const personal = project.compiled.features.filter(({ feature }) => personalColumns(feature, catalog).size > 0).map((f) => f.feature.name);
  const mask = options.servedRaw === true ? undefined : maskOf(process.env);
  const features = project.compiled.features.map((f) => f.feature);
  const columns = mask === undefined ? new Map<string, ReadonlySet<string>>() : maskable(features, catalog);
  const without = new Set(options.servedRaw === true ? [] : personal.filter((name) => !columns.has(name)));
  if (options.servedRaw === true && personal.length > 0)
    log({ level: 'warn', event: 'personal values are logged as they are', features: personal });
  return new Promise((ended, failed) => {
    const begin = startServing({
      catalog,
      lambdas: project.compiled.features.map((f) => compiledLambda(f, catalog)),
      folder: resolve(project.folder, options.store),
      host: options.host,
      port: whole('--port', options.port, 0, 65_535),
      keys,
      limits: defaultLimits,
      tls,
      kafka,
      deadLetterTopic: options.deadLetterTopic ?? null,
      group: options.group ?? `lockstep-${hostname()}`,
      servedLog: {
        share: share(options.servedShare),
        secret: 'served',
        without,
        masked: mask === undefined ? null : { mask, columns },
        mostBytes: 64_000_000,
        mostFiles: 16,
      },
      readers: whole('--readers', options.readers, 1, 64),
      mostRows: 4096,
      memory: 1_000_000 * whole('--memory', options.memory, 0, 1_000_000),
      promotion: project.authored.config.promotion,
      parityHorizon: 3_600_000_000n * BigInt(whole('--keep-hours', options.keepHours, 0, 100_000)),
      log,
      // What cannot go on must not go on listening.
      failed: (error) => void begin.then(({ stop }) => stop()).finally(() => failed(error)),
    });
    begin.then(({ url, stop }) => {
      log({ level: 'info', event: 'serving', url, features: project.compiled.features.length, notLogged: [...without] });
      const end = (signal: string): void => {
        log({ level: 'info', event: 'stopping', signal });
        stop().then(() => ended(0), failed);
      };
      process.once('SIGTERM', end);
      process.once('SIGINT', end);
    }, failed);
  });
}

/** What is read from it would be written to it. */
function checkDeadLetterTopic(topic: string | undefined, kafka: KafkaSettings | null, { sources }: Catalog): void {
  if (topic === undefined) return;
  if (kafka === null) throw new UsageError('--dead-letter-topic needs a broker', 'name it in KAFKA_BROKERS');
  const source = sources.find((s) => s.topic === topic);
  if (source !== undefined) throw new UsageError(`--dead-letter-topic is the topic of \`${source.name}\``, 'name one that no source reads');
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new UsageError(`${option} is ${text}`, `a whole number from ${least} to ${most}`);
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new UsageError(`--served-share is ${text}`, 'from 0 to 1');
  return value;
}
