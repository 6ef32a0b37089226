/** What arguments rows of BINARY are tried with. */
import { bytes, number, varchar } from '../../compiler/sql-type.ts';
import { integer, pick, type Random } from './random-values.ts';
import type { Draw, Shape } from './scalar-shapes.ts';

const some: Draw = { type: bytes };
const literal = (...texts: readonly string[]): ((random: Random) => Draw) => {
  return (random) => ({ type: varchar, literal: pick(random, texts) });
};
const places: Draw = { type: number(9), among: [-5n, -3n, -2n, -1n, 0n, 1n, 2n, 3n, 4n, 9n] };
const place = (random: Random): Draw => (random() < 0.5 ? places : { type: number(9), literal: String(integer(random, -3, 6)) });
const fixed =
  (...draws: Draw[]): Shape =>
  () =>
    draws;
const written: Draw = {
  type: varchar,
  among: ['', '41', 'c3a9', 'ABCDef', 'zz', '4', 'FF', 'a ', '00e9', 'SEVMTE8=', 'w6k=', 'YQ=', '!!!!'],
};
const bits: Shape = (random) => [some, some, literal('LEFT', 'RIGHT', 'left')(random)];

/** Rows that have a form of BINARY beside that of text or numbers. */
export const bytesShapes: Readonly<Record<string, Shape>> = {
  LENGTH: fixed(some),
  OCTET_LENGTH: fixed(some),
  BIT_LENGTH: fixed(some),
  HEX_ENCODE: (random) => (random() < 0.5 ? [some] : [some, { type: number(1), literal: pick(random, ['0', '1']) }]),
  BASE64_ENCODE: fixed(some),
  TO_CHAR: (random) => (random() < 0.3 ? [some] : [some, literal('HEX', 'hex', 'base64')(random)]),
  LEFT: (random) => [some, place(random)],
  RIGHT: (random) => [some, place(random)],
  SUBSTR: (random) => (random() < 0.5 ? [some, place(random)] : [some, place(random), place(random)]),
  LPAD: (random) => [some, place(random), some],
  RPAD: (random) => [some, place(random), some],
  '||': fixed(some, some),
  CONCAT: fixed(some, some),
  POSITION: fixed(some, some),
  CHARINDEX: fixed(some, some),
  BITAND: bits,
  BITOR: bits,
  BITXOR: bits,
};

export const ofBytes: Readonly<Record<string, Shape>> = {
  TO_BINARY: (random) => [pick(random, [written, { type: varchar }]), literal('HEX', 'utf-8', 'UTF8', 'BASE64')(random)],
  TRY_TO_BINARY: (random) => (random() < 0.4 ? [written] : [pick(random, [written, { type: varchar }]), literal('HEX', 'utf-8')(random)]),
  MD5_BINARY: fixed({ type: varchar }),
  SHA1_BINARY: fixed({ type: varchar }),
  SHA2_BINARY: (random) => (random() < 0.5 ? [{ type: varchar }] : [{ type: varchar }, { type: number(3), literal: '256' }]),
};
