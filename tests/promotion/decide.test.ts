/** When a tag may move: for each thing that must be so, the verdict that lacks it. */
import { expect, test } from 'vitest';
import { defaultPromotion } from '../../compiler/authoring/promotion.ts';
import { decide } from '../../runners/promotion/decide.ts';
import type { BatchHalf, Evidence } from '../../runners/promotion/evidence.ts';
import { guardTag } from '../../runners/promotion/guard.ts';

const hour = 3_600_000_000n;
/** 2026-03-02 12:00 UTC. */
const now = BigInt(Date.UTC(2026, 2, 2, 12)) * 1000n;
const candidate = { feature: 'f', version: 'v2', lambdaSha256: 'sql of v2', engine: 'duckdb 1.5.6' };
const batch: BatchHalf = { models: { dbt_snowflake: 'model', dbt_duckdb: 'other model' }, target: 0.001, confidence: 0.95 };

const proven: Evidence = {
  run: 'r1',
  startedAt: '2026-03-02T01:00:00.000000',
  mode: 'logic',
  verdict: 'PROVEN',
  version: 'v2',
  batchVersion: 'v2',
  lambdaVersion: 'v2',
  artifacts: { lambda: 'sql of v2', dbt_snowflake: 'model', dbt_duckdb: 'other model' },
  causes: {},
  batchEngine: 'duckdb 1.5.6',
  streamEngine: 'duckdb 1.5.6',
  chosenPoints: false,
  interval: null,
  samples: 5000,
  census: false,
  upperBound: 0.0009,
  target: 0.001,
  confidence: 0.95,
};
const at = (startedAt: string, more: Partial<Evidence> = {}): Evidence => ({ ...proven, startedAt, run: startedAt, ...more });
const on = (evidence: readonly Evidence[], rules = defaultPromotion) => decide(candidate, evidence, rules, now, batch);
const because = (evidence: readonly Evidence[], rules = defaultPromotion): string => {
  const decision = on(evidence, rules);
  return decision.allowed ? `allowed on ${decision.on.run}` : decision.because;
};

test('a fresh verdict about exactly this pair', () => {
  expect(on([proven])).toEqual({ allowed: true, on: proven });
  expect(decide(candidate, [proven], defaultPromotion, now, null)).toEqual({ allowed: true, on: proven });
});

test('no verdict, or one about something else', () => {
  expect(because([])).toBe('no run of parity compared f');
  const others: readonly [Partial<Evidence>, string][] = [
    [{ version: 'v1' }, 'compared version v1'],
    [{ lambdaVersion: 'v1' }, 'had a lambda of version v1'],
    [{ batchVersion: 'v1, v2' }, "had batch's rows of version v1, v2"],
    [{ artifacts: { ...proven.artifacts, lambda: 'changed' } }, 'compared a lambda with other SQL'],
    [{ artifacts: { dbt_snowflake: 'model' } }, 'did not note which lambda answered'],
    [{ artifacts: { ...proven.artifacts, dbt_snowflake: 'changed' } }, 'compared another model (dbt_snowflake)'],
    [{ streamEngine: 'duckdb 1.6.0' }, 'asked the lambda of duckdb 1.6.0, and the server has duckdb 1.5.6'],
  ];
  for (const [other, why] of others) expect(because([{ ...proven, ...other }])).toBe(`no verdict is about this pair: run r1 ${why}`);
});

test('the engine of batch that must be shown', () => {
  const rules = { ...defaultPromotion, batchEngine: 'snowflake' };
  expect(because([proven], rules)).toBe('no verdict is about this pair: run r1 asked duckdb 1.5.6 for batch, and snowflake is to be shown');
  expect(because([{ ...proven, batchEngine: 'snowflake, tables of prod' }], rules)).toBe('allowed on r1');
  expect(because([{ ...proven, batchEngine: 'snowflakes' }], rules)).toContain('is to be shown');
});

