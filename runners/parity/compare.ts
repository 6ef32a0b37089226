/** Comparing what two forms say about the same points. Pure. */
import type { OutputColumn } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import type { Cause } from './causes/cause.ts';

/** default: one side says what it would say without any event, and the other does not. */
export type Outcome = 'equal' | 'different' | 'missing_batch' | 'missing_stream' | 'null_vs_value' | 'default' | 'error' | 'timeout';

export interface Difference {
  readonly row: number;
  readonly column: string;
  readonly left: Value;
  readonly right: Value;
  readonly outcome: Outcome;
  /** Where it was looked for. */
  readonly cause?: Cause | undefined;
}

export interface Comparison {
  readonly points: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly differences: readonly Difference[];
  /** Points with some difference. */
  readonly mismatches: number;
}

type Answers = readonly (readonly Value[] | undefined)[];

/** How far apart two FLOATs may be, at a row and in an output, by their places. */
export type Allowed = (row: number, output: number, a: number, b: number) => number;

/** Where nothing is known of the numbers that were added up. */
export const usualShare = 1e-9;
export const usual: Allowed = (_row, _output, a, b) => usualShare * Math.max(Math.abs(a), Math.abs(b));

/** `left` and `right` answer the same points in the same order. `allowed`: for outputs whose last bits depend on the order of additions or a math library. */
export function compare(outputs: readonly OutputColumn[], left: Answers, right: Answers, allowed: Allowed = usual): Comparison {
  const outcomes = { equal: 0, different: 0, missing_batch: 0, missing_stream: 0, null_vs_value: 0, default: 0, error: 0, timeout: 0 };
  const differences: Difference[] = [];
  const points = Math.max(left.length, right.length);
  const bad = new Set<number>();
  for (let row = 0; row < points; row++) {
    outputs.forEach((output, i) => {
      const [a, b] = [left[row], right[row]];
      const outcome =
        a === undefined
          ? 'missing_batch'
          : b === undefined
            ? 'missing_stream'
            : outcomeOf(output, a[i] ?? null, b[i] ?? null, (x, y) => allowed(row, i, x, y));
      outcomes[outcome] += 1;
      if (outcome === 'equal') return;
      bad.add(row);
      differences.push({ row, column: output.name, left: a?.[i] ?? null, right: b?.[i] ?? null, outcome });
    });
  }
  return { points, outcomes, differences, mismatches: bad.size };
}

function outcomeOf(output: OutputColumn, a: Value, b: Value, allowed: (a: number, b: number) => number): Outcome {
  if (a === b || (typeof a === 'number' && typeof b === 'number' && (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b)))))
    return 'equal';
  if (a === null || b === null) return 'null_vs_value';
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((x, i) => outcomeOf(output, x, b[i], allowed) === 'equal') ? 'equal' : 'different';
  if (output.exactness !== 'tolerance' || typeof a !== 'number' || typeof b !== 'number') return 'different';
  const bound = allowed(a, b);
  // Near an infinity is nothing but itself, though a share of it is infinite, too.
  return Number.isFinite(bound) && Math.abs(a - b) <= bound ? 'equal' : 'different';
}
