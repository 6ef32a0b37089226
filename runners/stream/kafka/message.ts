/** What a broker delivers as ingest takes it. */
import type { KafkaMessage } from 'kafkajs';
import type { TopicMessage } from '../ingest/ingest.ts';
import { type ReadMessage, schemaIdOf } from '../schemas/framed.ts';
import type { ReadTree } from '../wire/tree.ts';

export async function messageOf(
  read: ReadMessage,
  { key, value, offset, timestamp }: Pick<KafkaMessage, 'key' | 'value' | 'offset' | 'timestamp'>,
): Promise<TopicMessage> {
  return {
    offset: BigInt(offset),
    timestamp: BigInt(timestamp) * 1000n,
    // Only where there is no value does the key decide, and no registry is asked for bytes that merely look like an id.
    key: key === null || value !== null ? null : await keyOf(read, key),
    value: value === null ? null : await read(value),
    schema: schemaIdOf(value),
    bytes: { key, value },
  };
}

/** A key is JSON, or of a schema, or a bare text. */
async function keyOf(read: ReadMessage, key: Uint8Array): Promise<ReadTree> {
  const tree = await read(key);
  if (!('problem' in tree) || schemaIdOf(key) !== null) return tree;
  return { value: Buffer.from(key).toString('utf8'), exact: null };
}
