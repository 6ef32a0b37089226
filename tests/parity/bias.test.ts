/** The sign test, and FLOATs that drift while each stays within rounding. */
import { describe, expect, test } from 'vitest';
import type { Value } from '../../compiler/value.ts';
import { biasOf, signTest } from '../../runners/parity/bias.ts';
import { compareForms } from '../../runners/parity/compare-forms.ts';
import { prepare } from '../support/forms.ts';

test('the sign test gives what the binomial distribution gives', () => {
  // By hand: 2 · (1 + 10) / 2^10, 2 / 2^20, and everything.
  expect(signTest(1, 9)).toBeCloseTo(22 / 1024, 12);
  expect(signTest(20, 0)).toBeCloseTo(2 / 2 ** 20, 15);
  expect(signTest(5, 5)).toBe(1);
  expect(signTest(0, 0)).toBe(1);
});

const { compiled, catalog } = prepare({
  sources: `streams:
  readings:
    warehouse: raw.readings
    key: id
    event_time: read_at
    columns: { id: VARCHAR, sensor: VARCHAR, value: FLOAT, read_at: TIMESTAMP_NTZ }
`,
  feature: '/*---\nentity: sensor\n---*/\nSELECT sensor, SUM(value) AS total FROM readings GROUP BY sensor\n',
});
const { feature } = compiled;
const sensors = Array.from({ length: 60 }, (_, i) => `s${i}`);
const readings = sensors.flatMap((sensor, s) =>
  Array.from({ length: 8 }, (_, i): readonly Value[] => [`${sensor}-${i}`, sensor, (s * 7 + i * 13 + 1) / 3, 0n]),
);
const events = new Map([['readings', { columns: ['ID', 'SENSOR', 'VALUE', 'READ_AT'], rows: readings }]]);
const spine = sensors.map((sensor) => ({ entity: [sensor], asOf: 1_000_000n }));
const batch = sensors.map((sensor): readonly Value[] => [
  readings.filter((row) => row[1] === sensor).reduce((total, row) => total + (row[2] as number), 0),
]);

/** Of a sum, in units in the last place. */
const moved = (by: (i: number) => number): readonly (readonly Value[])[] =>
  batch.map(([total], i) => [(total as number) + by(i) * 2 ** (Math.floor(Math.log2(total as number)) - 52)]);

const found = (lambda: readonly (readonly Value[])[]) => {
  const comparison = compareForms(feature, catalog, events, spine, batch, lambda);
  expect(comparison.mismatches).toBe(0);
  return biasOf(feature, catalog, events, spine, {
    batch,
    lambda,
    batchAgainstLambda: comparison,
    referenceAgainstBatch: comparison,
    changes: new Map(),
  });
};

describe('sums that are off in the last place', () => {
  test('now above and now below: no bias', () => expect(found(moved((i) => (i % 2 === 0 ? 2 : -2)))).toEqual([]));
  test('always above: bias', () =>
    expect(found(moved(() => 2))).toEqual([expect.objectContaining({ column: 'TOTAL', above: 60, below: 0 })]));
  test('nothing is off: no bias', () => expect(found(batch)).toEqual([]));
});
