/** LATERAL: a derived table that reads the relations before it, at each instant by itself. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, chat, feature, gift, sources } from './market.ts';

const noon = at(0);
const later = at(60);
const events = {
  chats: [
    chat('1', 's', 'a', at(-9), { stars: 1 }),
    chat('2', 's', 'b', at(-8), { stars: 2 }),
    chat('3', 's', null, at(-7), { stars: 3 }),
    chat('4', 't', 'a', at(20), { stars: 4 }),
  ],
  gifts: [
    gift('1', 's', 'a', '5', at(-9)),
    gift('2', 's', 'a', '7', at(-5)),
    gift('3', 's', null, '1', at(-8)),
    gift('4', 't', 'b', '2', at(30)),
  ],
};
const sums = 'SELECT c.stream_id, COUNT(*) AS n, COUNT(g.amount) AS gifts, SUM(g.amount) AS amount, SUM(c.stars) AS stars FROM chats AS c';

test.each([
  // a's two gifts; b gives one elsewhere, later.
  [
    ', LATERAL (SELECT * FROM gifts WHERE user_id = c.user_id) AS g',
    ['2', '2', '12.00', '2'],
    ['3', '3', '14.00', '4'],
    ['2', '2', '12.00', '8'],
  ],
  [
    'JOIN LATERAL (SELECT amount FROM gifts WHERE user_id = c.user_id) AS g',
    ['2', '2', '12.00', '2'],
    ['3', '3', '14.00', '4'],
    ['2', '2', '12.00', '8'],
  ],
  [
    'LEFT JOIN LATERAL (SELECT amount FROM gifts WHERE user_id = c.user_id AND given_at > c.sent_at AND amount > 0) AS g ON TRUE',
    ['3', '1', '7.00', '6'],
    ['3', '2', '9.00', '6'],
    ['1', '0', null, '4'],
  ],
  [
    'LEFT JOIN LATERAL (SELECT amount, user_id AS u FROM gifts WHERE user_id IS NOT DISTINCT FROM c.user_id) AS g ON g.amount < 6 AND c.stars <> 2',
    ['3', '2', '6.00', '6'],
    ['3', '2', '6.00', '6'],
    ['1', '1', '5.00', '4'],
  ],
  [
    "LEFT JOIN LATERAL (SELECT amount FROM gifts WHERE stream_id = 't') AS g ON TRUE",
    ['3', '0', null, '6'],
    ['3', '3', '6.00', '6'],
    ['1', '1', '2.00', '4'],
  ],
] as const)('%s', async (lateral, atNoon, atLater, ofT) => {
  const row = ([n, gifts, amount, stars]: readonly (string | null)[]) => ({
    n: n ?? null,
    gifts: gifts ?? null,
    amount: amount ?? null,
    stars: stars ?? null,
  });
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', `${sums} ${lateral} GROUP BY c.stream_id`) }, [
    [{ stream_id: 's', as_of: noon }, row(atNoon)],
    [{ stream_id: 's', as_of: later }, row(atLater)],
    [{ stream_id: 't', as_of: later }, row(ofT)],
  ]);
});

test('a key of its rows and of the rows before tells the rows of both apart', async () => {
  const sellers = [{ seller_id: 'a', country: 'NL', lsn: 1, updated_at: at(-60), is_deleted: false }];
  const sql = `WITH last AS (SELECT * FROM chats QUALIFY ROW_NUMBER() OVER (PARTITION BY stream_id ORDER BY sent_at) = 1)
SELECT last.stream_id, found.country FROM last LEFT JOIN LATERAL (SELECT country FROM sellers WHERE seller_id = last.user_id) AS found ON TRUE`;
  await expectEverywhere({ sources, events: { ...events, sellers }, feature: feature('entity: stream_id', sql) }, [
    [{ stream_id: 's', as_of: noon }, { country: 'NL' }],
    [{ stream_id: 't', as_of: noon }, { country: null }],
  ]);
  const many = sql.replace(
    'country FROM sellers WHERE seller_id = last.user_id',
    'stars AS country FROM chats WHERE user_id = last.user_id',
  );
  expect(() => prepare({ sources, feature: feature('entity: stream_id', many) })).toThrow(/not-unique/);
});

test.each([
  ['SELECT COUNT(*) AS amount FROM gifts WHERE user_id = c.user_id', /aggregates, numbers or merges rows/],
  ['SELECT DISTINCT amount FROM gifts WHERE user_id = c.user_id', /aggregates, numbers or merges rows/],
  ['SELECT amount + c.stars AS amount FROM gifts WHERE user_id = c.user_id', /outside of its WHERE/],
  ['SELECT amount FROM gifts WHERE user_id = c.user_id UNION ALL SELECT 1', /`c.user_id`, a column of the query around/],
  ['SELECT amount FROM gifts WHERE EXISTS (SELECT 1 FROM sellers WHERE seller_id = c.user_id)', /with a query/],
  ['SELECT amount FROM gifts WHERE nobody = c.user_id', /no column `nobody`/],
])('refused: LATERAL (%s)', (query, message) => {
  const sql = `${sums}, LATERAL (${query}) AS g GROUP BY c.stream_id`;
  expect(() => prepare({ sources, feature: feature('entity: stream_id', sql) })).toThrow(message);
});
