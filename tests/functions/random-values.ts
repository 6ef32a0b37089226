/** Seeded random types and values, rich in edges. */

import { pow10 } from '../../compiler/functions/decimal.ts';
import { parseTimestamp } from '../../compiler/functions/iso-time.ts';
import { boolean, bytes, date, float, number, type SqlType, timeOfDay, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';

export type Random = () => number;

/** mulberry32 */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

export const integer = (random: Random, low: number, high: number): number => low + Math.floor(random() * (high - low + 1));

const numberTypes: readonly SqlType[] = [
  number(1),
  number(9),
  number(10, 2),
  number(18),
  number(12, 5),
  number(5, 3),
  number(18, 6),
  number(28),
  number(20, 1),
];

export function randomType(
  random: Random,
  kind: 'number' | 'integer' | 'float' | 'varchar' | 'binary' | 'boolean' | 'date' | 'timestamp' | 'time',
): SqlType {
  switch (kind) {
    case 'number':
      return pick(random, numberTypes);
    case 'integer':
      return pick(random, [number(9), number(18), number(28)]);
    case 'float':
      return float;
    case 'varchar':
      return varchar;
    case 'binary':
      return bytes;
    case 'boolean':
      return boolean;
    case 'date':
      return date;
    case 'timestamp':
      return timestamp;
    case 'time':
      return timeOfDay;
  }
}

const words = [
  '',
  'a',
  'A',
  'abc',
  'aXbXc',
  'banana',
  ' pad ',
  'Noël',
  'é',
  '圣诞',
  '👍🏽x',
  '100%',
  'a_b',
  "it's",
  'a\nb',
  'zzz',
  '\uE000',
  '😀',
  'ab,cd,,',
  '12.50',
  '-7',
  ' 42 ',
  '1e3',
  'yes',
  'Off',
  '2024-02-29',
  '2023-02-29',
  '2024-02-29 23:59:59.999999',
  '2024-02-29T10:00',
];

const variants: readonly string[] = [
  '{"a":1,"b":"x","c":[1,2.5,"é"],"d":{"e":null,"f g":true}}',
  '{"a":null}',
  '{"a":"12.50","b":12.5}',
  '{}',
  '[]',
  '[1,"a",null,{"a":2}]',
  '"text"',
  '"12"',
  '12',
  '-0.25',
  'true',
  'null',
  '{"a":[{"b":"👍"},{"b":"it\'s"}],"b":9007199254740991}',
  '{"a":"tab\\t\\"quoted\\"","b":{"z":1,"y":2}}',
];

function randomElement(random: Random, type: SqlType): Value {
  for (;;) {
    const value = randomValue(random, type, true);
    if (value !== null) return value;
  }
}

export function randomValue(random: Random, type: SqlType, small = false): Value {
  if (random() < 0.08) return null;
  switch (type.kind) {
    case 'number':
      return randomNumber(random, type, small);
    case 'float':
      return pick(random, [
        0,
        -0.5,
        0.5,
        1.5,
        2.5,
        -2.5,
        0.49999999999999994,
        1e15 + 0.5,
        random() * 1000 - 500,
        (random() - 0.5) * 1e9,
        Math.round(random() * 1000) / 100,
        integer(random, -50, 50),
      ]);
    case 'boolean':
      return random() < 0.5;
    case 'varchar':
      return random() < 0.7
        ? pick(random, words)
        : Array.from({ length: integer(random, 0, 6) }, () => pick(random, [...'abXé,_%. '])).join('');
    case 'date':
      return BigInt(random() < 0.2 ? pick(random, [0, -1, 1, 59, 18321, -25567, 19782, 17166]) : integer(random, -40000, 60000));
    case 'time':
      return BigInt(
        pick(random, [0, 1, 86_399_999_999, 43_200_000_000, integer(random, 0, 86_399) * 1_000_000, integer(random, 0, 86_399_999_999)]),
      );
    case 'timestamp':
      return randomTimestamp(random);
    case 'binary':
      return random() < 0.5
        ? pick(random, ['', '00', 'FF', 'ABCD', 'BC', 'AB', '0A0B0C', '00FF00FF', 'EF', '534E4F57'])
        : Array.from({ length: integer(random, 0, 4) }, () => pick(random, ['00', '01', 'AB', 'BA', 'FF'])).join('');
    case 'variant':
      return pick(random, variants);
    case 'array':
      return Array.from({ length: integer(random, 0, 4) }, () => randomElement(random, type.of));
    case 'element':
      return randomElement(random, type.of);
    case 'null':
      return null;
  }
}

function randomNumber(random: Random, type: Extract<SqlType, { kind: 'number' }>, small: boolean): bigint {
  const digits = Math.min(type.precision, small ? 3 + type.scale : type.precision);
  const length = integer(random, 0, digits);
  let value = 0n;
  for (let i = 0; i < length; i++) value = value * 10n + BigInt(integer(random, 0, 9));
  if (random() < 0.15) value = pow10(digits) - 1n;
  // Halves at every scale are where roundings differ.
  if (random() < 0.3 && length > 2) value = (value / 10n) * 10n + 5n;
  return random() < 0.4 ? -value : value;
}

const edges = [
  '1970-01-01 00:00:00',
  '1969-12-31 23:59:59.999999',
  '1969-12-29 00:00:00',
  '2024-02-29 12:30:00.5',
  '2017-01-01 23:59:59',
  '1900-01-01 00:00:00',
  '2016-12-31 23:59:59.999',
].map((text) => parseTimestamp(text) as bigint);

function randomTimestamp(random: Random): bigint {
  if (random() < 0.25) return pick(random, edges) + BigInt(integer(random, -1, 1));
  const seconds = BigInt(integer(random, -2_000_000_000, 4_000_000_000));
  return seconds * 1_000_000n + BigInt(random() < 0.5 ? 0 : integer(random, 0, 999_999));
}
