/** Subqueries that read columns of the query around them: at each T, for each row, NULLs as Snowflake has them. */
import { describe, expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, chat, feature, gift, minute, sources } from './market.ts';

const noon = at(0);
const later = at(10 * minute);
const events = {
  chats: [
    chat('1', 's', 'a', at(-9), { stars: 1 }),
    chat('2', 's', 'b', at(-8), { stars: 2 }),
    chat('3', 's', 'b', at(-7), { stars: 9 }),
    chat('4', 's', null, at(-6), { stars: 4 }),
    chat('5', 't', 'a', at(-5), { stars: 5 }),
    chat('6', 's', 'c', at(5), { stars: 6 }),
  ],
  gifts: [
    gift('1', 's', 'a', '5', at(-9)),
    gift('2', 's', null, '7', at(-8)),
    gift('3', 't', 'c', '3', at(-4)),
    gift('4', 's', 'b', '2', at(60)),
    gift('5', 's', 'b', '4', at(61)),
  ],
};

const cases: readonly (readonly [what: string, condition: string, atNoon: string, atLater: string])[] = [
  // a gave before noon; b, and c (elsewhere), also do until later. NULL equals nobody.
  ['EXISTS by equality', 'EXISTS (SELECT 1 FROM gifts g WHERE g.user_id = c.user_id)', '1', '4'],
  ['NOT EXISTS keeps the NULL', 'NOT EXISTS (SELECT 1 FROM gifts g WHERE g.user_id = c.user_id)', '3', '1'],
  ['EXISTS by NULL-safe equality', 'EXISTS (SELECT 1 FROM gifts g WHERE g.user_id IS NOT DISTINCT FROM c.user_id)', '2', '5'],
  ['EXISTS by an inequality', 'EXISTS (SELECT 1 FROM gifts g WHERE g.given_at > c.sent_at)', '4', '5'],
  [
    'EXISTS of groups',
    'EXISTS (SELECT g.user_id FROM gifts g WHERE g.user_id = c.user_id GROUP BY g.user_id HAVING COUNT(*) > 1)',
    '0',
    '2',
  ],
  ['IN', 'c.user_id IN (SELECT g.user_id FROM gifts g WHERE g.stream_id = c.stream_id)', '1', '3'],
  // A NULL among the gifts of the stream: nothing is certainly not in it.
  ['NOT IN with a NULL', 'c.user_id NOT IN (SELECT g.user_id FROM gifts g WHERE g.stream_id = c.stream_id)', '0', '0'],
  ['NOT IN where the list is empty', 'c.user_id NOT IN (SELECT g.user_id FROM gifts g WHERE g.amount = c.stars * 100)', '4', '5'],
  ['a count compared, 0 for none', '(SELECT COUNT(*) FROM gifts g WHERE g.user_id = c.user_id) = 0', '3', '1'],
  ['a sum compared, NULL for none', '(SELECT SUM(g.amount) FROM gifts g WHERE g.user_id = c.user_id) > 4', '1', '3'],
  [
    'an expression of aggregates',
    '(SELECT COUNT(*) * 10 + COALESCE(MAX(g.amount), 0) FROM gifts g WHERE g.user_id = c.user_id) IN (0, 15)',
    '4',
    '2',
  ],
  ['only outer columns', '(SELECT c.stars + COUNT(*) FROM gifts g WHERE g.user_id = c.user_id) = 2', '2', '1'],
  ['HAVING without groups', '(SELECT MAX(g.amount) FROM gifts g WHERE g.user_id = c.user_id HAVING COUNT(*) > 1) = 4', '0', '2'],
  [
    'two levels',
    'EXISTS (SELECT 1 FROM gifts g WHERE g.user_id = c.user_id AND EXISTS (SELECT 1 FROM chats o WHERE o.user_id = g.user_id AND o.stars > c.stars))',
    '1',
    '2',
  ],
  [
    'the same relation inside and outside',
    '(SELECT COUNT(*) FROM chats o WHERE o.user_id = c.user_id AND o.sent_at < c.sent_at) = 1',
    '1',
    '1',
  ],
];

