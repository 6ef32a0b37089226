/** How far FLOATs may be apart: never less than rounding makes of them, and not much more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../compiler/value.ts';
import { compare } from '../../runners/parity/compare.ts';
import { compareForms } from '../../runners/parity/compare-forms.ts';
import { floatBounds } from '../../runners/parity/tolerance.ts';
import { prepare } from '../support/forms.ts';

const { compiled, catalog } = prepare({
  sources: `streams:
  readings:
    warehouse: raw.readings
    key: id
    event_time: read_at
    columns: { id: VARCHAR, sensor: VARCHAR, value: FLOAT, read_at: TIMESTAMP_NTZ }
`,
  feature: `/*---
entity: sensor
---*/
SELECT sensor, SUM(value) AS total, AVG(value) AS mean, STDDEV(value) AS spread, SUM(value) / NULLIF(COUNT(*), 0) AS each_one
FROM readings
GROUP BY sensor
`,
});
const { feature } = compiled;
const asOf = 1_000_000n;
const row = { entity: ['s'], asOf };

const eventsOf = (values: readonly number[]) =>
  new Map([
    ['readings', { columns: ['ID', 'SENSOR', 'VALUE', 'READ_AT'], rows: values.map((v, i): readonly Value[] => [`r${i}`, 's', v, 0n]) }],
  ]);

function bounds(values: readonly number[]): readonly number[] {
  const [found] = floatBounds(feature, catalog, eventsOf(values), [row]) ?? [];
  if (found === undefined) throw new Error('no bounds');
  return found;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const pairwise = (values: readonly number[]): number =>
  values.length < 3 ? sum(values) : pairwise(values.slice(0, values.length >> 1)) + pairwise(values.slice(values.length >> 1));
/** Every finite double is a whole number of 2^-1074. */
const exact = (values: readonly number[]): bigint => values.reduce((total, v) => total + units(v), 0n);
function units(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = Number((raw >> 52n) & 0x7ffn);
  const mantissa = (raw & 0xfffffffffffffn) | (exponent === 0 ? 0n : 1n << 52n);
  const size = mantissa << BigInt(Math.max(0, exponent - 1));
  return raw >> 63n === 1n ? -size : size;
}

const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);

const numbers = fc.array(
  fc.oneof(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
    fc.constantFrom(1e15, -1e15, 1e15 + 2, 0.1),
  ),
  { minLength: 1, maxLength: 60 },
);
const runs = { seed: 20261122, numRuns: 300 };

describe('a sum', () => {
  test('in any order is within the bound of the exact one, and so of any other', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const [total = 0] = bounds(values);
        const orders = [
          values,
          [...values].reverse(),
          [...values].sort((a, b) => a - b),
          [...values].sort((a, b) => Math.abs(b) - Math.abs(a)),
        ];
        const sums = [...orders.map(sum), pairwise(values)];
        for (const s of sums) expect(distance(units(s), exact(values)) <= units(total)).toBe(true);
        expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(total);
      }),
      runs,
    );
  });

  test('where the numbers cancel the bound goes by the numbers, not by what is left', () => {
    const [total = 0] = bounds([1e15, 0.1, -1e15]);
    expect(sum([1e15, 0.1, -1e15])).not.toBe(sum([1e15, -1e15, 0.1]));
    expect(total).toBeGreaterThan(Math.abs(sum([1e15, 0.1, -1e15]) - 0.1));
    expect(total).toBeLessThan(20);
  });

  test('of a few numbers of one sign it is far tighter than 1e-9', () => {
    const [total = 0, mean = 0, spread = 0, each = 0] = bounds([1.1, 2.2, 3.3, 4.4]);
    expect(total / 11).toBeLessThan(1e-14);
    expect(mean / 2.75).toBeLessThan(1e-14);
    expect(spread / 1.42).toBeLessThan(1e-13);
    expect(each / 2.75).toBeLessThan(1e-14);
  });
});

const answers = (values: readonly number[]): readonly Value[] => {
  const mean = sum(values) / values.length;
  const spread = Math.sqrt(sum(values.map((v) => (v - mean) ** 2)) / (values.length - 1));
  return [sum(values), mean, spread, sum(values) / values.length];
};

test('what is off by more than rounding is different, though a fixed 1e-9 would let it pass', () => {
  const values = [1.1, 2.2, 3.3, 4.4];
  const right = answers(values);
  const wrong = right.map((v) => (v as number) * (1 + 1e-11));
  const found = compareForms(feature, catalog, eventsOf(values), [row], [right], [wrong]);
  expect(found.differences.map((d) => d.column)).toEqual(['TOTAL', 'MEAN', 'SPREAD', 'EACH_ONE']);
  const reordered = answers([4.4, 3.3, 1.1, 2.2]);
  expect(compareForms(feature, catalog, eventsOf(values), [row], [right], [reordered]).mismatches).toBe(0);
});

test('one side that says what it would say of nothing has outcome default', () => {
  const found = compareForms(feature, catalog, eventsOf([2.5]), [row], [[2.5, 2.5, null, 2.5]], [[null, null, null, null]]);
  expect(found.outcomes).toMatchObject({ default: 3, null_vs_value: 0, different: 0, equal: 1 });
});

test('nothing is near an infinity but itself, and a bound without end allows nothing', () => {
  const [total] = feature.outputs;
  if (total === undefined) throw new Error('no output');
  const differ = (a: number, b: number, bound?: number): number =>
    compare([total], [[a]], [[b]], bound === undefined ? undefined : () => bound).mismatches;
  const infinity = Number.POSITIVE_INFINITY;
  expect([differ(-infinity, 35), differ(infinity, 30), differ(infinity, -infinity), differ(35, infinity)]).toEqual([1, 1, 1, 1]);
  expect([differ(infinity, infinity), differ(Number.NaN, Number.NaN), differ(1, 1.5, 1)]).toEqual([0, 0, 0]);
  expect([differ(1, 5, infinity), differ(1, 5, Number.NaN), differ(Number.NaN, 5)]).toEqual([1, 1, 1]);
});
