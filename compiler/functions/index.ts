/** Every function and operator that features may use. Adding one is a row in a family file. */
import { arithmeticRows } from './arithmetic.ts';
import { arrayAggregateRows } from './array-agg.ts';
import { arrayEditRows } from './array-edits.ts';
import { arrayRows } from './arrays.ts';
import { bitRows } from './bits.ts';
import { boolAggregateRows } from './bool-aggregates.ts';
import { boolFunctionRows } from './bool-functions.ts';
import { bytesRows } from './bytes.ts';
import { orOfBytes } from './bytes-forms.ts';
import { comparisonRows } from './comparison.ts';
import { conditionalRows } from './conditional.ts';
import { convertTimezoneRows } from './convert-timezone.ts';
import { countRows } from './counts.ts';
import type { FunctionRow } from './define.ts';
import { divisionRows } from './division.ts';
import { eventRows } from './events.ts';
import { extremeRows } from './extremes.ts';
import { floatRows } from './float-functions.ts';
import { frameValueRows } from './frame-values.ts';
import { jsonRows } from './json.ts';
import { listRows } from './lists.ts';
import { logicRows } from './logic.ts';
import { monthsBetweenRows } from './months-between.ts';
import { nextDayRows } from './next-day.ts';
import { numberReadingRows } from './number-reading.ts';
import { offsetRows } from './offsets.ts';
import { patternRows } from './pattern.ts';
import { percentileRows } from './percentiles.ts';
import { rankingRows } from './ranking.ts';
import { regexpRows } from './regexp.ts';
import { regressionRows } from './regression.ts';
import { roundingRows } from './rounding.ts';
import { spreadRows } from './spread.ts';
import { sumRows } from './sums.ts';
import { textRows } from './text.ts';
import { textCodeRows } from './text-codes.ts';
import { textEditRows } from './text-edits.ts';
import { textHashRows } from './text-hashes.ts';
import { textSearchRows } from './text-search.ts';
import { timeFromPartsRows } from './time-from-parts.ts';
import { timePartRows } from './time-parts.ts';
import { timeReadingRows } from './time-reading.ts';
import { timeShiftRows } from './time-shift.ts';
import { timeTruncationRows } from './time-truncation.ts';
import { toCharRows } from './to-char.ts';
import { trigonometryRows } from './trigonometry.ts';
import { wholeNumberRows } from './whole-numbers.ts';

const written: readonly FunctionRow[] = [
  ...arithmeticRows,
  ...divisionRows,
  ...roundingRows,
  ...floatRows,
  ...trigonometryRows,
  ...bitRows,
  ...wholeNumberRows,
  ...comparisonRows,
  ...patternRows,
  ...regexpRows,
  ...logicRows,
  ...conditionalRows,
  ...boolFunctionRows,
  ...textRows,
  ...textSearchRows,
  ...textCodeRows,
  ...textEditRows,
  ...textHashRows,
  ...bytesRows,
  ...toCharRows,
  ...numberReadingRows,
  ...timeShiftRows,
  ...timeTruncationRows,
  ...timePartRows,
  ...timeReadingRows,
  ...timeFromPartsRows,
  ...monthsBetweenRows,
  ...nextDayRows,
  ...convertTimezoneRows,
  ...jsonRows,
  ...arrayRows,
  ...arrayEditRows,
  ...countRows,
  ...sumRows,
  ...extremeRows,
  ...boolAggregateRows,
  ...spreadRows,
  ...percentileRows,
  ...regressionRows,
  ...listRows,
  ...arrayAggregateRows,
  ...rankingRows,
  ...offsetRows,
  ...frameValueRows,
  ...eventRows,
];

export const functionRows: readonly FunctionRow[] = written.map((row) => (row.kind === 'scalar' ? orOfBytes(row) : row));

const byName = new Map(functionRows.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const)));

/** By name or alias, in upper case. */
export function findFunction(name: string): FunctionRow | undefined {
  return byName.get(name);
}