describe('in WHERE', () => {
  test.each(cases)('%s', async (_, condition, atNoon, atLater) => {
    const sql = `SELECT stream_id, COUNT(*) AS n FROM chats c WHERE ${condition} GROUP BY stream_id`;
    await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
      [{ stream_id: 's', as_of: noon }, { n: atNoon }],
      [{ stream_id: 's', as_of: later }, { n: atLater }],
      [{ stream_id: 'z', as_of: later }, { n: '0' }],
    ]);
  });
});

test('a value per row, from a table by its key', async () => {
  const sellers = [
    { seller_id: 'a', country: 'NL', lsn: 1, updated_at: at(-60), is_deleted: false },
    { seller_id: 'a', country: 'BE', lsn: 2, updated_at: at(60), is_deleted: false },
  ];
  const sql = `WITH m AS (SELECT c.stream_id, (SELECT s.country FROM sellers s WHERE s.seller_id = c.user_id) AS country FROM chats c)
SELECT stream_id, COUNT(country) AS n, MAX(country) AS country FROM m GROUP BY stream_id`;
  await expectEverywhere({ sources, events: { ...events, sellers }, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 's', as_of: noon },
      { n: '1', country: 'NL' },
    ],
    [
      { stream_id: 's', as_of: later },
      { n: '1', country: 'BE' },
    ],
    [
      { stream_id: 'z', as_of: later },
      { n: '0', country: null },
    ],
  ]);
});

test('the last row, by QUALIFY', async () => {
  const sql = `WITH m AS (
  SELECT c.stream_id, c.user_id,
    (SELECT g.amount FROM gifts g WHERE g.stream_id = c.stream_id QUALIFY ROW_NUMBER() OVER (ORDER BY g.given_at DESC) = 1) AS last_gift
  FROM chats c)
SELECT stream_id, MIN(last_gift) AS low, MAX(last_gift) AS high FROM m GROUP BY stream_id`;
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 's', as_of: noon },
      { low: '7.00', high: '7.00' },
    ],
    [
      { stream_id: 's', as_of: later },
      { low: '4.00', high: '4.00' },
    ],
    [
      { stream_id: 't', as_of: noon },
      { low: '3.00', high: '3.00' },
    ],
  ]);
});

test.each([
  ['from a CTE of the subquery', 'EXISTS (WITH x AS (SELECT 1 AS one FROM gifts g WHERE g.user_id = c.user_id) SELECT 1 FROM x)'],
  ['from a derived table', 'EXISTS (SELECT 1 FROM (SELECT 1 AS one FROM gifts g WHERE g.user_id = c.user_id) x)'],
  ['inside an aggregate', '(SELECT SUM(g.amount + c.stars) FROM gifts g) > 1'],
  ['in a join condition', 'EXISTS (SELECT 1 FROM gifts g JOIN gifts h ON h.user_id = c.user_id)'],
  ['in a union', 'EXISTS (SELECT 1 FROM gifts g WHERE g.user_id = c.user_id UNION ALL SELECT 2)'],
])('refused: %s', (_, condition) => {
  const text = feature('entity: stream_id', `SELECT stream_id, COUNT(*) AS n FROM chats c WHERE ${condition} GROUP BY stream_id`);
  expect(() => prepare({ sources, feature: text })).toThrow(/sql-unsupported.*`c\.(user_id|stars)`, a column of the query around/s);
});

test('refused: beside a GROUP BY; and more than one row', () => {
  const beside = 'SELECT stream_id, (SELECT COUNT(*) FROM gifts g WHERE g.stream_id = c.stream_id) AS n FROM chats c GROUP BY stream_id';
  expect(() => prepare({ sources, feature: feature('entity: stream_id', beside) })).toThrow(/beside a GROUP BY/);
  const many =
    'SELECT stream_id, COUNT(*) AS n FROM chats c WHERE (SELECT g.amount FROM gifts g WHERE g.user_id = c.user_id) > 1 GROUP BY stream_id';
  expect(() => prepare({ sources, feature: feature('entity: stream_id', many) })).toThrow(/at most one row/);
});
