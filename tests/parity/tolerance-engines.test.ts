/** FLOATs of pairs and of windows: engines and the reference are within the bound that the data give, and it is no wider than it must be. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../compiler/value.ts';
import { compare } from '../../runners/parity/compare.ts';
import { compareForms } from '../../runners/parity/compare-forms.ts';
import { openForms } from '../../runners/parity/logic.ts';
import { openSides } from '../../runners/parity/sides.ts';
import { floatBounds } from '../../runners/parity/tolerance.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { prepare } from '../support/forms.ts';

const readings = (sql: string) =>
  prepare({
    sources: `streams:
  readings:
    warehouse: raw.readings
    key: id
    event_time: read_at
    columns: { id: VARCHAR, sensor: VARCHAR, y: FLOAT, x: FLOAT, read_at: TIMESTAMP_NTZ }
`,
    feature: `/*---\nentity: sensor\nwaive: [{ code: float-taint, reason: a test }]\n---*/\n${sql}\n`,
  });

const pairs =
  readings(`SELECT sensor, CORR(y, x) AS r, COVAR_POP(y, x) AS cp, COVAR_SAMP(y, x) AS cs, REGR_SLOPE(y, x) AS b, REGR_INTERCEPT(y, x) AS a,
  REGR_R2(y, x) AS r2, REGR_AVGX(y, x) AS mx, REGR_AVGY(y, x) AS my, REGR_SXX(y, x) AS sxx, REGR_SYY(y, x) AS syy, REGR_SXY(y, x) AS sxy
