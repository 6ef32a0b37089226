/** `lockstep sources import --subject`: from a registry, which is *emulated* by an HTTP server with Confluent's route. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readSources } from '../../compiler/authoring/sources.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { folderWith, lockstep, type Ran } from '../support/cli.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Registry {
  readonly url: string;
  readonly asked: { readonly url: string | undefined; readonly authorization: string | undefined }[];
}

async function emulated(status: number, body: unknown): Promise<Registry> {
  const asked: Registry['asked'] = [];
  const server = createServer((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}/api`, asked };
}

async function imported(registry: string, subject: string, sources = 'streams:\n'): Promise<Ran> {
  const folder = await folderWith({ 'lockstep.yml': 'name: small\n', 'transforms/sources.yml': sources });
  return lockstep('sources', 'import', '--project', folder, '--registry', registry, '--subject', subject);
}

const logical = (type: string, logicalType: string) => ({ type, logicalType });
const sale = {
  type: 'record',
  name: 'Sale',
  doc: 'What was sold:\n"everything".',
  fields: [
    { name: 'saleId', type: 'long', doc: 'its number' },
    { name: 'pieces', type: ['null', 'int'], default: null },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
    { name: 'fee', type: [{ type: 'fixed', name: 'F', size: 8, logicalType: 'decimal', precision: 5 }, 'null'] },
    { name: 'huge', type: { type: 'bytes', logicalType: 'decimal', precision: 40, scale: 2 } },
    { name: 'weight', type: 'double' },
    { name: 'gift', type: 'boolean' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['paid', 'open'] } },
    { name: 'token', type: logical('string', 'uuid') },
    { name: 'day', type: logical('int', 'date') },
    { name: 'soldAt', type: logical('long', 'timestamp-millis') },
    { name: 'clock', type: logical('int', 'time-millis') },
    { name: 'basket', type: { type: 'array', items: 'string' } },
    { name: 'either', type: ['null', 'string', 'long'] },
    { name: 'shop', type: 'org.Shop' },
    { name: 'photo', type: 'bytes' },
    { name: 'changed', type: { type: 'long', 'connect.name': 'io.debezium.time.NanoTimestamp' } },
  ],
};

test('columns and types of the newest schema; what the registry does not know is open', async () => {
  const registry = await emulated(200, { subject: 'sales.v1-value', version: 3, id: 7, schema: JSON.stringify(sale) });
  const { code, out, err } = await imported(`http://anna:geheim@${registry.url}`, 'sales.v1-value');
  expect(code).toBe(0);
  expect(registry.asked).toEqual([
    { url: '/api/subjects/sales.v1-value/versions/latest', authorization: `Basic ${Buffer.from('anna:geheim').toString('base64')}` },
  ]);
  expect(out.slice(out.indexOf('streams:'))).toBe(`streams:
  sales_v1:
    # check: it is called sales.v1 there, which cannot name this source, or names another one
    description: "What was sold:\\n\\"everything\\"."
    warehouse: # check: where does the warehouse have it? The registry does not know
    topic: sales.v1 # check: the subject is called sales.v1-value
    key: # check: which columns identify a row? No test or constraint says that columns are unique which can be a key
    event_time: # check: which column dates an event: SOLDAT, CHANGED?
    # check: ingest_time: is there a column that says when the platform first had the row?
    # check: lateness: how late may a row come? Without it, not at all
    columns:
      saleid: { type: "NUMBER(19,0)", description: "its number" }
      pieces: NUMBER(10,0)
      price: NUMBER(10,2)
      fee: NUMBER(5,0)
      huge: # check: it is a decimal of digits that NUMBER does not have
      weight: FLOAT
      gift: BOOLEAN
      status: VARCHAR
      token: VARCHAR
      day: DATE
      soldat: TIMESTAMP_NTZ
      # check: not declared: clock: engines keep times of day at different precisions
      basket: VARIANT # check: the array is read as JSON; a column may name a path in it: topic: a.b
      either: # check: it is a union of several types: which one counts?
      shop: # check: its type org.Shop is declared elsewhere
      # check: not declared: photo: bytes are no column
      changed: TIMESTAMP_NTZ # check: nanoseconds are cut
`);
  expect(`${out}${err}`).not.toMatch(/anna|geheim/);
  expect(err).toBe('sales_v1: still to be said: warehouse, key, event_time, the type of HUGE, the type of EITHER, the type of SHOP\n');
  const diagnostics: Diagnostic[] = [];
  readSources({ path: 'sources.yml', text: out }, diagnostics);
  const refused = diagnostics.map(({ span }) => out.split('\n')[out.slice(0, span.start).split('\n').length - 1]?.trim().split(':')[0]);
  expect(refused.sort()).toEqual(['either', 'event_time', 'huge', 'key', 'shop', 'warehouse']);
});

test('a topic that a source has already is left out; an envelope is named', async () => {
  const envelope = { type: 'record', name: 'E', fields: ['before', 'after', 'op'].map((name) => ({ name, type: 'string' })) };
  const { url } = await emulated(200, { schema: JSON.stringify(envelope), schemaType: 'AVRO' });
  const declared = 'streams:\n  s: { warehouse: raw.s, topic: sales, key: k, event_time: t, columns: { k: VARCHAR, t: TIMESTAMP_NTZ } }\n';
  const { out, err } = await imported(`http://${url}`, 'sales-value', declared);
  expect(err).toBe('sales-value is declared already: the source s\n');
  expect(out).not.toContain('streams:');
  const other = await imported(`http://${url}`, 'other');
  expect(other.out).toContain(
    "  other:\n    # check: this looks like Debezium's envelope: say `envelope: debezium`, and the columns of `after`\n",
  );
  expect(other.out).toContain('    # check: topic: which topic has it?\n');
});

test.each<[string, number, unknown, string]>([
  ['no such subject', 404, { error_code: 40401, message: 'not found' }, 'the schema registry has no subject sales-value\nhint: '],
  ['another 404', 404, { message: 'no route' }, 'the schema registry answers with status 404, and no schema\n'],
  ['a failure', 500, { error_code: 50001 }, 'the schema registry answers with status 500, and no schema\n'],
  ['another kind', 200, { schemaType: 'PROTOBUF', schema: 'syntax' }, 'the subject sales-value has a schema of kind PROTOBUF\nhint: '],
  ['no record', 200, { schema: '"string"' }, 'the schema of sales-value is no record\nhint: '],
])('%s is refused', async (_, status, body, message) => {
  const { url } = await emulated(status, body);
  const { code, out, err } = await imported(`http://${url}`, 'sales-value');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.startsWith(`error: ${message}`) || err).toBe(true);
});

test('nobody there, no address, no registry', async () => {
  expect((await imported('http://a:geheim@127.0.0.1:9/', 'sales-value')).err).toMatch(/^error: the schema registry is not reached: \w+\n$/);
  expect((await imported('geheim', 'sales-value')).err).toMatch(/^error: --registry is no address\nhint: /);
  const folder = await folderWith({ 'lockstep.yml': 'name: small\n', 'transforms/sources.yml': 'streams:\n' });
  const importing = ['sources', 'import', '--project', folder];
  expect((await lockstep(...importing, '--subject', 'a')).err).toMatch(/^error: --subject is in a registry of schemas\n/);
  expect((await lockstep(...importing, '--target', 'a', '--registry', 'http://a')).err).toBe('error: --registry is for --subject\n');
});
