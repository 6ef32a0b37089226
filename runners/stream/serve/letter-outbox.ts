/** The way of dead letters to their topic, which may be away: how that is said. */
import { join } from 'node:path';
import { type Outbox, openOutbox } from '../ingest/outbox.ts';
import { type KafkaSettings, openKafka } from '../kafka/client.ts';
import { openLetterTopic } from '../kafka/letter-topic.ts';

/** A client of its own, which gives up soon: what waits is tried again. */
const brief = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 };

export interface LetterOutboxParts {
  readonly kafka: KafkaSettings | null;
  readonly deadLetterTopic: string | null;
  readonly folder: string;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/** Null: no topic gets copies. */
export async function openLetterOutbox({ kafka, deadLetterTopic, folder, log }: LetterOutboxParts): Promise<Outbox | null> {
  if (kafka === null || deadLetterTopic === null) return null;
  const topic = openLetterTopic(
    openKafka(kafka, (event) => log({ level: 'warn', event }), brief),
    deadLetterTopic,
  );
  const outbox = await openOutbox({
    file: join(folder, 'dead-letters-unsent.ndjson'),
    send: topic.send,
    // While a consumer waits for it, the broker hears nothing of the consumer.
    patience: Math.min(5_000, kafka.sessionTimeout / 2),
    turned: (trouble) =>
      log(
        trouble === null
          ? { level: 'info', event: 'dead letters reach their topic again', topic: deadLetterTopic }
          : { level: 'error', event: 'dead letters wait for their topic', topic: deadLetterTopic, because: trouble.message },
      ),
  });
  return {
    ...outbox,
    close: async () => {
      await outbox.close();
      await topic.close();
    },
  };
}