FROM readings GROUP BY sensor`);
const windows = readings(`WITH ran AS (
  SELECT sensor, read_at, x, SUM(x) OVER (PARTITION BY sensor ORDER BY read_at, id ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS four,
    AVG(x) OVER (PARTITION BY sensor ORDER BY read_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS mean
  FROM readings
)
SELECT sensor, SUM(four) AS total, STDDEV(mean) AS wander, AVG(four - 4 * mean) AS apart FROM ran GROUP BY sensor`);

type Prepared = typeof pairs;
type Values = readonly (readonly [number, number])[];
const asOf = 1_000_000_000n;
const row = { entity: ['s0'], asOf };
/** Each list is a sensor's. */
const eventsOf = (...lists: readonly Values[]) =>
  new Map([
    [
      'readings',
      {
        columns: ['ID', 'SENSOR', 'Y', 'X', 'READ_AT'],
        rows: lists.flatMap((values, n) => values.map(([y, x], i): readonly Value[] => [`r${n}-${i}`, `s${n}`, y, x, BigInt(i * 1000)])),
      },
    ],
  ]);

/** Around a mean that is large against what they differ by: what rounding loses is then much more than 1e-9. */
const lists = fc.array(
  fc
    .tuple(
      fc.constantFrom(0, 1e3, 1e8, -1e12),
      fc.array(fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -1e6, max: 1e6 })), { minLength: 4, maxLength: 40 }),
    )
    .map(([mean, values]) => values.map(([y, x]): readonly [number, number] => [mean + y / 7e6, mean + x / 3e6])),
  { minLength: 60, maxLength: 60 },
);

async function answersOf({ compiled, catalog }: Prepared, values: readonly Values[], batch: 'duckdb' | 'postgres') {
  const events = eventsOf(...values);
  const sides = await openSides(catalog, events, events, { batch, stream: 'duckdb' });
  try {
    const forms = await openForms(compiled, compiledLambda(compiled, catalog), sides);
    return await forms.answer(values.map((_, n) => ({ entity: [`s${n}`], asOf })));
  } finally {
    sides.close();
  }
}

test.each([
  ['pairs', 'duckdb', pairs],
  ['pairs', 'postgres', pairs],
  ['windows', 'duckdb', windows],
  ['windows', 'postgres', windows],
] as const)('%s: batch on %s, the lambda and the reference agree within the bound', async (_, engine, prepared) => {
  const [values = []] = fc.sample(lists, { seed: 20261122, numRuns: 1 });
  expect(values).toHaveLength(60);
  const { batchAgainstLambda, referenceAgainstBatch } = await answersOf(prepared, values, engine);
  expect([...batchAgainstLambda.differences, ...referenceAgainstBatch.differences]).toEqual([]);
  expect(referenceAgainstBatch.points).toBe(60);
});

test('a fixed 1e-9 would call rounding a difference', async () => {
  const values = Array.from({ length: 30 }, (_, i): readonly [number, number] => [1e8 + Math.sin(i * 7), 1e8 + Math.cos(i * 3) / 3]);
  const { batch, batchAgainstLambda, referenceAgainstBatch } = await answersOf(pairs, [values], 'postgres');
  const [own] = (await answersOf(pairs, [values], 'duckdb')).batch;
  expect(compare(pairs.compiled.feature.outputs, [own], batch).mismatches).toBe(1);
  expect(batchAgainstLambda.mismatches + referenceAgainstBatch.mismatches).toBe(0);
});

test.each([
  ['pairs', pairs],
  ['windows', windows],
])('%s: numbers of one size have a bound of a few digits more than their own, and what is beyond it differs', (_, prepared) => {
  const { feature } = prepared.compiled;
  const values = Array.from({ length: 20 }, (_, i): readonly [number, number] => [Math.sin(i) + 2, Math.cos(i * i) + 2]);
  const [bounds = []] = floatBounds(feature, prepared.catalog, eventsOf(values), [row]) ?? [];
  expect(bounds).toHaveLength(feature.outputs.length);
  for (const bound of bounds) expect(bound).toBeGreaterThan(0);
  for (const bound of bounds) expect(bound).toBeLessThan(1e-11);
  const right = feature.outputs.map((_, i) => i + 1);
  const wrong = right.map((value, i) => value + 3 * (bounds[i] as number) + 1e-11);
  const found = compareForms(feature, prepared.catalog, eventsOf(values), [row], [right], [wrong]);
  expect(found.differences).toHaveLength(feature.outputs.length);
});

test('of sums that are compared with each other each is off by itself', () => {
  const { compiled, catalog } = readings(`WITH sides AS (
  SELECT sensor, IFF(y > 0, 'above', 'below') AS side, SUM(x) AS total FROM readings GROUP BY sensor, IFF(y > 0, 'above', 'below')
)
SELECT sensor, MAX(total) - MIN(total) AS span FROM sides GROUP BY sensor`);
  const values = Array.from({ length: 40 }, (_, i): readonly [number, number] => [i % 2 === 0 ? 1 : -1, 1e8]);
  const [bounds = []] = floatBounds(compiled.feature, catalog, eventsOf(values), [row]) ?? [];
  // Twenty numbers of 1e8 on each side: 28 roundings of 2e9, about 6e-6.
  expect(bounds[0]).toBeGreaterThan(6e-6);
});

test('bounds are asked for wherever they decide, at however many instants', async () => {
  const { compiled, catalog } = readings('SELECT sensor, VAR_POP(x) AS v, CORR(y, x) AS r FROM readings GROUP BY sensor');
  const values = Array.from({ length: 30 }, (_, i): readonly [number, number] => [1e8 + Math.sin(i * 7), 1e8 + Math.cos(i * 3) / 3]);
  const sides = await openSides(catalog, eventsOf(values), eventsOf(values), { batch: 'postgres', stream: 'duckdb' });
  try {
    const forms = await openForms(compiled, compiledLambda(compiled, catalog), sides);
    const spine = Array.from({ length: 150 }, (_, i) => ({ entity: ['s0'], asOf: asOf + BigInt(i) }));
    const { batch, lambda, batchAgainstLambda, referenceAgainstBatch } = await forms.answer(spine);
    expect(compare(compiled.feature.outputs, batch, lambda).mismatches).toBe(150);
    expect([batchAgainstLambda.mismatches, referenceAgainstBatch.mismatches]).toEqual([0, 0]);
  } finally {
    sides.close();
  }
});
