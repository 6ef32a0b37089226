/** Each piece of advice is drawn by numbers that say it, and by none that do not. */
import { expect, test } from 'vitest';
import { textTable } from '../../runners/cli/table.ts';
import { adviceOn } from '../../runners/profile/advice.ts';
import type { BatchProfile, SourceRead } from '../../runners/profile/profile.ts';
import { shownProfile } from '../../runners/profile/text.ts';
import { batch, profile, source } from './profiles.ts';

const said = (one: Partial<BatchProfile>, many?: Partial<BatchProfile>) =>
  adviceOn(profile({ batches: [batch(one), ...(many === undefined ? [] : [batch({ entities: 100, p50: 80, ...many })])] })).map((a) => [
    a.rule,
    a.text,
  ]);
const reading = (more: Partial<SourceRead>, other: Partial<SourceRead> = {}) => ({
  sources: [source(more), source({ name: 'chats', ...other })],
});

test('where nothing stands out nothing is said', () => {
  expect(said({})).toEqual([]);
  expect(said({}, {})).toEqual([]);
});

test('rows of others', () => {
  const rows = { scanned: 5000, inWindow: 4900, needed: 50 };
  expect(said({ sources: [source(rows)] })).toEqual([
    ['rows-of-others', '97 % of the 5,000 rows of `views` that are scanned for one entity belong to other entities'],
  ]);
  expect(said({ sources: [source(rows)] }, { sources: [source({ scanned: 5010 })] })).toEqual([
    [
      'rows-of-others',
      '97 % of the 5,000 rows of `views` that are scanned for one entity belong to other entities; a request for 100 scans 5,010, 51 for each',
    ],
  ]);
  expect(said({ sources: [source({ ...rows, needed: 2500 })] })).toEqual([]);
});

test('rows of everyone, where they are most of what is scanned', () => {
  const rows = { byEntity: false, scanned: 5000, inWindow: 5000, needed: 5000 };
  expect(said(reading(rows))).toEqual([
    ['rows-of-everyone', 'the feature needs the rows of all entities in `views`, 5,000 for each request (lockstep explain says why)'],
  ]);
  expect(said(reading(rows, { scanned: 5001, inWindow: 4000, needed: 4000 }))).toEqual([]);
});

test('rows out of order: more groups than the window can need', () => {
  const rows = { scanned: 600_000, inWindow: 1000, needed: 10 };
  expect(said({ sources: [source(rows)] })).toEqual([
    [
      'rows-out-of-order',
      '100 % of the 600,000 scanned rows of `views` lie outside of the window: stored in the order of time, 245,760 at most would be scanned',
    ],
  ]);
  expect(said({ sources: [source({ ...rows, scanned: 245_760 })] })).toEqual([]);
  expect(said({ sources: [source({ ...rows, kind: 'table', lookback: null })] })).toEqual([]);
});

test('a long window, where scanning is most of the time', () => {
  const stages = { plan: 0.1, scan: 0.7, join: 0.1, aggregate: 0.1, window: 0, rest: 0 };
  const long = { stages, sources: [source({ lookback: '2592000000000', scanned: 2_000_000, inWindow: 1_900_000, needed: 1_000_000 })] };
  expect(said(long)).toEqual([
    [
      'long-window',
      'scanning is 70 % of the time, and the window of 30 days on `views` holds 1,900,000 of the 2,000,000 rows: a shorter one reads fewer',
    ],
  ]);
  expect(said({ ...long, stages: { ...stages, scan: 0.2 } })).toEqual([]);
});

test('all of history', () => {
  expect(said({ sources: [source({ lookback: null })] })).toEqual([
    ['all-of-history', '`views` is read from its beginning, 100 rows today, and more with each event: a bound of its event time ends that'],
  ]);
  expect(said({ sources: [source({ lookback: null, kind: 'table' })] })).toEqual([]);
});

test('scanned again, where that is more than there is', () => {
  expect(said({ sources: [source({ scans: 3, scanned: 3000, inWindow: 2000, needed: 1500 })] })).toEqual([
    [
      'scanned-again',
      '`views` is scanned 3 times in one request, 3,000 rows of the 1,000 that are stored: one CTE with the widest window would scan it once',
    ],
  ]);
  expect(said({ sources: [source({ scans: 3, scanned: 900, inWindow: 800, needed: 700 })] })).toEqual([]);
});

test('planning, and what asking together makes of it', () => {
  const stages = { plan: 0.6, scan: 0.1, join: 0.1, aggregate: 0.1, window: 0, rest: 0.1 };
  expect(said({ stages })).toEqual([['planning', 'planning is 60 % of the time of a request for one entity (0.6 ms of 1 ms)']]);
  expect(said({ stages }, { p50: 8, stages: { ...stages, scan: 5.1 } })).toEqual([
    ['planning', 'planning is 60 % of the time of a request for one entity (0.6 ms of 1 ms); with 100 entities in one request it is 10 %'],
    ['ask-together', '100 entities in one request take 8 ms, in 100 requests 100 ms: ask for them together'],
  ]);
});

test('as text: two digits, bars, and the budget', () => {
  const shown = profile({
    batches: [batch({ p50: 1.2345, p99: 20.5 }), batch({ entities: 10, requests: 20, p50: 4, p99: 123.4 })],
  });
  const text = shownProfile({ profile: shown, advice: [], budget: 20_000n }, textTable);
  expect(text).toContain(`entities  requests  p50 ms  p99 ms  p50 ms each
--------  --------  ------  ------  -----------
       1       200     1.2      21          1.2
      10        20       4     120          0.4
With fewer than 100 requests p99 is the slowest of them.
latency_budget 20 milliseconds: p99 of one entity is over it`);
  expect(text).toContain(`plan      ██████░░░░░░░░░░░░░░░░░░░░░░  20 %  0.2 ms`);
  expect(text).toContain('What would help: nothing stands out in these numbers.');
  expect(shownProfile({ profile: shown, advice: [], budget: 20_500n }, textTable)).toContain(
    '20500 microseconds: p99 of one entity is within it',
  );
});
