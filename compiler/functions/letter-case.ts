/**
 * Capitals and small letters: one letter for one, as in Unicode 15, wherever a text has it and whatever its language. A letter
 * whose other case is several letters stays as it is, and so does one that got its other case later: engines are of different
 * years, and of different minds about the first kind.
 */
import type { Value } from '../value.ts';

export const oneForOne =
  'one letter for one by Unicode 15; a letter whose other case is several letters, or newer than that, stays as it is';

type Range = readonly [first: number, last: number];

const points = (...ranges: readonly (number | Range)[]): readonly Range[] => ranges.map((r) => (typeof r === 'number' ? [r, r] : r));

/** Their other case is several letters: ß and Greek with iota subscript; İ. */
export const severalInUpper = points(0xdf, [0x1f80, 0x1f87], [0x1f90, 0x1f97], [0x1fa0, 0x1fa7], 0x1fb3, 0x1fc3, 0x1ff3);
export const severalInLower = points(0x130);

/** Not all engines leave them in UPPER: besides, those with a case since Unicode 16 and 17. */
export const keptInUpper: readonly Range[] = [
  ...severalInUpper,
  ...points(0x19b, 0x264, 0x1c8a, 0xa7cd, 0xa7cf, 0xa7d3, 0xa7d5, 0xa7db, [0x10d70, 0x10d85], [0x16ebb, 0x16ed3]),
];

export const keptInLower: readonly Range[] = [
  ...severalInLower,
  ...points(0x1c89, 0xa7cb, 0xa7cc, 0xa7ce, 0xa7d2, 0xa7d4, 0xa7da, 0xa7dc, [0x10d50, 0x10d65], [0x16ea0, 0x16eb8]),
];

export const lettersOf = (ranges: readonly Range[]): readonly string[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)));

const written = (ranges: readonly Range[], one: (point: number) => string): string =>
  ranges.map(([first, last]) => (first === last ? one(first) : `${one(first)}-${one(last)}`)).join('');
const hex = (point: number, digits: number): string => point.toString(16).toUpperCase().padStart(digits, '0');

/** What stands between the brackets of a class: for RE2 (DuckDB, ClickHouse), and for Postgres. */
export const re2Letters = (ranges: readonly Range[]): string => written(ranges, (point) => `\\x{${hex(point, 2)}}`);
export const postgresLetters = (ranges: readonly Range[]): string =>
  written(ranges, (point) => (point > 0xffff ? `\\U${hex(point, 8)}` : `\\u${hex(point, 4)}`));

function mapped(text: Value | undefined, kept: readonly Range[], convert: (character: string) => string): string {
  return [...(text as string)]
    .map((character) => {
      const point = character.codePointAt(0) as number;
      const other = convert(character);
      return [...other].length === 1 && !kept.some(([first, last]) => first <= point && point <= last) ? other : character;
    })
    .join('');
}

export const inUpper = (text: Value | undefined): string => mapped(text, keptInUpper, (c) => c.toUpperCase());
export const inLower = (text: Value | undefined): string => mapped(text, keptInLower, (c) => c.toLowerCase());
