/** What clients give for a parameter, by its type, to what is bound. What does not fit its type is refused. */

import { integer, type SqlType, timestamp } from '../../../compiler/sql-type.ts';
import { type JsonValue, type ParsedValue, parseJsonValue } from '../../data/parse-value.ts';
import type { SingleParameter } from '../../engines/duckdb-select.ts';
import { RequestError } from '../request-error.ts';

/** `datetime` has no zone; `timestamp` is an instant. */
const types: Readonly<Record<string, SqlType>> = {
  int: { kind: 'number', precision: 18, scale: 0 },
  float: { kind: 'float' },
  bool: { kind: 'boolean' },
  string: { kind: 'varchar' },
  date: { kind: 'date' },
  datetime: timestamp,
  time: { kind: 'time' },
  timestamp: { kind: 'timestamp', zone: 'ltz' },
};

export const parameterTypes: readonly string[] = Object.keys(types);

export function parameterType(name: string, type: string): string {
  const known = type.toLowerCase();
  if (Object.hasOwn(types, known)) return known;
  throw new RequestError('INVALIDINPUT', `the parameter ${name} has no type that there is`, `types are ${parameterTypes.join(', ')}`);
}

export function boundParameter(name: string, type: string, given: JsonValue): SingleParameter {
  const of = types[parameterType(name, type)] as SqlType;
  const parsed = parse(given, type.toLowerCase(), of);
  // What was given is somebody's value, and errors are logged.
  if ('problem' in parsed) throw new RequestError('INVALIDINPUT', `the parameter ${name} is no ${type}`, examples[type.toLowerCase()]);
  return { name, type: of, value: parsed.value };
}

const examples: Readonly<Record<string, string>> = {
  int: 'a whole number of 64 bits',
  float: 'for example 1.5 or 1e9',
  bool: 'true or false',
  string: 'a text',
  date: 'for example 2026-01-31',
  datetime: 'for example 2026-01-31T12:00:00.000000',
  time: 'for example 12:00:00.000000',
  timestamp: 'for example 2026-01-31T12:00:00.000000Z',
};

const bound = 2n ** 63n;

function parse(given: JsonValue, type: string, of: SqlType): ParsedValue {
  if (given === null) return { value: null };
  if (type === 'time') return typeof given === 'object' && given.kind === 'string' ? timeOf(given.text) : { problem: 'no time' };
  if (type !== 'int') return parseJsonValue(given, of);
  const parsed = parseJsonValue(given, integer);
  if ('problem' in parsed || parsed.value === null) return parsed;
  const value = parsed.value as bigint;
  return value >= -bound && value < bound ? { value } : { problem: 'too large' };
}

function timeOf(text: string): ParsedValue {
  const found = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?$/.exec(text);
  if (found === null) return { problem: 'no time' };
  const [, hours, minutes, seconds = '0', fraction = ''] = found;
  return { value: BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000n + BigInt(fraction.padEnd(6, '0')) };
}
