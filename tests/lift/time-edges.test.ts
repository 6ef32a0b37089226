/** The time contract to the microsecond: which events, and which versions of a table, are seen at T. */
import { expect, test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, chat, feature, hour, minute, nudge, sources } from './market.ts';

const noon = at(0);
const counted = (header: string, where = ''): string =>
  feature(header, `SELECT stream_id, COUNT(*) AS n FROM chats ${where} GROUP BY stream_id`);

test('the helper of these tests moves by one microsecond', () => {
  expect([nudge(noon, 1), nudge(noon, -1)]).toEqual(['2026-01-05T12:00:00.000001', '2026-01-05T11:59:59.999999']);
});

test('an event at T is not seen, one microsecond before it is', async () => {
  await expectEverywhere({ sources, events: { chats: [chat('1', 'a', 'u', noon)] }, feature: counted('entity: stream_id') }, [
    [{ stream_id: 'a', as_of: nudge(noon, -1) }, { n: '0' }],
    [{ stream_id: 'a', as_of: noon }, { n: '0' }],
    [{ stream_id: 'a', as_of: nudge(noon, 1) }, { n: '1' }],
  ]);
});

test('with include_as_of an event at T is seen', async () => {
  await expectEverywhere(
    { sources, events: { chats: [chat('1', 'a', 'u', noon)] }, feature: counted('entity: stream_id\ninclude_as_of: true') },
    [
      [{ stream_id: 'a', as_of: nudge(noon, -1) }, { n: '0' }],
      [{ stream_id: 'a', as_of: noon }, { n: '1' }],
    ],
  );
});

test.for([
  [">= as_of() - INTERVAL '1 hour'", '1', '1', '0'],
  ["> as_of() - INTERVAL '1 hour'", '1', '0', '0'],
] as const)('the far edge of a window: sent_at %s', async ([condition, before, edge, after]) => {
  await expectEverywhere(
    { sources, events: { chats: [chat('1', 'a', 'u', noon)] }, feature: counted('entity: stream_id', `WHERE sent_at ${condition}`) },
    [
      [{ stream_id: 'a', as_of: nudge(at(hour), -1) }, { n: before }],
      [{ stream_id: 'a', as_of: at(hour) }, { n: edge }],
      [{ stream_id: 'a', as_of: nudge(at(hour), 1) }, { n: after }],
    ],
  );
});

test('a window inside a window, at both edges', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'u', noon), chat('2', 'a', 'u', at(50 * minute)), chat('3', 'b', 'u', at(-400 * hour))] },
      feature: feature(
        'entity: stream_id',
        `SELECT stream_id, COUNT(*) AS n, COUNT_IF(sent_at >= as_of() - INTERVAL '10 minutes') AS lately
FROM chats WHERE sent_at BETWEEN as_of() - INTERVAL '1 hour' AND as_of() GROUP BY stream_id`,
      ),
    },
    [
      [
        { stream_id: 'a', as_of: at(hour) },
        { n: '2', lately: '1' },
      ],
      [
        { stream_id: 'a', as_of: nudge(at(hour), 1) },
        { n: '1', lately: '0' },
      ],
      [
        { stream_id: 'b', as_of: at(hour) },
        { n: '0', lately: '0' },
      ],
    ],
  );
});

test('a window of a calendar month, which is longer or shorter than another', async () => {
  const day = (text: string): string => `${text}T00:00:00.000000`;
  await expectEverywhere(
    {
      sources,
      events: {
        chats: [chat('1', 'a', 'u', day('2026-01-31')), chat('2', 'a', 'u', day('2026-02-28')), chat('3', 'a', 'u', day('2026-03-01'))],
      },
      feature: counted('entity: stream_id', "WHERE sent_at >= as_of() - INTERVAL '1 month'"),
    },
    [
      // One month before March 31 is February 28.
      [{ stream_id: 'a', as_of: day('2026-03-31') }, { n: '2' }],
      [{ stream_id: 'a', as_of: day('2026-02-28') }, { n: '1' }],
      [{ stream_id: 'a', as_of: nudge(day('2026-04-01'), 1) }, { n: '0' }],
      [{ stream_id: 'a', as_of: day('2026-04-01') }, { n: '1' }],
    ],
  );
});

test('a month of 31 days, where 28 would reach too short', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'u', '2026-07-01T00:00:00')] },
      feature: counted('entity: stream_id', "WHERE sent_at >= as_of() - INTERVAL '1 month'"),
    },
    [
      [{ stream_id: 'a', as_of: '2026-08-01T00:00:00' }, { n: '1' }],
      [{ stream_id: 'a', as_of: '2026-08-01T00:00:00.000001' }, { n: '0' }],
    ],
  );
});

test('before 1970, and far from now', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'u', '1969-12-31T23:59:59.999999'), chat('2', 'a', 'u', '9998-12-31T00:00:00')] },
      feature: counted('entity: stream_id', "WHERE sent_at >= as_of() - INTERVAL '1 hour'"),
    },
    [
      [{ stream_id: 'a', as_of: '1970-01-01T00:00:00' }, { n: '1' }],
      [{ stream_id: 'a', as_of: '1970-01-01T00:59:59.999999' }, { n: '1' }],
      [{ stream_id: 'a', as_of: '1970-01-01T01:00:00' }, { n: '0' }],
      [{ stream_id: 'a', as_of: '9998-12-31T00:00:00.000001' }, { n: '1' }],
    ],
  );
});

test('the current time means T', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'u', at(-30 * minute)), chat('2', 'a', 'u', at(-90 * minute))] },
      feature: feature(
        'entity: stream_id',
        `SELECT stream_id, COUNT_IF(sent_at >= CURRENT_TIMESTAMP - INTERVAL '1 hour') AS n, MAX(CURRENT_DATE) AS today,
  DATEDIFF(minute, MAX(sent_at), GETDATE()) AS since FROM chats GROUP BY stream_id`,
      ),
    },
    [
      [
        { stream_id: 'a', as_of: noon },
        { n: '1', today: '2026-01-05', since: '30' },
      ],
      [
        { stream_id: 'a', as_of: at(12 * hour) },
        { n: '0', today: '2026-01-06', since: '750' },
      ],
    ],
  );
});
