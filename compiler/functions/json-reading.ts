/** JSON from a file or a constant to the canonical text of a VARIANT; what engines' own JSON would change is refused. */
import { canonicalJson, type Json } from './json-values.ts';

export type ReadJson = { readonly value: string } | { readonly problem: string };

/** A double keeps 15 digits, so only a longer number needs its text. */
export const longNumber = /[\d.]{16}/;

/** Known to be JSON: whatever in it begins like a number outside a string is one. */
export function withNumbersAsText(source: string): Json {
  const quoted = source.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
  return JSON.parse(quoted) as Json;
}

export function parseVariant(text: string): ReadJson {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { problem: 'this is no JSON' };
  }
  if (keysIn(text) !== keysOf(value)) return { problem: 'two keys of one object are the same' };
  return variantOf(value, longNumber.test(text) ? withNumbersAsText(text) : null);
}

/** `exact`: the same value with its numbers as they were written; null where a double keeps them all. */
export function variantOf(value: Json, exact: Json): ReadJson {
  const problem = problemIn(value, exact);
  return problem === undefined ? { value: canonicalJson(value) } : { problem };
}

function problemIn(value: Json, exact: Json): string | undefined {
  if (typeof value === 'number') return keptByEngines(value, typeof exact === 'string' ? exact : null) ? undefined : beyond;
  if (typeof value === 'string') return textProblem(value);
  if (value === null || typeof value !== 'object') return undefined;
  const written = exact as { readonly [key: string]: Json } | null;
  for (const [key, member] of Object.entries(value as { readonly [key: string]: Json })) {
    const problem = textProblem(key) ?? problemIn(member, written?.[key] ?? null);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const beyond = 'a number in this JSON has more than 15 digits, or is too great or too small: engines read it as different numbers';

/** Whole to 2^53, or with a fraction and 15 digits at most; written without an exponent. */
function keptByEngines(value: number, written: string | null): boolean {
  const size = Math.abs(value);
  if (written !== null && plainDigits(written) !== plainDigits(String(value))) return false;
  return Number.isInteger(value)
    ? Number.isSafeInteger(value)
    : size >= 1e-4 && size < 1e15 && plainDigits(String(value)).replace(/^-|e.*$/g, '').length <= 15;
}

/** Sign, digits and exponent of ten without zeros at either end: equal for equal numbers. */
function plainDigits(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign}${significant}${power === 0 ? '' : `e${power}`}`;
}

function textProblem(text: string): string | undefined {
  if (/\p{Surrogate}/u.test(text)) return 'a text in this JSON holds half of a surrogate pair';
  return text.includes('\u0000') ? 'a text in this JSON holds the character NUL, which engines do not keep' : undefined;
}

/** How many members are written in the text of some JSON. */
export function keysIn(source: string): number {
  return [...source.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
}

/** How many members are left once equal keys have become one. */
export function keysOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0;
  const members = Object.values(value as { readonly [key: string]: Json });
  return members.reduce<number>((sum, member) => sum + keysOf(member), Array.isArray(value) ? 0 : members.length);
}