test('less than was promised: an aim, a confidence, points that somebody chose', () => {
  expect(because([{ ...proven, target: 0.01 }])).toBe('run r1 aimed at 0.01, and the feature promises 0.001');
  expect(because([{ ...proven, confidence: 0.9 }])).toBe('run r1 was content with a confidence of 0.9, and the feature has 0.95');
  expect(because([{ ...proven, chosenPoints: true }])).toBe('run r1 compared points that somebody chose, and says nothing of others');
  expect(because([{ ...proven, target: 0.0001, confidence: 0.99 }])).toBe('allowed on r1');
});

test('too old, to the microsecond; or from the future', () => {
  const startedAt = Number(now - 26n * hour) / 1000;
  const just = new Date(startedAt).toISOString().replace('Z', '000');
  expect(because([at(just)])).toBe(`allowed on ${just}`);
  const older = `${new Date(startedAt - 1).toISOString().slice(0, 20)}999999`;
  expect(because([at(older)])).toBe(`run ${older}, which proved it, is of ${older}: older than 26 hours`);
  expect(because([at('2026-03-02T12:04:59.000000')])).toMatch(/^allowed/);
  expect(because([at('2026-03-02T12:05:00.000001')])).toContain('begins in the future');
  expect(because([at('2026-03-02T11:00:00.000000')], { ...defaultPromotion, within: hour })).toMatch(/^allowed/);
  expect(because([at('2026-03-02T10:59:59.999999')], { ...defaultPromotion, within: hour })).toContain('older than an hour');
});

test('the newest verdict of each mode and of each batch engine counts: none may be VIOLATED', () => {
  const violated = (startedAt: string, more: Partial<Evidence> = {}) => at(startedAt, { verdict: 'VIOLATED', ...more });
  expect(because([proven, violated('2026-03-02T02:00:00.000000')])).toBe('run 2026-03-02T02:00:00.000000 (logic) found it VIOLATED');
  expect(because([violated('2026-03-02T00:30:00.000000'), proven])).toBe('allowed on r1');
  expect(because([proven, violated('2026-02-01T00:00:00.000000', { mode: 'served' })])).toContain('(served) found it VIOLATED');
  expect(because([proven, violated('2026-03-01T00:00:00.000000', { batchEngine: 'snowflake, tables of prod' })])).toContain('VIOLATED');
  // A counterexample is one, whoever chose the point and whatever the aim was.
  expect(because([proven, violated('2026-03-02T02:00:00.000000', { chosenPoints: true, target: 0.5 })])).toContain('VIOLATED');
  // That version is another pair.
  expect(because([proven, violated('2026-03-02T02:00:00.000000', { version: 'v1' })])).toBe('allowed on r1');
});

test('a version that is wrong on one day stays wrong until that day is proven: others say nothing of it', () => {
  const of = (from: number, to: number): string => `2026-03-0${from}T00:00:00/2026-03-0${to}T00:00:00`;
  const wrong = (causes: Evidence['causes'], more: Partial<Evidence> = {}) =>
    at('2026-03-02T00:30:00.000000', { verdict: 'VIOLATED', causes, interval: of(1, 2), ...more });
  const today = { ...proven, interval: of(2, 3) };
  expect(because([wrong({ rounding: 2, lost: 9 }), today])).toBe('run 2026-03-02T00:30:00.000000 (logic) found it VIOLATED');
  expect(because([wrong({ rounding: 2 }, { interval: null }), today])).toContain('VIOLATED');
  for (const interval of [of(1, 2), of(1, 3), null])
    expect(because([wrong({ rounding: 2 }), { ...proven, interval }])).toBe('allowed on r1');
  for (const half of ['2026-03-01T00:00:00/2026-03-01T12:00:00', '2026-03-01T12:00:00/2026-03-02T00:00:00'])
    expect(because([wrong({ rounding: 2 }), { ...proven, interval: half }])).toContain('VIOLATED');
  // Proven in between, or by another way of looking.
  expect(because([wrong({ rounding: 2 }), at('2026-03-02T00:40:00.000000', { interval: of(1, 2) }), today])).toBe('allowed on r1');
  expect(because([wrong({ rounding: 2 }), at('2026-03-02T00:40:00.000000', { mode: 'replay' }), today])).toContain('VIOLATED');
  expect(because([wrong({ rounding: 2 }), at('2026-03-02T00:40:00.000000', { verdict: 'VIOLATED', interval: of(1, 2) }), today])).toContain(
    'VIOLATED',
  );
  // Rows that were wrong were no fault of the version.
  expect(because([wrong({ lost: 9 }), today])).toBe('allowed on r1');
});

