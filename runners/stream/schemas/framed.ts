/** Messages to trees: JSON as it is; after a zero byte the id of a schema, and what that schema describes. */
import { avroReader, type ReadAvro } from '../wire/avro/reader.ts';
import { type ReadTree, readJson } from '../wire/tree.ts';
import type { SchemaRegistry } from './registry.ts';

/** A promise only where the registry must be asked. */
export type ReadMessage = (bytes: Uint8Array) => ReadTree | Promise<ReadTree>;

const prefix = 5;
/** How long an id that the registry does not have is not asked for again, milliseconds. */
const forgetAfter = 60_000;
/** Ids that nobody registered must not fill the memory. */
const mostSchemas = 10_000;

/** Of the schema that the message says it is of; no JSON begins with a zero byte. */
export function schemaIdOf(bytes: Uint8Array | null): number | null {
  if (bytes === null || bytes.length < prefix || bytes[0] !== 0) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
}

export function messageReader(registry: SchemaRegistry | null, now: () => number = Date.now): ReadMessage {
  const readers = new Map<number, ReadAvro>();
  const asking = new Map<number, Promise<ReadAvro>>();
  const unknown = new Map<number, number>();
  const learn = async (id: number, from: SchemaRegistry): Promise<ReadAvro> => {
    const reader = readerFor(await from.schema(id));
    if (reader !== null && readers.size < mostSchemas) readers.set(id, reader);
    if (reader === null && unknown.size < mostSchemas) unknown.set(id, now());
    return reader ?? unregistered;
  };
  return (bytes) => {
    const id = schemaIdOf(bytes);
    if (id === null) return readJson(bytes);
    if (registry === null) return { problem: 'the message names a schema, and no schema registry is declared (KAFKA_SCHEMA_REGISTRY)' };
    const body = bytes.subarray(prefix);
    const known = readers.get(id);
    if (known !== undefined) return known(body);
    const since = unknown.get(id);
    if (since !== undefined && now() - since < forgetAfter) return unregistered(body);
    unknown.delete(id);
    const asked = asking.get(id) ?? learn(id, registry).finally(() => asking.delete(id));
    asking.set(id, asked);
    return asked.then((read) => read(body));
  };
}

const unregistered: ReadAvro = () => ({ problem: 'the message names a schema that the registry does not have' });

function readerFor(found: Awaited<ReturnType<SchemaRegistry['schema']>>): ReadAvro | null {
  if (found === null) return null;
  if (found.kind === 'json') return readJson;
  if (found.kind === 'protobuf') return () => ({ problem: 'the message is Protobuf, which is not read' });
  const reader = avroReader(found.schema, found.references);
  return 'problem' in reader ? () => reader : reader;
}
