/** Dead letters as messages of a topic: key and value as they came, and headers that say what was wrong with them. */
import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import { UsageError } from '../../usage-error.ts';
import { digestOfValue } from '../ingest/letters.ts';
import type { Addressed } from '../ingest/outbox.ts';
import { refusedBy } from './refused.ts';

export interface LetterTopic {
  readonly send: (letters: readonly Addressed[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export function openLetterTopic(kafka: Kafka, topic: string): LetterTopic {
  let producer: Producer | null = null;
  const disconnect = async (): Promise<void> => {
    const before = producer;
    producer = null;
    await before?.disconnect().catch(() => {});
  };
  return {
    send: async (letters) => {
      try {
        producer ??= kafka.producer({ allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
        await producer.connect();
        for (const piece of pieces(letters)) await deliver(producer, topic, piece);
      } catch (thrown) {
        await disconnect();
        throw refusedBy(thrown as Error).error;
      }
    },
    close: disconnect,
  };
}

/** It is not made here: who may read it is for others to say. */
export async function requireTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if ((await admin.listTopics()).includes(topic)) return;
  } finally {
    await admin.disconnect();
  }
  throw new UsageError(`there is no topic ${topic} for dead letters`, 'make it; who may read it reads whatever was sent by mistake');
}

async function deliver(producer: Producer, topic: string, letters: readonly Addressed[]): Promise<void> {
  try {
    await producer.send({ topic, messages: letters.map((one) => messageFor(one)) });
  } catch (thrown) {
    const [first] = letters;
    if (first === undefined || !isTooLarge(thrown)) throw thrown;
    // With its headers a message may be larger than the topic takes, though another one took it: one such must not hold up the others.
    if (letters.length === 1) await producer.send({ topic, messages: [messageFor(first, 'too large')] });
    else for (const one of letters) await deliver(producer, topic, [one]);
  }
}

const isTooLarge = (thrown: unknown): boolean =>
  ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes(String((thrown as { readonly type?: unknown }).type));

/** Below what a broker takes at once unless it is told otherwise. */
const usualBytes = 500_000;

function pieces(letters: readonly Addressed[]): readonly (readonly Addressed[])[] {
  const found: Addressed[][] = [];
  let room = 0;
  for (const one of letters) {
    const { bytes } = one.letter;
    const size = 500 + ('sha256' in bytes ? 0 : (bytes.key?.length ?? 0) + (bytes.value?.length ?? 0));
    room -= size;
    const piece = room < 0 ? undefined : found.at(-1);
    if (piece !== undefined) piece.push(one);
    else {
      found.push([one]);
      room = usualBytes - size;
    }
  }
  return found;
}

/** `without`: why it goes without its bytes; of sources with pii it always does. */
export function messageFor({ source, letter }: Addressed, without?: 'too large'): Message {
  const { topic, partition, offset, outcome, reason, schema, bytes } = letter;
  const masked = 'sha256' in bytes ? 'pii' : without;
  const sha256 = 'sha256' in bytes ? bytes.sha256 : digestOfValue(bytes.value);
  const said: Readonly<Record<string, string | null | undefined>> = {
    source,
    topic,
    partition: String(partition),
    offset: String(offset),
    outcome,
    reason: reason.column === null ? reason.problem : `${reason.column}: ${reason.problem}`,
    schema: schema === null ? null : String(schema),
    masked,
    sha256: masked === undefined ? null : sha256,
  };
  const { key, value } = 'sha256' in bytes || masked !== undefined ? { key: null, value: null } : bytes;
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: Object.fromEntries(Object.entries(said).flatMap(([name, text]) => (text == null ? [] : [[`lockstep.${name}`, text]]))),
  };
}
