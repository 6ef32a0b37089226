/** COUNT(DISTINCT x) over a partition: at each instant, NULLs not counted, however often a value is there. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, chat, feature, sources } from './market.ts';

const events = {
  chats: [
    chat('1', 's', 'a', at(-9), { stars: 1 }),
    chat('2', 's', 'a', at(-8), { stars: 1 }),
    chat('3', 's', null, at(-8), { stars: 1 }),
    chat('4', 's', 'b', at(-7), { stars: 2 }),
    chat('5', 's', null, at(-7), { stars: 3 }),
    chat('6', 's', 'b', at(30), { stars: 1 }),
    chat('7', 't', 'c', at(30), { stars: 1 }),
  ],
};
const counted = (
  window: string,
): string => `WITH w AS (SELECT stream_id, user_id, stars, COUNT(DISTINCT user_id) OVER (${window}) AS users FROM chats)
SELECT stream_id, LISTAGG(stars::VARCHAR || ':' || users::VARCHAR, ' ') WITHIN GROUP (ORDER BY stars, users, user_id) AS users FROM w GROUP BY stream_id`;

test.each([
  ['PARTITION BY stream_id, stars', '1:1 1:1 1:1 2:1 3:0', '1:2 1:2 1:2 1:2 2:1 3:0'],
  ['PARTITION BY stream_id', '1:2 1:2 1:2 2:2 3:2', '1:2 1:2 1:2 1:2 2:2 3:2'],
  ['', '1:2 1:2 1:2 2:2 3:2', '1:3 1:3 1:3 1:3 2:3 3:3'],
])('OVER (%s)', async (window, atNoon, atLater) => {
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', counted(window)) }, [
    [{ stream_id: 's', as_of: at(0) }, { users: atNoon }],
    [{ stream_id: 's', as_of: at(60) }, { users: atLater }],
  ]);
});

test.each([
  ['COUNT(DISTINCT user_id) OVER (PARTITION BY stars ORDER BY sent_at)', /takes PARTITION BY alone/],
  ['COUNT(DISTINCT user_id, stars) OVER ()', /of several values/],
  ['COUNT(DISTINCT stars::FLOAT) OVER ()', /float-taint/],
  ['SUM(DISTINCT stars) OVER ()', /DISTINCT with OVER/],
])('refused: %s', (window, message) => {
  const sql = `WITH w AS (SELECT stream_id, ${window} AS n FROM chats) SELECT stream_id, MAX(n) AS n FROM w GROUP BY stream_id`;
  expect(() => prepare({ sources, feature: feature('entity: stream_id', sql) })).toThrow(message);
});
