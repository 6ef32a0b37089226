/**
 * JSON values as canonical text: keys sorted by code point, no blanks, numbers in plain decimals. Where values come in, numbers are
 * held to what every engine's own JSON keeps, so that each of them writes the same text again.
 */
import type { Value } from '../value.ts';
import { compareValues } from './compare-values.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = value as { readonly [key: string]: Json };
  const keys = Object.keys(members).sort(compareValues);
  return `{${keys.map((key) => `${quoted(key)}:${canonicalJson(members[key] as Json)}`).join(',')}}`;
}

/** Engines write control characters in upper case: \u001F. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\(?:u([0-9a-f]{4})|.)/g, (escape, hex: string | undefined) =>
    hex === undefined ? escape : `\\u${hex.toUpperCase()}`,
  );
}

const parse = (text: Value): Json => JSON.parse(text as string) as Json;

/** What a key of an object or an index of an array leads to; null where there is nothing. */
export function memberOf(text: Value, step: string | number): Value {
  const value = parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value) !== (typeof step === 'number')) return null;
  return Object.hasOwn(value, step) ? canonicalJson((value as { readonly [key: string]: Json })[step] as Json) : null;
}

/** As VARCHAR: text without its quotes, NULL for JSON null. */
export function textOf(text: Value): string | null {
  const value = parse(text);
  return value === null ? null : typeof value === 'string' ? value : canonicalJson(value);
}

export function jsonKind(text: Value): 'array' | 'object' | 'string' | 'number' | 'boolean' | 'null' {
  const value = parse(text);
  return value === null ? 'null' : Array.isArray(value) ? 'array' : (typeof value as 'object' | 'string' | 'number' | 'boolean');
}

/** Elements of an array, or of an object in the order of its keys; none of anything else. */
export function elementsOf(text: Value): readonly { readonly key: string | null; readonly index: bigint | null; readonly value: string }[] {
  const value = parse(text);
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.map((element, i) => ({ key: null, index: BigInt(i), value: canonicalJson(element as Json) }));
  return Object.entries(value as { readonly [key: string]: Json })
    .sort(([a], [b]) => compareValues(a, b))
    .map(([key, element]) => ({ key, index: null, value: canonicalJson(element) }));
}
