/** ROLLUP, CUBE and GROUPING SETS: the totals of each instant beside their parts. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, chat, feature, sources } from './market.ts';

const noon = at(0);
const later = at(60);
const events = {
  chats: [
    chat('1', 's', 'a', at(-9), { stars: 1 }),
    chat('2', 's', 'a', at(-8), { stars: 2 }),
    chat('3', 's', null, at(-8), { stars: 2 }),
    chat('4', 's', 'b', at(30), { stars: 1 }),
    chat('5', 't', 'a', at(30), { stars: 5 }),
  ],
};
const totals = (groups: string): string => `WITH totals AS (
  SELECT stream_id, user_id, stars, COUNT(*) AS n, COUNT(user_id) AS named, GROUPING_ID(user_id, stars) AS g FROM chats GROUP BY ${groups}
)
SELECT stream_id, LISTAGG(g::VARCHAR || ':' || COALESCE(user_id, '-') || COALESCE(stars::VARCHAR, '-') || '=' || n::VARCHAR || '/' || named::VARCHAR, ' ')
  WITHIN GROUP (ORDER BY g, user_id, stars, n, named) AS all_of, COUNT(*) AS n
FROM (SELECT stream_id, user_id, stars, g, n, named FROM totals GROUP BY ALL) GROUP BY stream_id`;

test.each([
  // user NULL of the row 3 stands beside the NULL of the totals, and g tells them apart.
  [
    'stream_id, ROLLUP (user_id, stars)',
    '0:a1=1/1 0:a2=1/1 0:-2=1/0 1:a-=2/2 1:--=1/0 3:--=3/2',
    '0:a1=1/1 0:a2=1/1 0:b1=1/1 0:-2=1/0 1:a-=2/2 1:b-=1/1 1:--=1/0 3:--=4/3',
  ],
  [
    'stream_id, CUBE (user_id, stars)',
    '0:a1=1/1 0:a2=1/1 0:-2=1/0 1:a-=2/2 1:--=1/0 2:-1=1/1 2:-2=2/1 3:--=3/2',
    '0:a1=1/1 0:a2=1/1 0:b1=1/1 0:-2=1/0 1:a-=2/2 1:b-=1/1 1:--=1/0 2:-1=2/2 2:-2=2/1 3:--=4/3',
  ],
  ['stream_id, GROUPING SETS (user_id, stars)', '1:a-=2/2 1:--=1/0 2:-1=1/1 2:-2=2/1', '1:a-=2/2 1:b-=1/1 1:--=1/0 2:-1=2/2 2:-2=2/1'],
])('%s', async (groups, atNoon, atLater) => {
  const text = feature('entity: stream_id', totals(groups));
  await expectEverywhere({ sources, events, feature: text }, [
    [
      { stream_id: 's', as_of: noon },
      { all_of: atNoon, n: String(atNoon.split(' ').length) },
    ],
    [
      { stream_id: 's', as_of: later },
      { all_of: atLater, n: String(atLater.split(' ').length) },
    ],
    [
      { stream_id: 'z', as_of: later },
      { all_of: '', n: '0' },
    ],
  ]);
});

test('a key is NULL in the rows that it does not group, in expressions and in HAVING; inside aggregates it is the value', async () => {
  const sql = `WITH totals AS (
  SELECT stream_id, UPPER(user_id) AS who, COALESCE(user_id, 'all') AS shown, MAX(user_id) AS last FROM chats WHERE who = 'A'
  GROUP BY stream_id, ROLLUP (user_id) HAVING user_id IS NULL OR user_id <> 'b'
)
SELECT stream_id, COUNT(*) AS n, COUNT(who) AS known, MIN(shown) AS low, MAX(shown) AS high, COUNT(last) AS lasts FROM totals GROUP BY stream_id`;
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 's', as_of: later },
      { n: '2', known: '1', low: 'a', high: 'all', lasts: '2' },
    ],
  ]);
});

test('GROUPING in HAVING, of a column that is selected too and of an alias', async () => {
  const sql = `WITH totals AS (
  SELECT stream_id, user_id, stars > 1 AS many, COUNT(*) AS n FROM chats GROUP BY stream_id, CUBE (user_id, many)
  HAVING GROUPING(user_id) = 1 AND (GROUPING(many) = 1 OR COUNT(*) = 1)
)
SELECT stream_id, SUM(n) AS n, COUNT(many) AS of_many, COUNT(user_id) AS of_users FROM totals GROUP BY stream_id`;
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 's', as_of: noon },
      { n: '4', of_many: '1', of_users: '0' },
    ],
    [
      { stream_id: 's', as_of: later },
      { n: '4', of_many: '0', of_users: '0' },
    ],
  ]);
});

test.each([
  ['SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY ROLLUP (stream_id)', /total-of-none/],
  ['SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id, ROLLUP (user_id)', /not-unique/],
  ['SELECT stream_id, stars AS n FROM chats GROUP BY stream_id, ROLLUP (user_id)', /not-grouped.*`stars`/s],
  ['SELECT stream_id, stars + 1 AS n FROM chats GROUP BY stream_id, GROUPING SETS (stars + 1, stars)', /an expression of another key/],
  ["SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id, ROLLUP ('a')", /a constant among ROLLUP/],
  ['SELECT DISTINCT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id, ROLLUP (stars)', /DISTINCT of ROLLUP/],
  [
    'SELECT stream_id, RANK() OVER (ORDER BY COUNT(*)) AS n FROM chats GROUP BY stream_id, ROLLUP (stars)',
    /windows over the groups of ROLLUP/,
  ],
  ['SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id, GROUPING SETS (stars, (stars))', /a set given twice/],
  ['SELECT stream_id, GROUPING(user_id) AS n FROM chats GROUP BY stream_id, ROLLUP (stars)', /GROUPING takes keys of the GROUP BY/],
  ['SELECT stream_id, GROUPING(stream_id) AS n FROM chats GROUP BY stream_id', /GROUPING tells the groups/],
  ['SELECT stream_id, COUNT(*) AS stars FROM chats GROUP BY stream_id, ROLLUP (user_id) HAVING stars > 1', /ambiguous-column/],
])('refused: %s', (sql, message) => {
  expect(() => prepare({ sources, feature: feature('entity: stream_id', sql) })).toThrow(message);
});
