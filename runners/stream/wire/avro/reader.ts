/** An Avro schema to a reader of its messages. Only the writer's schema decides: columns are found by name afterwards, as in JSON. */
import { isObject, type Json } from '../../../../compiler/functions/json-values.ts';
import type { ReadTree, Tree } from '../tree.ts';
import { type Cursor, cursorOn, readLong, readSize, readText, take, Unreadable } from './cursor.ts';
import { type Meaning, meaningOf } from './logical.ts';

type Read = (cursor: Cursor) => Tree;
export type ReadAvro = (bytes: Uint8Array) => ReadTree;

/** `references`: schemas that this one names, each after those that it names itself. */
export function avroReader(schema: Json, references: readonly Json[] = []): ReadAvro | { readonly problem: string } {
  const names: Names = new Map();
  try {
    for (const reference of references) readerOf(reference, '', names);
    const read = readerOf(schema, '', names);
    return (bytes) => {
      const cursor = cursorOn(bytes);
      try {
        const tree = read(cursor);
        return cursor.at === bytes.length ? tree : { problem: 'the message goes on after the end of its schema' };
      } catch (error) {
        if (error instanceof Unreadable) return { problem: error.message };
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error.message };
    throw error;
  }
}

/** A record may hold itself, so its reader is there before it is known. */
type Names = Map<string, { read: Read }>;

const plain = (value: Json): Tree => ({ value, exact: null });
const ofLong = (value: number | bigint): Tree =>
  typeof value === 'number' ? plain(value) : { value: Number(value), exact: String(value) };
const ofBytes = (bytes: Buffer): Tree => plain(bytes.toString('base64'));

const primitives: Readonly<Record<string, (meaning: Meaning) => Read>> = {
  null: () => () => plain(null),
  boolean: () => (cursor) => plain(take(cursor, 1)[0] !== 0),
  int:
    ({ ofNumber = ofLong }) =>
    (cursor) =>
      ofNumber(readLong(cursor)),
  long:
    ({ ofNumber = ofLong }) =>
    (cursor) =>
      ofNumber(readLong(cursor)),
  float: () => (cursor) => plain(take(cursor, 4).readFloatLE()),
  double: () => (cursor) => plain(take(cursor, 8).readDoubleLE()),
  bytes:
    ({ ofBytes: of = ofBytes }) =>
    (cursor) =>
      of(take(cursor, readSize(cursor))),
  string: () => (cursor) => plain(readText(cursor)),
};

/** Names without a namespace are in the one around them. */
function readerOf(schema: Json | undefined, namespace: string, names: Names): Read {
  if (Array.isArray(schema)) return union(schema.map((branch) => readerOf(branch, namespace, names)));
  const type = isObject(schema) ? schema['type'] : schema;
  if (typeof type !== 'string') {
    if (type === undefined) throw new Unreadable('a part of the schema has no type');
    return readerOf(type, namespace, names);
  }
  if (Object.hasOwn(primitives, type)) return (primitives[type] as (typeof primitives)[string])(meaningOf(schema ?? null));
  if (isObject(schema)) {
    if (type === 'array') return blocks(readerOf(schema['items'], namespace, names), false);
    if (type === 'map') return blocks(readerOf(schema['values'], namespace, names), true);
    if (type === 'fixed' || type === 'enum' || type === 'record' || type === 'error') return named(type, schema, namespace, names);
  }
  const found = names.get(type.includes('.') || namespace === '' ? type : `${namespace}.${type}`) ?? names.get(type);
  if (found === undefined) throw new Unreadable('the schema names a type that it does not have');
  return (cursor) => found.read(cursor);
}

type JsonObject = Readonly<Record<string, Json>>;

function named(type: 'fixed' | 'enum' | 'record' | 'error', schema: JsonObject, around: string, names: Names): Read {
  const name = typeof schema['name'] === 'string' ? schema['name'] : '';
  const namespace = name.includes('.')
    ? name.slice(0, name.lastIndexOf('.'))
    : typeof schema['namespace'] === 'string'
      ? schema['namespace']
      : around;
  const holder = { read: (): Tree => plain(null) } as { read: Read };
  names.set(name.includes('.') || namespace === '' ? name : `${namespace}.${name}`, holder);
  if (type === 'fixed') holder.read = fixed(schema['size'] ?? null, meaningOf(schema));
  else if (type === 'enum') holder.read = symbols(schema['symbols'] ?? null);
  else holder.read = record(schema['fields'] ?? null, namespace, names);
  return holder.read;
}

function fixed(size: Json, { ofBytes: of = ofBytes }: Meaning): Read {
  if (typeof size !== 'number') throw new Unreadable('a `fixed` of the schema has no size');
  return (cursor) => of(take(cursor, size));
}

function symbols(given: Json): Read {
  const known = Array.isArray(given) ? given : [];
  return (cursor) => {
    const symbol = known[readSize(cursor)];
    if (symbol === undefined) throw new Unreadable('an enum has no such symbol');
    return plain(symbol);
  };
}

function union(branches: readonly Read[]): Read {
  return (cursor) => {
    const branch = branches[readSize(cursor)];
    if (branch === undefined) throw new Unreadable('a union has no such branch');
    return branch(cursor);
  };
}

function record(given: Json, namespace: string, names: Names): Read {
  const fields = (Array.isArray(given) ? given : []).map((field) => {
    if (!isObject(field) || typeof field['name'] !== 'string') throw new Unreadable('a field of the schema has no name');
    return { name: field['name'], read: readerOf(field['type'], namespace, names) };
  });
  return (cursor) => nested(cursor, () => fields.map(({ name, read }) => [name, read(cursor)] as const), false);
}

/** Several at a time, each time with their count; a negative one is followed by their size. */
function blocks(item: Read, keyed: boolean): Read {
  return (cursor) =>
    nested(
      cursor,
      () => {
        const items: (readonly [string, Tree])[] = [];
        for (;;) {
          const count = readSize(cursor);
          if (count === 0) return items;
          if (count < 0) readSize(cursor);
          for (let i = Math.abs(count); i > 0; i--) {
            spend(cursor);
            const key = keyed ? readText(cursor) : String(items.length);
            items.push([key, item(cursor)]);
          }
        }
      },
      !keyed,
    );
}

const deepest = 100;

function nested(cursor: Cursor, read: () => readonly (readonly [string, Tree])[], isList: boolean): Tree {
  spend(cursor);
  cursor.depth += 1;
  if (cursor.depth > deepest) throw new Unreadable('the message is nested too deeply');
  const members = read();
  cursor.depth -= 1;
  // Most messages have nothing that a double does not keep.
  const isExact = members.some(([, tree]) => tree.exact !== null);
  const of = (part: (tree: Tree) => Json): Json =>
    isList ? members.map(([, tree]) => part(tree)) : Object.fromEntries(members.map(([name, tree]) => [name, part(tree)]));
  return { value: of((tree) => tree.value), exact: isExact ? of((tree) => tree.exact) : null };
}

function spend(cursor: Cursor): void {
  cursor.left -= 1;
  if (cursor.left < 0) throw new Unreadable('the message has more values than bytes');
}
