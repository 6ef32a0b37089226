/** ORDER BY a constant in a window orders nothing: it is no column's position, as it would be at the end of a query. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, chat, feature, sources } from './market.ts';

// By position, 1 would be stream_id, 2 user_id and 3 stars; by stars, u2 would come first.
const events = {
  chats: [chat('c1', 'a', 'u1', at(-9), { stars: 5 }), chat('c2', 'a', 'u2', at(-8), { stars: 1 }), chat('c3', 'b', 'u3', at(-7))],
};

async function first(over: string, user: string): Promise<void> {
  const sql = `SELECT stream_id, user_id, stars FROM chats QUALIFY ROW_NUMBER() OVER (PARTITION BY stream_id ORDER BY ${over}) = 1`;
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 'a', as_of: at(0) },
      { user_id: user, stars: user === 'u1' ? '5' : '1' },
    ],
  ]);
}

test.for([
  ['1, chat_id', 'u1'],
  ['3, chat_id', 'u1'],
  ['3, chat_id DESC', 'u2'],
  ["'stars', chat_id", 'u1'],
  ['chat_id, 3', 'u1'],
  ['3', 'u1'],
  ['3 DESC', 'u1'],
] as const)('ROW_NUMBER, ORDER BY %s', async ([over, user]) => {
  await first(over, user);
});

test('LISTAGG, ORDER BY a constant and the key', async () => {
  const sql = "SELECT stream_id, LISTAGG(user_id, ',') WITHIN GROUP (ORDER BY 3, 'x', chat_id DESC) AS users FROM chats GROUP BY stream_id";
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [{ stream_id: 'a', as_of: at(0) }, { users: 'u2,u1' }],
  ]);
});

test('a running sum, ORDER BY a constant, goes by the key that decides ties', async () => {
  const sql = `WITH sums AS (
  SELECT stream_id, chat_id, SUM(stars) OVER (PARTITION BY stream_id ORDER BY 2 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far
  FROM chats
)
SELECT stream_id, MIN(so_far) AS least, MAX(so_far) AS most FROM sums GROUP BY stream_id`;
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 'a', as_of: at(0) },
      { least: '5', most: '6' },
    ],
  ]);
});

test('RANK, ORDER BY a constant: all rows tie', async () => {
  const sql = `WITH ranks AS (SELECT stream_id, RANK() OVER (PARTITION BY stream_id ORDER BY 3) AS place FROM chats)
SELECT stream_id, MAX(place) AS last FROM ranks GROUP BY stream_id`;
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [{ stream_id: 'a', as_of: at(0) }, { last: '1' }],
  ]);
});
