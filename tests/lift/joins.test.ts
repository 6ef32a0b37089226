/** Lifts that go wrong in joins, IN and the spine itself. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, chat, feature, gift, hour, sources } from './market.ts';

const noon = at(0);
const one = at(hour);

test('FULL JOIN of two per-entity CTEs', async () => {
  await expectEverywhere(
    {
      sources,
      events: {
        chats: [chat('1', 'both', 'u', at(-9)), chat('2', 'talk', 'u', at(-8)), chat('3', 'both', 'u', at(60))],
        gifts: [gift('1', 'both', 'u', '2.50', at(-9)), gift('2', 'give', 'u', '1.25', at(-8)), gift('3', 'talk', 'u', '4.00', at(60))],
      },
      feature: feature(
        'entity: stream_id',
        `WITH c AS (SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id),
g AS (SELECT stream_id, SUM(amount) AS amount FROM gifts GROUP BY stream_id)
SELECT COALESCE(c.stream_id, g.stream_id) AS stream_id, COALESCE(c.n, 0) AS chats, g.amount
FROM c FULL JOIN g ON c.stream_id = g.stream_id`,
      ),
    },
    [
      [
        { stream_id: 'both', as_of: noon },
        { chats: '1', amount: '2.50' },
      ],
      [
        { stream_id: 'talk', as_of: noon },
        { chats: '1', amount: null },
      ],
      [
        { stream_id: 'give', as_of: noon },
        { chats: '0', amount: '1.25' },
      ],
      [
        { stream_id: 'talk', as_of: one },
        { chats: '1', amount: '4.00' },
      ],
      [
        { stream_id: 'both', as_of: one },
        { chats: '2', amount: '2.50' },
      ],
      [
        { stream_id: 'none', as_of: noon },
        { chats: null, amount: null },
      ],
    ],
  );
});

test('LEFT JOIN keeps what has no partner at T, though it has one later', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'u', at(-9))], gifts: [gift('1', 'a', 'u', '2.50', at(60))] },
      feature: feature(
        'entity: stream_id',
        `WITH c AS (SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id),
g AS (SELECT stream_id, SUM(amount) AS amount FROM gifts GROUP BY stream_id)
SELECT c.stream_id, c.n AS chats, g.amount FROM c LEFT JOIN g ON g.stream_id = c.stream_id`,
      ),
    },
    [
      [
        { stream_id: 'a', as_of: noon },
        { chats: '1', amount: null },
      ],
      [
        { stream_id: 'a', as_of: one },
        { chats: '1', amount: '2.50' },
      ],
    ],
  );
});

test('NOT IN with a NULL at another instant', async () => {
  await expectEverywhere(
    {
      sources,
      events: {
        chats: [chat('1', 'a', 'u1', at(-9)), chat('2', 'a', 'u2', at(-8)), chat('3', 'b', null, at(-7))],
        // From 12:30 on there is a gift of nobody: NOT IN is unknown then, for everybody, and before it is not.
        gifts: [gift('1', 'x', 'u1', '1.00', at(-20)), { gift_id: '2', stream_id: 'x', user_id: null, amount: '1.00', given_at: at(1800) }],
      },
      feature: feature(
        'entity: stream_id',
        'SELECT stream_id, COUNT(*) AS n FROM chats WHERE user_id NOT IN (SELECT user_id FROM gifts) GROUP BY stream_id',
      ),
    },
    [
      [{ stream_id: 'a', as_of: noon }, { n: '1' }],
      [{ stream_id: 'a', as_of: one }, { n: '0' }],
      // NULL NOT IN (something) is unknown, NULL NOT IN (nothing) is true.
      [{ stream_id: 'b', as_of: noon }, { n: '0' }],
      [{ stream_id: 'a', as_of: at(-30) }, { n: '0' }],
    ],
  );
});

test('NULL NOT IN nothing is true', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'b', null, at(-7))], gifts: [gift('1', 'x', 'u1', '1.00', at(60))] },
      feature: feature(
        'entity: stream_id',
        'SELECT stream_id, COUNT(*) AS n FROM chats WHERE user_id NOT IN (SELECT user_id FROM gifts) GROUP BY stream_id',
      ),
    },
    [
      [{ stream_id: 'b', as_of: noon }, { n: '1' }],
      [{ stream_id: 'b', as_of: one }, { n: '0' }],
    ],
  );
});

test('IN multiplies no rows, and EXISTS is asked anew at every T', async () => {
  await expectEverywhere(
    {
      sources,
      events: {
        chats: [chat('1', 'a', 'u1', at(-9)), chat('2', 'a', 'u2', at(-8))],
        gifts: [gift('1', 'x', 'u1', '1.00', at(-7)), gift('2', 'x', 'u1', '1.00', at(-6))],
      },
      feature: feature(
        'entity: stream_id',
        `SELECT stream_id, COUNT(*) AS n, COUNT_IF(user_id IN (SELECT user_id FROM gifts)) AS givers,
  COUNT_IF(EXISTS (SELECT 1 AS one FROM gifts)) AS with_gifts
FROM chats GROUP BY stream_id`,
      ),
    },
    [
      [
        { stream_id: 'a', as_of: noon },
        { n: '2', givers: '1', with_gifts: '2' },
      ],
      [
        { stream_id: 'a', as_of: at(-7) },
        { n: '2', givers: '0', with_gifts: '0' },
      ],
    ],
  );
});

test('a duplicated spine row is answered twice, in its place', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'u', at(-9)), chat('2', 'b', 'u', at(-9)), chat('3', 'b', 'u', at(-8))] },
      feature: feature('entity: stream_id', 'SELECT stream_id, COUNT(*) AS n, MAX(user_id) AS who FROM chats GROUP BY stream_id'),
    },
    [
      [
        { stream_id: 'b', as_of: noon },
        { n: '2', who: 'u' },
      ],
      [
        { stream_id: 'a', as_of: noon },
        { n: '1', who: 'u' },
      ],
      [
        { stream_id: 'b', as_of: noon },
        { n: '2', who: 'u' },
      ],
      [
        { stream_id: 'z', as_of: noon },
        { n: '0', who: null },
      ],
      [
        { stream_id: 'b', as_of: noon },
        { n: '2', who: 'u' },
      ],
      [
        { stream_id: 'z', as_of: noon },
        { n: '0', who: null },
      ],
    ],
  );
});

test('an entity of two columns is not one of either', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'u', at(-9)), chat('2', 'a', 'v', at(-8)), chat('3', 'b', 'u', at(-7))] },
      feature: feature(
        'entity: [user_id, stream_id]',
        'SELECT stream_id, user_id, COUNT(*) AS n, MAX(sent_at) AS last FROM chats GROUP BY stream_id, user_id',
      ),
    },
    [
      [
        { user_id: 'u', stream_id: 'a', as_of: noon },
        { n: '1', last: at(-9) },
      ],
      [
        { user_id: 'v', stream_id: 'b', as_of: noon },
        { n: '0', last: null },
      ],
    ],
  );
});

test('COUNT(t.*) takes rows without any NULL, and none that a LEFT JOIN pads', async () => {
  const sql = `SELECT c.stream_id, COUNT(*) AS n, COUNT(g.*) AS whole FROM chats AS c LEFT JOIN gifts AS g ON g.stream_id = c.stream_id GROUP BY c.stream_id`;
  const gifts = [
    gift('1', 's', 'a', '5', at(-9)),
    gift('2', 's', null, '5', at(-8)),
    gift('3', 's', 'b', null, at(-7)),
    gift('4', 's', 'b', '1', at(60)),
  ];
  const events = { chats: [chat('1', 's', 'a', at(-9)), chat('2', 't', 'a', at(-9))], gifts };
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 's', as_of: noon },
      { n: '3', whole: '1' },
    ],
    [
      { stream_id: 's', as_of: one },
      { n: '4', whole: '2' },
    ],
    [
      { stream_id: 't', as_of: one },
      { n: '1', whole: '0' },
    ],
  ]);
});
