/** A real broker compresses what producers send (`compression.type` of the topic): its bytes owe nothing to us. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import { openKafka } from '../../../runners/stream/kafka/client.ts';
import { catalog, worldOf } from '../../marketplace/world.ts';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, send, serveProcess, sourcesOf, taken } from './cluster.ts';

const codecs = ['snappy', 'lz4', 'zstd', 'gzip'] as const;
const codecOf = (source: string): (typeof codecs)[number] =>
  codecs[catalog.sources.findIndex((s) => s.name === source) % codecs.length] ?? 'gzip';

describe.skipIf(missingParts.includes('kafka'))('batches that a broker compressed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-codecs-'));
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await marketplaceCluster(2, (source) => ({ 'compression.type': codecOf(source) }));
  });
  afterAll(async () => {
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['snappy', 'Snappy', {}],
    ['lz4', 'LZ4', {}],
    ['lz4, as hard as it can', 'LZ4', { 'compression.lz4.level': '17' }],
    ['zstd', 'ZSTD', {}],
    ['zstd, as hard as it can', 'ZSTD', { 'compression.zstd.level': '22' }],
  ] as const)('%s: every byte', async (name, type, config) => {
    const topic = name.replaceAll(/\W+/g, '-');
    const configEntries = Object.entries({ 'compression.type': name.split(',')[0] ?? '', 'max.message.bytes': '8000000', ...config });
    await cluster.admin.createTopics({
      topics: [{ topic, configEntries: configEntries.map(([name, value]) => ({ name, value })) }],
      // A broker that has just made it may not know it yet, which the client takes for an error here and not where it sends.
      waitForLeaders: false,
    });
    const bids = (worldOf(2, 2_000).raw.get('bids') ?? []).map((row) => Buffer.from(onTheWire('bids', row).value));
    const batches = [
      bids,
      [Buffer.alloc(0), Buffer.from('x')],
      [randomBytes(200_000), Buffer.alloc(3_000_000, 'abcdefg'), randomBytes(70_000), ...bids],
      [Buffer.concat(Array.from({ length: 60 }, (_, i) => Buffer.concat([...bids.slice(i, i + 40), randomBytes(i)])))],
    ];
    for (const values of batches) await cluster.producer.send({ topic, messages: values.map((value) => ({ value })) });

    const kafka = openKafka({ brokers: [cluster.broker.brokers], ssl: false, sasl: undefined }, () => {});
    const compressed = countCalls(kafkajs.CompressionTypes[type]);
    const wanted = batches.flat().map(digest);
    const got: string[] = [];
    const consumer = kafka.consumer({ groupId: topic, maxBytesPerPartition: 8_000_000 });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((done, failed) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
      void consumer.run({
        eachMessage: async ({ message }) => {
          got.push(digest(message.value ?? Buffer.alloc(0)));
          if (got.length === wanted.length) done();
        },
      });
    });
    await consumer.disconnect();
    expect(got).toEqual(wanted);
    expect(compressed()).toBeGreaterThanOrEqual(batches.length);
  });

  test('lockstep serve reads topics of every codec', async () => {
    const world = worldOf(4, 1_000);
    for (const { name } of catalog.sources) await send(cluster, name, world.raw.get(name) ?? []);
    const server = await serveProcess(cluster.broker.brokers, join(folder, 'store'));
    try {
      const wanted = catalog.sources.map((s) => `${s.name}: ${world.raw.get(s.name)?.length} in ${codecOf(s.name)}`);
      let got: readonly string[] = [];
      for (const deadline = Date.now() + 60_000; Date.now() < deadline && String(got) !== String(wanted); await pause(100))
        got = [...(await sourcesOf(server)).values()].map((s) => `${s.source}: ${taken(s) - (s.rejected ?? 0)} in ${codecOf(s.source)}`);
      expect(got).toEqual(wanted);
      expect(new Set(catalog.sources.map((s) => codecOf(s.name))).size).toBe(codecs.length);
    } finally {
      await server.kill('SIGTERM');
    }
  });
});

const digest = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;

/** How many batches of a codec were read, so that a broker which did not compress is seen. */
function countCalls(type: number): () => number {
  const table = kafkajs.CompressionCodecs as unknown as Record<
    number,
    () => { readonly decompress: (bytes: Buffer) => Promise<Uint8Array> }
  >;
  const codec = table[type]?.();
  let calls = 0;
  table[type] = () => ({
    ...codec,
    decompress: (bytes) => {
      calls += 1;
      return codec === undefined ? Promise.reject(new Error('no codec')) : codec.decompress(bytes);
    },
  });
  return () => calls;
}
