/** Which entities are asked, which value is p99, and what of the engine's profile counts as which stage. */
import { expect, test } from 'vitest';
import { readEngineProfile } from '../../runners/profile/engine-profile.ts';
import { quantile } from '../../runners/profile/quantile.ts';
import { evenly, requestOf } from '../../runners/profile/requests.ts';

test('evenly from the lightest to the heaviest', () => {
  const all = Array.from({ length: 11 }, (_, i) => i);
  expect(evenly(all, 3)).toEqual([0, 5, 10]);
  expect(evenly(all, 11)).toEqual(all);
  expect(evenly(all, 20)).toEqual(all);
  expect(evenly(all, 1)).toEqual([10]);
});

const spine = Array.from({ length: 10 }, (_, i) => ({ entity: [`e${i}`], asOf: 0n }));
const asked = (size: number, index: number, count: number) =>
  requestOf(spine, size, index, count).map((row) => Number(String(row.entity[0]).slice(1)));

test('one at a time: all in turn, or from all over where there are fewer requests', () => {
  expect(Array.from({ length: 12 }, (_, i) => asked(1, i, 12)).flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  expect(Array.from({ length: 3 }, (_, i) => asked(1, i, 3)).flat()).toEqual([0, 5, 9]);
});

test('several together are from all over, each once', () => {
  expect(asked(5, 0, 200)).toEqual([0, 2, 4, 6, 8]);
  expect(asked(5, 1, 200)).toEqual([1, 3, 5, 7, 9]);
  expect([...asked(10, 3, 200)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a quantile is a value that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(quantile(hundred, 0.99)).toBe(99);
  expect(quantile(hundred, 0.5)).toBe(50);
  expect(quantile([3, 1, 2], 0.99)).toBe(3);
  expect(quantile([7], 0.5)).toBe(7);
});

const operator = (operator_type: string, operator_timing: number, extra_info: object = {}, children: readonly object[] = []) => ({
  operator_type,
  operator_timing,
  operator_rows_scanned: 5,
  extra_info,
  children,
});

test('stages of an execution are together its latency', () => {
  const root = {
    latency: 1,
    planner: 0.1,
    all_optimizers: 0.2,
    physical_planner: 0.05,
    children: [
      operator('ORDER_BY', 0.01, {}, [
        operator('HASH_JOIN', 0.04, {}, [
          operator('TABLE_SCAN', 0.1, { Table: 'lockstep_store.main."views"' }),
          operator('TABLE_SCAN', 0.05, { Table: 'lockstep_store.main.CHATS' }),
          operator('TABLE_SCAN', 0.02, { Function: 'DUCKDB_SETTINGS' }),
        ]),
        operator('PERFECT_HASH_GROUP_BY', 0.03),
        operator('STREAMING_WINDOW', 0.06),
      ]),
    ],
  };
  const { stages, scans } = readEngineProfile(JSON.stringify(root));
  expect(scans).toEqual([
    { table: 'views', rows: 5 },
    { table: 'CHATS', rows: 5 },
  ]);
  const rounded = Object.fromEntries(Object.entries(stages).map(([stage, ms]) => [stage, Math.round(ms)]));
  expect(rounded).toEqual({ plan: 350, scan: 150, join: 40, aggregate: 30, window: 60, rest: 370 });
});
