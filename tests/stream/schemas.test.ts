/** Messages that name a schema. The registry here is *emulated* by an HTTP server with Confluent's routes; tests/stack/kafka has a real one. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { kafkaSettings } from '../../runners/stream/kafka/client.ts';
import { messageReader } from '../../runners/stream/schemas/framed.ts';
import { openSchemaRegistry, type SchemaRegistry } from '../../runners/stream/schemas/registry.ts';
import { schemaSettings } from '../../runners/stream/schemas/settings.ts';

type Answer = readonly [status: number, body: unknown];

interface Emulated {
  readonly host: string;
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[];
  readonly said: string[];
  registry: SchemaRegistry;
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function emulated(answer: (url: string, times: number) => Answer, user = ''): Promise<Emulated> {
  const asked: Emulated['asked'] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '';
    asked.push({ url, authorization: request.headers.authorization });
    const [status, body] = answer(url, asked.filter((a) => a.url === url).length);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const said: string[] = [];
  const settings = schemaSettings(`http://${user}${host}/api`);
  if (settings === null) throw new Error('no settings');
  const registry = openSchemaRegistry(settings, (line) => said.push(line), { retry: [5, 20], patience: 1_000 });
  ends.push(() => {
    registry.close();
    server.closeAllConnections();
    server.close();
  });
  return { host, asked, said, registry };
}

const unknown: Answer = [404, { error_code: 40403, message: 'Schema not found' }];
const avro = (schema: unknown, references: readonly object[] = []): Answer => [200, { schema: JSON.stringify(schema), references }];
/** A zero byte, the id, and what the schema describes. */
const framed = (id: number, ...body: readonly number[]): Uint8Array => Uint8Array.of(0, 0, 0, id >> 8, id & 255, ...body);
const json = (text: string): readonly number[] => [...Buffer.from(text)];

describe('an emulated registry', () => {
  test('is asked once an id, however many messages come at once; what needs no asking is read at once', async () => {
    const { registry, asked } = await emulated(() => avro({ type: 'record', name: 'A', fields: [{ name: 'a', type: 'long' }] }));
    const read = messageReader(registry);
    const trees = await Promise.all([4, 6, 54].map((byte) => read(framed(258, byte))));
    expect(trees).toEqual([2, 3, 27].map((a) => ({ value: { a }, exact: null })));
    expect(asked.map((a) => a.url)).toEqual(['/api/schemas/ids/258']);
    expect(read(framed(258, 2))).toEqual({ value: { a: 1 }, exact: null });
    expect(read(Buffer.from('{"a":1}'))).toEqual({ value: { a: 1 }, exact: null });
  });

  test('JSON after an id is JSON; Protobuf is said to be that', async () => {
    const { registry } = await emulated((url) => [
      200,
      { schemaType: url.endsWith('/1') ? 'JSON' : 'PROTOBUF', schema: '{"type":"object"}' },
    ]);
    const read = messageReader(registry);
    expect(await read(framed(1, ...json('{"n":90071992547409931234}')))).toMatchObject({ exact: { n: '90071992547409931234' } });
    expect(await read(framed(2, 1))).toEqual({ problem: 'the message is Protobuf, which is not read' });
  });

  test('a schema that names others, which name others', async () => {
    const record = (name: string, of: unknown) => ({ type: 'record', name, namespace: 'n', fields: [{ name: 'f', type: of }] });
    const { registry, asked } = await emulated((url) => {
      if (url === '/api/schemas/ids/1') return avro(record('A', 'B'), [{ name: 'n.B', subject: 'b/value', version: 2 }]);
      if (url === '/api/subjects/b%2Fvalue/versions/2') return avro(record('B', 'C'), [{ name: 'n.C', subject: 'c', version: 1 }]);
      return url === '/api/subjects/c/versions/1' ? avro(record('C', 'int')) : unknown;
    });
    expect(await messageReader(registry)(framed(1, 2))).toEqual({ value: { f: { f: { f: 1 } } }, exact: null });
    expect(asked.length).toBe(3);
  });

  test('an id that it does not have is a problem of the message, and asked for again after a minute', async () => {
    const { registry, asked } = await emulated((_, times) => (times === 1 ? unknown : avro('int')));
    let now = 0;
    const read = messageReader(registry, () => now);
    const problem = { problem: 'the message names a schema that the registry does not have' };
    expect(await read(framed(7, 2))).toEqual(problem);
    now = 59_999;
    expect(await read(framed(7, 2))).toEqual(problem);
    expect(asked.length).toBe(1);
    now = 60_000;
    expect(await read(framed(7, 2))).toEqual({ value: 1, exact: null });
  });

  test.each([
    ['is overloaded', [503, {}]],
    ['wants another password', [401, { error_code: 40101 }]],
    ['is not at this address', [404, { error_code: 404, message: 'no such path' }]],
    ['is a page', [200, undefined]],
  ] as const)('%s: the message waits, and both ends of that are said once', async (_, bad) => {
    const { registry, said, asked } = await emulated((_url, times) => (times < 4 ? bad : avro('int')));
    expect(await messageReader(registry)(framed(7, 2))).toEqual({ value: 1, exact: null });
    expect(asked.length).toBe(4);
    expect(said).toEqual([
      expect.stringMatching(/^the schema registry does not answer, and messages wait/),
      'the schema registry answers again',
    ]);
  });

  test('is away: the message waits, until it is given up with the server', async () => {
    const gone = await emulated(() => unknown);
    const { url } = schemaSettings('http://127.0.0.1:9') as { url: string };
    const registry = openSchemaRegistry({ url, authorization: null }, (line) => gone.said.push(line), { retry: [5, 10], patience: 500 });
    const waiting = messageReader(registry)(framed(1, 2));
    const ended = Promise.resolve(waiting).then(
      () => 'read',
      () => 'given up',
    );
    await pause(100);
    expect(await Promise.race([ended, pause(1, 'waits')])).toBe('waits');
    registry.close();
    expect(await ended).toBe('given up');
    expect(gone.said).toHaveLength(1);
  });

  test('user and password are sent, and shown nowhere', async () => {
    const { registry, asked, said } = await emulated((_, times) => (times === 1 ? [500, {}] : avro('int')), 'anna:p%40ss@');
    await messageReader(registry)(framed(1, 2));
    // base64 of anna:p@ss
    expect(asked[1]?.authorization).toBe('Basic YW5uYTpwQHNz');
    expect(said.join()).not.toMatch(/anna|p@ss|p%40ss|YW5u/);
    for (const given of ['ftp://anna:geheim@host', 'anna:geheim@host'])
      expect(() => kafkaSettings({ KAFKA_BROKERS: 'a:1', KAFKA_SCHEMA_REGISTRY: given })).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('geheim') }),
      );
    expect(schemaSettings('http://anna:geheim@host:81/x/')).toMatchObject({ url: 'http://host:81/x/' });
    // base64 of a:5%
    expect(schemaSettings('http://a:5%@host')).toMatchObject({ authorization: 'Basic YTo1JQ==' });
  });
});

test('without a registry a message that names a schema says what is missing', () => {
  expect(messageReader(null)(framed(1, 2))).toEqual({ problem: expect.stringContaining('KAFKA_SCHEMA_REGISTRY') });
});
