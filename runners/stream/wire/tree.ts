/** What a message says, whatever it was written in: plain JSON values, their numbers with the digits they were written with, and times. */
import { longNumber, withNumbersAsText } from '../../../compiler/functions/json-reading.ts';
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import { formatTimestamp } from '../../data/format-value.ts';
import { jsonValue } from '../../data/json-lines.ts';
import { inRange, type JsonValue } from '../../data/parse-value.ts';

export interface Tree {
  readonly value: Json;
  /** The same with numbers as texts where a double does not keep one of them; null: it keeps all. Beside the text of an instant it has an object. */
  readonly exact: Json;
}

export type ReadTree = Tree | { readonly problem: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function readJson(bytes: Uint8Array): ReadTree {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { problem: 'the message is not UTF-8 text' };
  }
  try {
    const value = JSON.parse(text) as Json;
    return { value, exact: longNumber.test(text) ? withNumbersAsText(text) : null };
  } catch {
    return { problem: 'the message is not JSON' };
  }
}

/** Undefined where there is no such member. */
export function member({ value, exact }: Tree, name: string): Tree | undefined {
  if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
  return { value: value[name] as Json, exact: isObject(exact) ? (exact[name] ?? null) : null };
}

export function at(tree: Tree, path: readonly string[]): Tree | undefined {
  let found: Tree | undefined = tree;
  for (const name of path) {
    if (found === undefined) return undefined;
    found = member(found, name);
  }
  return found;
}

export function leaf({ value, exact }: Tree): JsonValue {
  return jsonValue(value, exact);
}

/** A time of which the message itself says that it is one; a text of JSON never has an object beside it. */
export function instantTree(microseconds: bigint): Tree {
  return { value: inRange(microseconds) ? formatTimestamp(microseconds) : 'a time', exact: { instant: String(microseconds) } };
}

/** Microseconds; undefined: it is no instant. */
export function instantOf({ value, exact }: Tree): bigint | undefined {
  const written = typeof value === 'string' && isObject(exact) ? exact['instant'] : undefined;
  return typeof written === 'string' ? BigInt(written) : undefined;
}
