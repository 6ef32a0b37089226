/** How a night's budget is spread, and when it is used up: by hand. */
import { expect, test } from 'vitest';
import { byRisk, type LastVerdict, riskOf, secondsFor, usedUp } from '../../runners/parity/budget.ts';
import { openMeter } from '../../runners/parity/meter.ts';

const last = (version: string, verdict: LastVerdict['verdict'], startedAt = '2026-01-01T00:00:00.000000'): LastVerdict => ({
  version,
  verdict,
  startedAt,
});

test('red first, then new and changed, then what was proven, the longest ago first; otherwise as given', () => {
  const verdicts: Readonly<Record<string, LastVerdict>> = {
    proven: last('v1', 'PROVEN', '2026-01-02T00:00:00.000000'),
    violated: last('v1', 'VIOLATED'),
    changed: last('v0', 'PROVEN'),
    undecided: last('v1', 'UNDECIDED'),
    longAgo: last('v1', 'PROVEN'),
  };
  const names = ['proven', 'fresh', 'violated', 'changed', 'undecided', 'longAgo'];
  expect(
    byRisk(
      names,
      () => 'v1',
      (name) => verdicts[name],
    ),
  ).toEqual(['violated', 'undecided', 'fresh', 'changed', 'longAgo', 'proven']);
  expect(names.map((name) => riskOf('v1', verdicts[name]))).toEqual(['proven', 'new', 'red', 'new', 'red', 'proven']);
});

test('of what is left each may take its share, and what it leaves goes on', () => {
  expect(secondsFor(80, ['red', 'new', 'proven'])).toBe(40);
  // It took ten.
  expect(secondsFor(70, ['new', 'proven'])).toBe(52.5);
  expect(secondsFor(60, ['proven'])).toBe(60);
  expect(secondsFor(-1, ['red'])).toBe(0);
});

test('each part of the budget by itself', () => {
  const none = { seconds: null, queries: null, credits: null };
  const spent = { queries: 10, warehouseSeconds: 900 };
  expect(usedUp(none, 1e9, spent, 4)).toBeNull();
  expect([usedUp({ ...none, seconds: 60 }, 59.9, spent, 0), usedUp({ ...none, seconds: 60 }, 60, spent, 0)]).toEqual([null, '60 s']);
  expect([usedUp({ ...none, queries: 11 }, 0, spent, 0), usedUp({ ...none, queries: 10 }, 0, spent, 0)]).toEqual([null, '10 queries']);
  // A quarter of an hour of four credits an hour.
  expect([usedUp({ ...none, credits: 1.01 }, 0, spent, 4), usedUp({ ...none, credits: 1 }, 0, spent, 4)]).toEqual([null, '1 credits']);
});

test('the meter counts what fails, too', async () => {
  const meter = openMeter();
  meter.asked();
  await expect(meter.onWarehouse(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(meter.spent().queries).toBe(2);
  expect(meter.spent().warehouseSeconds).toBeGreaterThanOrEqual(0);
});
