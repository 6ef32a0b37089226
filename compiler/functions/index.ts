/** Every function and operator that features may use. Adding one is a row in a family file. */
import { arithmeticRows } from './arithmetic.ts';
import { comparisonRows } from './comparison.ts';
import { conditionalRows } from './conditional.ts';
import { countRows } from './counts.ts';
import type { FunctionRow } from './define.ts';
import { divisionRows } from './division.ts';
import { extremeRows } from './extremes.ts';
import { logicRows } from './logic.ts';
import { rankingRows } from './ranking.ts';
import { sumRows } from './sums.ts';
import { timeShiftRows } from './time-shift.ts';
import { timeTruncationRows } from './time-truncation.ts';

export const functionRows: readonly FunctionRow[] = [
  ...arithmeticRows,
  ...divisionRows,
  ...comparisonRows,
  ...logicRows,
  ...conditionalRows,
  ...timeShiftRows,
  ...timeTruncationRows,
  ...countRows,
  ...sumRows,
  ...extremeRows,
  ...rankingRows,
];

const byName = new Map(functionRows.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const)));

/** By name or alias, in upper case. */
export function findFunction(name: string): FunctionRow | undefined {
  return byName.get(name);
}
