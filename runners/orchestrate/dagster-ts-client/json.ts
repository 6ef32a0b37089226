/**
 * JSON as Python's `json` writes and reads it: integers of any length, floats that stay floats, and NaN and Infinity by these names.
 * A number of JavaScript is an integer where that is exact and a float otherwise; bigints are integers.
 */
import { DagsterClientError } from './client-error.ts';

export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

/** Python's reader ends with an error at about ten times as many. */
const deepest = 100;

/**
 * `where` names the value in errors. Refused: half a surrogate pair, what is no JSON, and NaN and infinities unless `write` takes them:
 * Python does, browsers do not.
 */
export function jsonText(value: Json, where: string, write = numberText, depth = 0): string {
  if (depth > deepest) throw new DagsterClientError(`${where}: it is nested deeper than ${deepest} levels, or holds itself`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return write(value, where);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return stringText(value, where);
  if (Array.isArray(value)) {
    const items = Array.from(value as readonly Json[], (item, index) => jsonText(item, `${where}[${index}]`, write, depth + 1));
    return `[${items.join(',')}]`;
  }
  if (!isPlainObject(value)) throw new DagsterClientError(`${where}: ${typeName(value)} is no JSON`);
  const members = Object.entries(value).map(([name, of]) => [name, jsonText(of, `${where}.${name}`, write, depth + 1)]);
  return objectText(Object.fromEntries(members) as Readonly<Record<string, string>>, where);
}

/** Of members that are JSON text already. */
export const objectText = (members: Readonly<Record<string, string>>, where: string): string =>
  `{${Object.entries(members)
    .map(([name, text]) => `${stringText(name, where)}:${text}`)
    .join(',')}}`;

/** Refuses what no UTF-8 can hold: Dagster would store it, and then fail to show it. */
export function stringText(text: string, where: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new DagsterClientError(`${where}: half a surrogate pair is no text`);
  return JSON.stringify(text);
}

/** For texts that must not fail: half a surrogate pair becomes U+FFFD. */
export const wellFormed = (text: string): string => text.toWellFormed();

function numberText(value: number, where: string): string {
  if (!Number.isFinite(value)) throw new DagsterClientError(`${where}: JSON has no ${value}`);
  return pythonNumberText(value);
}

export const pythonNumberText = (value: number): string => (Number.isSafeInteger(value) ? String(value) : floatText(value));

/** A literal that Python reads as a float: `1.0`, `-0.0`, `1e+21`, `NaN`. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

const typeName = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'an object') : typeof value;

/** An integer that no number holds exactly is a bigint. */
export function parseJson(text: string): Json {
  const { value, end } = valueAt(text, blanksFrom(text, 0));
  const rest = blanksFrom(text, end);
  if (rest < text.length) throw unexpected(text, rest);
  return value;
}

interface Parsed {
  readonly value: Json;
  readonly end: number;
}

function valueAt(text: string, at: number): Parsed {
  const first = text[at];
  if (first === '{') return objectAt(text, at);
  if (first === '[') return arrayAt(text, at);
  if (first === '"') return stringAt(text, at);
  const word = match(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Infinity|NaN|true|false|null/y, text, at);
  if (word === null) throw unexpected(text, at);
  return { value: wordValue(word), end: at + word.length };
}

function wordValue(word: string): Json {
  if (word === 'null') return null;
  if (word === 'true' || word === 'false') return word === 'true';
  const number = Number(word);
  return /^-?\d+$/.test(word) && !Number.isSafeInteger(number) ? BigInt(word) : number;
}

function stringAt(text: string, at: number): { readonly value: string; readonly end: number } {
  const literal = match(/"(?:[^"\\]|\\.)*"/sy, text, at);
  if (literal === null) throw unexpected(text, at);
  return { value: JSON.parse(literal) as string, end: at + literal.length };
}

function arrayAt(text: string, start: number): Parsed {
  const value: Json[] = [];
  let at = blanksFrom(text, start + 1);
  while (text[at] !== ']') {
    const item = valueAt(text, value.length === 0 ? at : blanksFrom(text, after(',', text, at)));
    value.push(item.value);
    at = blanksFrom(text, item.end);
  }
  return { value, end: at + 1 };
}

function objectAt(text: string, start: number): Parsed {
  const members: (readonly [string, Json])[] = [];
  let at = blanksFrom(text, start + 1);
  while (text[at] !== '}') {
    const name = stringAt(text, members.length === 0 ? at : blanksFrom(text, after(',', text, at)));
    const member = valueAt(text, blanksFrom(text, after(':', text, blanksFrom(text, name.end))));
    members.push([name.value, member.value]);
    at = blanksFrom(text, member.end);
  }
  return { value: Object.fromEntries(members), end: at + 1 };
}

function after(sign: string, text: string, at: number): number {
  if (text[at] !== sign) throw unexpected(text, at);
  return at + 1;
}

const blanksFrom = (text: string, at: number): number => at + (match(/[ \t\n\r]*/y, text, at) ?? '').length;

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** What stands there may be a secret of the user's. */
const unexpected = (text: string, at: number): DagsterClientError =>
  new DagsterClientError(`no JSON at character ${at + 1} of ${text.length}`);
