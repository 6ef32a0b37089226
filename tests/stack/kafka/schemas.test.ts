/** Avro by fastavro, ids from a real registry, through a real broker: the answers are those of the same events in JSON. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { catalog, worldOf } from '../../marketplace/world.ts';
import { missingParts } from '../in-stack.ts';
import { answersOfReference, closeTo } from './answers.ts';
import { type Cluster, marketplaceCluster, type Process, send, serveProcess, sourcesOf, taken } from './cluster.ts';
import { type RunningRegistry, schemaRegistry } from './schema-registry.ts';

const fields = (types: Readonly<Record<string, unknown>>): object[] => Object.entries(types).map(([name, type]) => ({ name, type }));
const maybe = (type: unknown): unknown[] => ['null', type];
const time = { type: 'long', logicalType: 'timestamp-micros' };
const schemas = {
  bids: {
    type: 'record',
    name: 'Bid',
    namespace: 'auctions',
    fields: fields({
      bid_id: maybe('string'),
      listing_id: maybe('string'),
      stream_id: maybe('string'),
      bidder_id: maybe('long'),
      amount: maybe({ type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }),
      bid_at: maybe(time),
      ingested_at: maybe(time),
    }),
  },
  sellers: {
    type: 'record',
    name: 'Envelope',
    fields: fields({
      before: maybe({
        type: 'record',
        name: 'Value',
        fields: fields({
          seller_id: maybe('long'),
          handle: maybe('string'),
          country: maybe('string'),
          updated_at: maybe({ type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' }),
        }),
      }),
      after: maybe('Value'),
      source: { type: 'record', name: 'Source', fields: fields({ connector: 'string', lsn: maybe('long'), ts_us: maybe('long') }) },
      op: 'string',
    }),
  },
} as const;
const jsonSchema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' };

const missing = ['kafka', 'registry', 'fastavro'].filter((part) => missingParts.includes(part));
describe.skipIf(missing.length > 0)('messages that name schemas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-schemas-'));
  const world = worldOf(8, 1_500);
  let cluster: Cluster;
  let registry: RunningRegistry;
  let server: Process | undefined;
  const ids = new Map<string, number>();
  beforeAll(async () => {
    cluster = await marketplaceCluster(2);
    registry = await schemaRegistry();
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await registry?.stop();
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const register = async (): Promise<ReadonlyMap<string, number>> =>
    new Map([
      ['bids', await registry.register('auctions.bids-value', schemas.bids, 'AVRO')],
      ['sellers', await registry.register('sellers-value', schemas.sellers, 'AVRO')],
      ['chats', await registry.register('chats-value', jsonSchema, 'JSON')],
    ]);
  const produced = (source: string) => (world.raw.get(source) ?? []).map((row) => onTheWire(source, row));
  const serve = () => serveProcess(cluster.broker.brokers, join(folder, 'store'), { KAFKA_SCHEMA_REGISTRY: registry.url });
  const framed = (id: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(0, id >> 24, id >> 16, id >> 8, id), body]);
  const wanted = (source: string): number => (world.raw.get(source)?.length ?? 0) + (source === 'bids' ? 1 : 0);
  const counted = async (sources: readonly string[], milliseconds: number): Promise<Readonly<Record<string, number>>> => {
    for (const deadline = Date.now() + milliseconds; ; await pause(100)) {
      const said = await sourcesOf(server as Process);
      const counts = Object.fromEntries(sources.map((name) => [name, taken(said.get(name) ?? { source: name, complete_since: null })]));
      if (sources.every((name) => counts[name] === wanted(name)) || Date.now() > deadline) return counts;
    }
  };
  const names = catalog.sources.map((s) => s.name);
  const all = Object.fromEntries(names.map((name) => [name, wanted(name)]));

  test('while the registry is away, messages that name a schema wait, others do not, and the server can be ended', async () => {
    for (const [source, id] of await register()) ids.set(source, id);
    for (const source of names) {
      const id = ids.get(source);
      if (id === undefined) {
        await send(cluster, source, world.raw.get(source) ?? []);
        continue;
      }
      const values = produced(source).map(({ value }) => value);
      const bodies = source === 'chats' ? values.map((value) => Buffer.from(value)) : encoded(schemas[source as 'bids'], values);
      const { topic } = produced(source)[0] ?? { topic: '' };
      await cluster.producer.send({
        topic,
        messages: bodies.map((body, i) => ({ key: produced(source)[i]?.key ?? '', value: framed(id, body) })),
      });
    }
    await cluster.producer.send({ topic: 'auctions.bids.v1', messages: [{ key: 'x', value: framed(70_000, Buffer.of(2)) }] });
    server = await serve();
    const plain = names.filter((name) => !ids.has(name));
    expect(plain.length).toBeGreaterThan(2);
    expect(await counted(plain, 30_000)).toEqual(Object.fromEntries(plain.map((name) => [name, wanted(name)])));
    // Longer than the broker waits for a consumer that says nothing.
    await pause(4_000);
    expect(await counted([...ids.keys()], 0)).toEqual({ bids: 0, sellers: 0, chats: 0 });
    expect(server.said.filter((line) => line.includes('the schema registry does not answer'))).toHaveLength(1);
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  test('when it is back, everything is taken, once; an id that nobody registered is a dead letter', async () => {
    server = await serve();
    await registry.open();
    expect(await counted(names, 60_000)).toEqual(all);
    const sources = await sourcesOf(server);
    expect(names.map((name) => [name, sources.get(name)?.rejected])).toEqual(names.map((name) => [name, name === 'bids' ? 1 : 0]));
    const letters = readFileSync(join(folder, 'store/dead-letters/bids.ndjson'), 'utf8').trim().split('\n');
    expect(letters.map((letter) => JSON.parse(letter))).toContainEqual(
      expect.objectContaining({ problem: 'the message names a schema that the registry does not have' }),
    );
    expect(server.said.join()).not.toContain('failed');
  });

  test.each([...answersOfReference.keys()])("%s: the answers are the reference's", async (name) => {
    for (const { asOf, entities, answers } of answersOfReference.get(name)?.(world) ?? []) {
      const { body } = await (server as Process).post('/features/query', { features: [name], entities, as_of: asOf });
      const { results } = body as { readonly results: readonly { readonly values: Readonly<Record<string, unknown>> }[] };
      expect(results.map((r) => closeTo(r.values[name]))).toEqual(answers.map(closeTo));
    }
  });
});

function encoded(schema: object, values: readonly string[]): readonly Buffer[] {
  const input = values.map((value) => `${JSON.stringify({ schema, value: JSON.parse(value) })}\n`).join('');
  const { status, stdout, stderr } = spawnSync(join(stackFolder, 'fastavro/bin/python'), ['tests/stack/kafka/encode.py'], {
    input,
    encoding: 'utf8',
    maxBuffer: 1_000_000_000,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'hex'));
}