test('what was left undecided neither allows nor takes away', () => {
  const undecided = at('2026-03-02T03:00:00.000000', { verdict: 'UNDECIDED' });
  expect(because([undecided])).toBe('run 2026-03-02T03:00:00.000000 left it UNDECIDED');
  expect(because([undecided, proven])).toBe('allowed on r1');
  expect(because([undecided, at('2026-03-02T02:00:00.000000', { verdict: 'VIOLATED' }), proven])).toContain('VIOLATED');
});

const deployed = {
  feature: 'f',
  engine: 'duckdb 1.5.6',
  versions: ['v0', 'v1', 'v2'].map((version) => ({ version, sql_sha256: `sql of ${version}` })),
  trails: { production: ['v0', 'v1', 'v2'] },
};
const of = (version: string, verdict: Evidence['verdict'], more: Partial<Evidence> = {}): Evidence => ({
  ...proven,
  run: `${version} ${verdict}`,
  version,
  batchVersion: version,
  lambdaVersion: version,
  artifacts: { lambda: `sql of ${version}` },
  verdict,
  ...more,
});
const later = { startedAt: '2026-03-02T02:00:00.000000' };

test('after a night: a tag stays, goes back to the last version that was proven, or needs somebody', () => {
  const guarded = (...evidence: readonly Evidence[]) => guardTag(deployed, 'production', evidence);
  expect(guarded(of('v2', 'PROVEN'))).toEqual({ does: 'stays', because: 'run v2 PROVEN (logic) proved it' });
  expect(guarded(of('v1', 'VIOLATED'))).toEqual({ does: 'stays', because: 'no verdict is about what it names' });
  const wrong = of('v2', 'VIOLATED', { ...later, causes: { boundary: 3, late: 7 } });
  const why = 'run v2 VIOLATED (logic) found it VIOLATED: boundary, late';
  // However long ago v1 was proven.
  const old = { startedAt: '2025-01-01T00:00:00.000000' };
  expect(guarded(wrong, of('v1', 'PROVEN', old), of('v0', 'PROVEN'))).toEqual({ does: 'goes back', to: 'v1', because: why });
  expect(guarded(wrong, of('v1', 'PROVEN'), of('v1', 'VIOLATED', later), of('v0', 'PROVEN'))).toEqual({
    does: 'goes back',
    to: 'v0',
    because: why,
  });
  expect(guarded(wrong, of('v1', 'UNDECIDED'))).toEqual({
    does: 'needs somebody',
    because: `${why}; the tag never named another version that was proven`,
  });
  const nameless = of('v2', 'VIOLATED', later);
  expect(guarded(nameless, of('v1', 'PROVEN'))).toEqual({
    does: 'needs somebody',
    because: 'run v2 VIOLATED (logic) found it VIOLATED, without a cause: nothing says that another version would be right',
  });
  for (const cause of ['unknown', 'ambiguous', 'time_zone', 'late', 'version_skew'])
    expect(guarded(of('v2', 'VIOLATED', { ...later, causes: { [cause]: 1 } }), of('v1', 'PROVEN')).does).toBe('needs somebody');
  const lost = of('v2', 'VIOLATED', { ...later, causes: { lost: 3, stale_table: 1 } });
  expect(guarded(lost, of('v1', 'PROVEN'))).toEqual({
    does: 'needs somebody',
    because: 'run v2 VIOLATED (logic) found it VIOLATED: lost, stale_table; nothing says that another version would be right',
  });
  expect(guardTag(deployed, 'canary', [wrong])).toEqual({ does: 'stays', because: 'the tag names nothing' });
});
