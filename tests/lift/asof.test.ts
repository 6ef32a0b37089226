/** ASOF JOIN: the nearest row, at each T among what is visible then. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, chat, feature, gift, minute, sources } from './market.ts';

const noon = at(0);
const later = at(10 * minute);
const events = {
  chats: [
    chat('1', 's', 'a', at(-40), { stars: 1 }),
    chat('2', 's', 'a', at(-20), { stars: 2 }),
    chat('3', 's', 'b', at(-20), { stars: 4 }),
    chat('4', 's', null, at(-10), { stars: 8 }),
    chat('5', 's', 'a', at(120), { stars: 16 }),
  ],
  gifts: [
    gift('1', 's', 'a', '1', at(-30)),
    gift('2', 's', 'a', '2', at(-20)),
    gift('3', 's', 'a', '3', at(60)),
    gift('4', 's', null, '9', at(-30)),
  ],
};
const given = `WITH given AS (
  SELECT user_id, given_at, MAX(amount) AS amount FROM gifts GROUP BY user_id, given_at
)`;
const asof = (match: string): string => `${given},
met AS (
  SELECT c.stream_id, c.stars, g.amount
  FROM chats AS c ASOF JOIN given AS g MATCH_CONDITION (${match}) ON c.user_id = g.user_id
)
SELECT stream_id, COUNT(*) AS n, SUM(CASE WHEN amount IS NULL THEN stars END) AS unmet, SUM(amount) AS amount FROM met GROUP BY stream_id`;

test.each([
  // Chat 1 has nothing before it, 3 no gifts, 4 no user; 2 has the gift of its own instant; 5 comes later.
  ['c.sent_at >= g.given_at', '13', '2.00', '13', '5.00'],
  ['c.sent_at > g.given_at', '13', '1.00', '13', '4.00'],
  // 1 meets gift 1, 2 meets gift 2; at noon the third gift is not there yet.
  ['c.sent_at <= g.given_at', '12', '3.00', '28', '3.00'],
  ['c.sent_at < g.given_at', '14', '1.00', '28', '4.00'],
])('%s', async (match, unmet, amount, unmetLater, amountLater) => {
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', asof(match)) }, [
    [
      { stream_id: 's', as_of: noon },
      { n: '4', unmet, amount },
    ],
    [
      { stream_id: 's', as_of: later },
      { n: '5', unmet: unmetLater, amount: amountLater },
    ],
    [
      { stream_id: 'z', as_of: later },
      { n: '0', unmet: null, amount: null },
    ],
  ]);
});

test('a history gives the version in force', async () => {
  const version = (lsn: number, country: string, updated_at: string, is_deleted = false) => ({
    seller_id: 'a',
    country,
    lsn,
    updated_at,
    is_deleted,
  });
  const sellers = [version(1, 'NL', at(-35)), version(2, 'BE', at(-20)), version(3, 'DE', at(-20))];
  const sql = `SELECT c.stream_id, COUNT_IF(s.country = 'NL') AS nl, COUNT_IF(s.country = 'DE') AS de, COUNT(*) AS n
FROM chats AS c ASOF JOIN sellers_history AS s MATCH_CONDITION (c.sent_at >= s.valid_from) ON c.user_id = s.seller_id
GROUP BY c.stream_id`;
  await expectEverywhere({ sources, events: { ...events, sellers }, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 's', as_of: at(-15) },
      { nl: '0', de: '1', n: '3' },
    ],
    [
      { stream_id: 's', as_of: later },
      { nl: '0', de: '2', n: '5' },
    ],
  ]);
});

test.each([
  ['ties', 'FROM chats c ASOF JOIN gifts g MATCH_CONDITION (c.sent_at >= g.given_at) ON c.user_id = g.user_id', 'ties-undecided'],
  [
    'the sides the wrong way round',
    'FROM chats c ASOF JOIN sellers_history g MATCH_CONDITION (g.valid_from <= c.sent_at) ON c.user_id = g.seller_id',
    'wrong-arguments',
  ],
  [
    'an equality as match',
    'FROM chats c ASOF JOIN sellers_history g MATCH_CONDITION (c.sent_at = g.valid_from) ON c.user_id = g.seller_id',
    'wrong-arguments',
  ],
  [
    'an inequality in ON',
    'FROM chats c ASOF JOIN sellers_history g MATCH_CONDITION (c.sent_at > g.valid_from) ON c.user_id = g.seller_id AND g.lsn > 1',
    'wrong-arguments',
  ],
])('refused: %s', (_, from, code) => {
  const text = feature('entity: stream_id', `SELECT c.stream_id, COUNT(*) AS n ${from} GROUP BY c.stream_id`);
  expect(() => prepare({ sources, feature: text })).toThrow(new RegExp(code));
});
