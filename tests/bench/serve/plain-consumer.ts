/** What the broker and its client take alone: reads the clicks from now on, and says when it had each that is asked for. node plain-consumer.js BROKERS FROM-STREAM */
import kafkajs from 'kafkajs';

export interface Had {
  readonly stream: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const [, , brokers = '', from = '0'] = process.argv;
const consumer = new kafkajs.Kafka({ clientId: 'plain', brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING }).consumer({
  groupId: 'plain',
  maxWaitTimeInMs: 500,
});
consumer.on(consumer.events.GROUP_JOIN, () => process.send?.('reading'));
await consumer.connect();
await consumer.subscribe({ topics: ['clicks'], fromBeginning: false });
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: 64,
  eachBatch: async ({ batch }) => {
    const at = performance.timeOrigin + performance.now();
    for (const { value } of batch.messages) {
      const { stream_id: stream } = JSON.parse(String(value)) as { readonly stream_id: number };
      if (stream >= Number(from)) process.send?.({ stream, at } satisfies Had);
    }
  },
});
