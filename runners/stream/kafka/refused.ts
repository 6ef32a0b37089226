/** Why the brokers cannot be used, as people read it. What did not come from the Kafka library stays what it is. */
import kafkajs, { type KafkaJSError } from 'kafkajs';
import { UsageError } from '../../usage-error.ts';

export interface Refused {
  readonly error: Error;
  /** Waiting does not mend it: a certificate, a password. */
  readonly forGood: boolean;
}

const saslHint = 'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD say who we are';
const trustHint = 'KAFKA_SSL names a PEM file with the certificates to trust; KAFKA_BROKERS names the hosts as their certificates do';
const ownHint = 'KAFKA_SSL_CERT and KAFKA_SSL_KEY name PEM files with our certificate and its key';
const reachHint = 'KAFKA_BROKERS says where they are, KAFKA_SSL whether TLS is spoken there';

export function refusedBy(thrown: Error): Refused {
  if (!(thrown instanceof kafkajs.KafkaJSError)) return { error: thrown, forGood: true };
  const { name, message, broker, code } = origin(thrown);
  const refused = (what: string, hint: string, forGood = true): Refused => ({ error: new UsageError(what, hint), forGood });
  if (name === 'KafkaJSSASLAuthenticationError') return refused(`the brokers do not let us in: ${message}`, saslHint);
  if (!/^KafkaJS(Connection|RequestTimeout)/.test(name)) return { error: new UsageError(`the brokers failed: ${message}`), forGood: true };
  const said = `${broker ?? 'no broker'}: ${short(message)}`;
  if (untrusted.test(code ?? '')) return refused(`the broker's certificate is not trusted: ${said}`, trustHint);
  if (ownRefused.test(code ?? '')) return refused(`the broker does not accept our certificate: ${said}`, ownHint);
  return refused(`the brokers cannot be reached: ${said}`, reachHint, false);
}

/** As Node and OpenSSL name them. */
const untrusted = /SELF_SIGNED_CERT|^UNABLE_TO_(VERIFY|GET_ISSUER)|^CERT_|^ERR_TLS_CERT_ALTNAME_INVALID$/;
const ownRefused = /^ERR_SSL_\w*ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)/;

type Origin = KafkaJSError & { readonly broker?: string; readonly code?: string; readonly cause?: unknown };

function origin(error: Origin): Origin {
  return error.cause instanceof kafkajs.KafkaJSError ? origin(error.cause) : error;
}

/** Of OpenSSL's message what it says, and not where in its source. */
function short(message: string): string {
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message.replace(/^Connection error: /, '');
}
