/** One JSON object a line, numbers with the digits they were written with. */

import { keysIn, keysOf, longNumber, withNumbersAsText } from '../../compiler/functions/json-reading.ts';
import type { Json } from '../../compiler/functions/json-values.ts';
import { sameName } from './column.ts';
import { DataError } from './data-error.ts';
import type { JsonValue } from './parse-value.ts';

export interface JsonLine {
  /** In the order of the names asked for. */
  readonly values: readonly JsonValue[];
  readonly line: number;
}

type JsonObject = Readonly<Record<string, unknown>>;

export function* readJsonLines(text: string, file: string, names: readonly string[]): Generator<JsonLine> {
  const keys = names.map((name) => name);
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const source = text.slice(start, end);
    start = end + 1;
    line++;
    if (source.trim() === '') continue;
    const row = parse(source, file, line);
    const exact = longNumber.test(source) ? (withNumbersAsText(source) as JsonObject) : null;
    const values = names.map((name, i): JsonValue => {
      let key = keys[i] ?? name;
      if (!Object.hasOwn(row, key)) {
        key = keyOf(row, name, file, line);
        keys[i] = key;
      }
      return jsonValue(row[key], exact?.[key]);
    });
    const nested = values.some((value) => value !== null && typeof value === 'object' && value.kind === 'other');
    if (nested && keysIn(source) !== keysOf(row as Json))
      throw new DataError({ file, line, column: null }, 'two keys of one object are the same');
    yield { values, line };
  }
}

function parse(source: string, file: string, line: number): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(source);
  } catch {
    throw new DataError({ file, line, column: null }, 'this line is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new DataError({ file, line, column: null }, 'this line is no JSON object');
  return parsed as JsonObject;
}

function keyOf(row: JsonObject, name: string, file: string, line: number): string {
  const found = Object.keys(row).filter((key) => sameName(key, name));
  if (found.length > 1) throw new DataError({ file, line, column: name }, 'two keys of this line differ only in case');
  if (found[0] === undefined) throw new DataError({ file, line, column: name }, 'this line does not have the column; write null for NULL');
  return found[0];
}

export function jsonValue(value: unknown, exact: unknown): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return { kind: 'number', text: typeof exact === 'string' ? exact : String(value) };
  return typeof value === 'string'
    ? { kind: 'string', text: value }
    : { kind: 'other', value: value as Json, exact: (exact ?? null) as Json };
}
