/** The one place that knows the Kafka library. */
import { readFileSync } from 'node:fs';
import kafkajs, { type Kafka, type KafkaConfig, type logCreator, type SASLOptions } from 'kafkajs';
import { UsageError } from '../../usage-error.ts';
import { type SchemaSettings, schemaSettings } from '../schemas/settings.ts';
import { installCodecs } from './codecs/index.ts';

export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly ssl: KafkaConfig['ssl'];
  readonly sasl: SASLOptions | undefined;
  /** Milliseconds after which a consumer that was killed is given up, and its successor may read. */
  readonly sessionTimeout: number;
  /** Null: messages name no schemas. */
  readonly schemas: SchemaSettings | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/**
 * KAFKA_BROKERS (host:port, comma separated), KAFKA_SSL (true, or a file with the certificates to trust), KAFKA_SASL_MECHANISM,
 * KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_SESSION_TIMEOUT_MS, KAFKA_SCHEMA_REGISTRY. Undefined without KAFKA_BROKERS.
 */
export function kafkaSettings(environment: Environment): KafkaSettings | undefined {
  const brokers = (environment['KAFKA_BROKERS'] ?? '').split(',').flatMap((b) => (b.trim() === '' ? [] : [b.trim()]));
  if (brokers.length === 0) return undefined;
  return {
    brokers,
    ssl: sslOf(environment['KAFKA_SSL']),
    sasl: saslOf(environment),
    sessionTimeout: timeoutOf(environment['KAFKA_SESSION_TIMEOUT_MS']),
    schemas: schemaSettings(environment['KAFKA_SCHEMA_REGISTRY']),
  };
}

function timeoutOf(given: string | undefined): number {
  if (given === undefined || given === '') return 10_000;
  const value = Number(given);
  if (!(value >= 500 && value <= 300_000)) throw new UsageError(`KAFKA_SESSION_TIMEOUT_MS is ${given}`, 'milliseconds, from 500 to 300000');
  return value;
}

function sslOf(given: string | undefined): KafkaConfig['ssl'] {
  if (given === undefined || given === '' || given === 'false') return false;
  if (given === 'true') return true;
  try {
    return { ca: [readFileSync(given, 'utf8')] };
  } catch {
    throw new UsageError(`KAFKA_SSL names ${given}, which cannot be read`, 'true, false, or a PEM file with the certificates to trust');
  }
}

function saslOf(environment: Environment): SASLOptions | undefined {
  const given = environment['KAFKA_SASL_MECHANISM']?.toLowerCase();
  if (given === undefined || given === '') return undefined;
  const mechanism = mechanisms.find((m) => m === given);
  if (mechanism === undefined) throw new UsageError(`KAFKA_SASL_MECHANISM is ${given}`, `one of ${mechanisms.join(', ')}`);
  const [username, password] = [environment['KAFKA_SASL_USERNAME'], environment['KAFKA_SASL_PASSWORD']];
  if (username === undefined || password === undefined)
    throw new UsageError('KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD', 'set both in the environment');
  return { mechanism, username, password } as SASLOptions;
}

/** `say`: what the library warns of; it never holds a value of a message. */
export function openKafka({ brokers, ssl, sasl }: Pick<KafkaSettings, 'brokers' | 'ssl' | 'sasl'>, say: (line: string) => void): Kafka {
  const creator: logCreator =
    () =>
    ({ namespace, log }) =>
      say(`kafka ${namespace}: ${log.message}`);
  installCodecs();
  return new kafkajs.Kafka({
    clientId: 'lockstep',
    brokers: [...brokers],
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: creator,
    // A broker that restarts is waited for.
    retry: { retries: 20, initialRetryTime: 200, maxRetryTime: 5_000 },
  });
}
