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
/** Going through rows is 30 % of the time, and scanning them 25 %. */
const dear = { plan: 0.3, scan: 0.25, join: 0.05, aggregate: 0, window: 0, rest: 0.4 };
/** Little is scanned, and little done with it. */
const cheap = { plan: 0.4, scan: 0.1, join: 0.1, aggregate: 0, window: 0, rest: 0.4 };
const reading = (more: Partial<SourceRead>, other?: Partial<SourceRead>) => ({
  stages: dear,
  sources: [source(more), ...(other === undefined ? [] : [source({ name: 'chats', ...other })])],
});
/** Whatever is said of the rows, it is not said where they cost little. */
const only = (one: ReturnType<typeof reading>, ...texts: readonly (readonly [rule: string, text: string])[]) => {
  expect(said(one)).toEqual(texts);
  expect(said({ ...one, stages: cheap })).toEqual([]);
};

test('where nothing stands out nothing is said', () => {
  expect(said({})).toEqual([]);
  expect(said({}, {})).toEqual([]);
});

test('rows of others', () => {
  const rows = { scanned: 5000, inWindow: 4900, needed: 50, kind: 'table', lookback: null } as const;
  const text =
    'scanning is 25 % of the time, and 97 % of the 5,000 rows of `views` that are scanned for one entity belong to other entities';
  only(reading(rows), ['rows-of-others', text]);
  expect(said(reading(rows), { sources: [source({ scanned: 5010 })] })).toEqual([
    ['rows-of-others', `${text}; a request for 100 scans 5,010, 51 for each`],
  ]);
  only(reading({ ...rows, needed: 2500 }));
});

test('rows of everyone, where they are most of what is scanned', () => {
  const rows = { byEntity: false, scanned: 5000, inWindow: 5000, needed: 5000, kind: 'table', lookback: null } as const;
  only(reading(rows, { scanned: 10, inWindow: 4, needed: 4 }), [
    'rows-of-everyone',
    'working on rows is 30 % of the time, and the feature needs those of all entities in `views`, 5,000 for each request (lockstep explain says why)',
  ]);
  only(reading(rows, { scanned: 5001, inWindow: 2000, needed: 2000 }));
});

test('rows out of order: more groups than the window can need', () => {
  const rows = { scanned: 600_000, inWindow: 1000, needed: 10 };
  only(reading(rows), [
    'rows-out-of-order',
    'scanning is 25 % of the time, and 100 % of the 600,000 scanned rows of `views` lie outside of the window: stored in the order of time, 245,760 at most would be scanned',
  ]);
  only(reading({ ...rows, scanned: 245_760 }));
  only(reading({ ...rows, kind: 'table', lookback: null }));
});

test('a long window', () => {
  const rows = { lookback: '2592000000000', scanned: 2_000_000, inWindow: 1_900_000, needed: 1_000_000 };
  only(reading(rows), [
    'long-window',
    'scanning is 25 % of the time, and the window of 30 days on `views` holds 1,900,000 of the 2,000,000 rows: a shorter one reads fewer',
  ]);
  only(reading(rows, { scanned: 2_000_001, inWindow: 10, needed: 1, kind: 'table', lookback: null }));
});

test('all of history', () => {
  only(reading({ lookback: null }), [
    'all-of-history',
    'working on rows is 30 % of the time, and `views` is read from its beginning, 100 rows today, and more with each event: a bound of its event time ends that',
  ]);
  only(reading({ lookback: null, kind: 'table' }));
});

test('scanned again, where that is more than there is', () => {
  only(reading({ scans: 3, scanned: 3000, inWindow: 1000, needed: 700 }), [
    'scanned-again',
    'scanning is 25 % of the time, and `views` is scanned 3 times in one request, 3,000 rows of the 1,000 that are stored: one CTE with the widest window is scanned once',
  ]);
  only(reading({ scans: 3, scanned: 900, inWindow: 400, needed: 300 }));
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
