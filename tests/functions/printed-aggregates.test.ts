/** Aggregates and orders against results that Snowflake printed, or that follow from UTF-8. */
import { expect, test } from 'vitest';
import { compareValues } from '../../compiler/functions/compare-values.ts';
import { findFunction } from '../../compiler/functions/index.ts';
import { number } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';

function aggregate(fn: string, values: readonly Value[], type = number(10, 2)): Value {
  const row = findFunction(fn);
  if (row?.kind !== 'aggregate') throw new Error(`no aggregate ${fn}`);
  const args = [{ type, nullable: true }];
  const signature = row.resolve(args, false);
  if ('refused' in signature) throw new Error(signature.message);
  return row.evaluate(
    values.map((value) => [value]),
    { args, type: signature.type, distinct: false },
  );
}

test('gold:slt.aggregate.stddev.2', () => {
  expect(aggregate('STDDEV', [75n, 50n, 65n])).toBe(0.12583057378872592);
});

test('gold:slt.aggregate.var_samp.1 and var_pop.1: scale 10, one row', () => {
  expect(aggregate('VAR_SAMP', [1000n])).toBe(null);
  expect(aggregate('VAR_POP', [1000n])).toBe(0n);
  expect(aggregate('VAR_SAMP', [1000n, 2000n, 2500n, 3000n])).toBe(729166666667n);
});

test('text goes by code points: U+FFFD is before an emoji, which UTF-16 denies', () => {
  expect(compareValues('\uFFFD', '😀')).toBeLessThan(0);
  expect(compareValues('😀', 'z')).toBeGreaterThan(0);
  expect(compareValues(Number.NaN, Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
});
