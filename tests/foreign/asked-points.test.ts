/** At which points a table is compared: each of its rows, and where there is none as often as there is room. */
import { expect, test } from 'vitest';
import { pointText, type SpineRow } from '../../runners/data/spine.ts';
import { logicLimits } from '../../runners/parity/sample.ts';
import { pointsOfTable } from '../../runners/parity/sampling/asked-points.ts';

const entities = ['a', 'b', 'c', 'd', 'e'];
/** `a` at all 30 instants, the others at every fifth. */
const rows = entities.flatMap((e): readonly SpineRow[] =>
  Array.from({ length: 30 }, (_, t) => ({ entity: [e], asOf: BigInt(t) })).filter((row) => e === 'a' || row.asOf % 5n === 0n),
);
const table = { name: 't.csv', sha256: '', points: rows, answers: new Map(rows.map((row) => [pointText(row), []])), built: null };
const asked = (limits: { readonly points: number; readonly instants: number; readonly judged: number }, seed = '1') =>
  pointsOfTable(table, { interval: undefined, seed, limits: { ...logicLimits, ...limits } });

test('few instants: every entity at each of them', () => {
  const all = asked({ points: 1000, instants: 4, judged: 30 });
  expect(all?.instants.length).toBe(30);
  expect(all?.entities).toEqual(entities.map((e) => [e]));
  expect(all?.of(['b']).length).toBe(30);
  expect(all).toMatchObject({ interval: [0n, 30n], each: 30, text: 'at the 30 instants of the table' });
});

test('many: as many as there is room for, and every row', () => {
  // 54 rows, and room for 46 points more: 9 for each of 5 entities.
  const some = asked({ points: 100, instants: 4, judged: 30 });
  expect(some?.instants.length).toBe(9);
  expect(some?.text).toBe('at the 30 instants of the table (at 9 of them also without a row)');
  for (const e of entities) {
    const own = rows.filter((row) => row.entity[0] === e).map((row) => row.asOf);
    expect(new Set(some?.of([e]))).toEqual(new Set([...own, ...(some?.instants ?? [])]));
  }
  const mean = entities.reduce((sum, e) => sum + (some?.of([e]).length ?? 0), 0) / entities.length;
  expect(some?.each).toBe(Math.ceil(mean));
  expect(asked({ points: 60, instants: 4, judged: 30 })?.instants.length).toBe(4);
  expect(asked({ points: 1000, instants: 4, judged: 12 })?.instants.length).toBe(12);
});

test('the same for the same seed', () => {
  const limits = { points: 100, instants: 4, judged: 30 };
  expect(asked(limits)?.instants).toEqual(asked(limits)?.instants);
  expect(asked(limits, '2')?.instants).not.toEqual(asked(limits)?.instants);
});
