/** The one place that knows the Kafka library. */
import kafkajs, { type Kafka, type logCreator, type RetryOptions, type SASLOptions } from 'kafkajs';
import { UsageError } from '../../usage-error.ts';
import { type SchemaSettings, schemaSettings } from '../schemas/settings.ts';
import { certificatesIn, type KeyPair, keyPairIn } from '../tls-files.ts';
import { installCodecs } from './codecs/index.ts';
import { refusedBy } from './refused.ts';

export interface KafkaSettings {
  readonly brokers: readonly string[];
  /** True: as the system trusts. */
  readonly ssl: boolean | Partial<KeyPair & { readonly ca: string }>;
  readonly sasl: SASLOptions | undefined;
  /** Milliseconds after which a consumer that was killed is given up, and its successor may read. */
  readonly sessionTimeout: number;
  /** Null: messages name no schemas. */
  readonly schemas: SchemaSettings | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const trustHint = 'true, false, or a PEM file with the certificates to trust';

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/**
 * KAFKA_BROKERS (host:port, comma separated), KAFKA_SSL (true, or a file with the certificates to trust), KAFKA_SSL_CERT and
 * KAFKA_SSL_KEY (files, for brokers that ask who comes), KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_SESSION_TIMEOUT_MS, KAFKA_SCHEMA_REGISTRY. Undefined without KAFKA_BROKERS.
 */
export function kafkaSettings(environment: Environment): KafkaSettings | undefined {
  const brokers = (environment['KAFKA_BROKERS'] ?? '').split(',').flatMap((b) => (b.trim() === '' ? [] : [b.trim()]));
  if (brokers.length === 0) return undefined;
  return {
    brokers,
    ssl: sslOf(environment),
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

function sslOf(environment: Environment): KafkaSettings['ssl'] {
  const given = environment['KAFKA_SSL'];
  const own = ownCertificate(environment['KAFKA_SSL_CERT'], environment['KAFKA_SSL_KEY']);
  if (given === undefined || given === '' || given === 'false') {
    if (own === null) return false;
    throw new UsageError('KAFKA_SSL_CERT is of no use without KAFKA_SSL', trustHint);
  }
  if (given === 'true') return own ?? true;
  return { ca: certificatesIn(given, 'KAFKA_SSL', trustHint), ...own };
}

function ownCertificate(cert: string | undefined, key: string | undefined): KeyPair | null {
  const names = { cert: 'KAFKA_SSL_CERT', key: 'KAFKA_SSL_KEY' };
  return keyPairIn({ cert: cert === '' ? undefined : cert, key: key === '' ? undefined : key }, names);
}

function saslOf(environment: Environment): SASLOptions | undefined {
  const given = environment['KAFKA_SASL_MECHANISM']?.toLowerCase();
  if (given === undefined || given === '') {
    if ((environment['KAFKA_SASL_USERNAME'] ?? '') === '') return undefined;
    throw new UsageError('KAFKA_SASL_USERNAME is of no use without KAFKA_SASL_MECHANISM', `one of ${mechanisms.join(', ')}`);
  }
  const mechanism = mechanisms.find((m) => m === given);
  if (mechanism === undefined) throw new UsageError(`KAFKA_SASL_MECHANISM is ${given}`, `one of ${mechanisms.join(', ')}`);
  const [username, password] = [environment['KAFKA_SASL_USERNAME'], environment['KAFKA_SASL_PASSWORD']];
  if (username === undefined || password === undefined)
    throw new UsageError('KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD', 'set both in the environment');
  return { mechanism, username, password } as SASLOptions;
}

type Where = Pick<KafkaSettings, 'brokers' | 'ssl' | 'sasl'>;

/** A broker that restarts is waited for. */
const patient: RetryOptions = { retries: 20, initialRetryTime: 200, maxRetryTime: 5_000 };

/** `say`: what the library warns of; it never holds a value of a message. */
export function openKafka({ brokers, ssl, sasl }: Where, say: (line: string) => void, retry = patient): Kafka {
  const creator: logCreator =
    () =>
    ({ namespace, log }) =>
      say(`kafka ${namespace}: ${log.message}`);
  installCodecs();
  return new kafkajs.Kafka({
    clientId: 'lockstep',
    brokers: [...brokers],
    ssl,
    ...(sasl === undefined ? {} : { sasl }),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: creator,
    retry,
  });
}

/** Fails of what no waiting mends. The library itself would try an untrusted certificate for minutes. */
export async function greet(where: Where): Promise<void> {
  const admin = openKafka(where, () => {}, { retries: 0 }).admin();
  try {
    await admin.connect();
  } catch (thrown) {
    const { error, forGood } = refusedBy(thrown as Error);
    if (forGood) throw error;
  } finally {
    await admin.disconnect();
  }
}
