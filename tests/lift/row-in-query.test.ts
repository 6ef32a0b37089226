/** Rows of values looked for in a query: true, false or unknown, at each instant by itself. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, chat, feature, gift, sources } from './market.ts';

const before = at(-150);
const noon = at(0);
const later = at(60);
const said = (id: string, user: string | null, stars: number): ReturnType<typeof chat> => chat(id, 's', user, at(-200), { stars });
const events = {
  chats: [
    said('equal', 'a', 1),
    said('differs', 'a', 2),
    said('b may have given 5', 'b', 5),
    said('c may have given 7', 'c', 7),
    said('nobody gave 8, and c is not b', 'c', 8),
    said('may be a', null, 1),
    said('may be b', null, 3),
    said('may be b, may be anybody', 'b', 7),
  ],
  gifts: [
    gift('1', 's', 'a', '1', at(-9)),
    gift('2', 's', 'b', null, at(-9)),
    gift('3', 's', null, '7', at(-9)),
    gift('4', 's', 'b', '5', at(30)),
  ],
};
const counted = (test: string): string => `WITH marked AS (SELECT stream_id, ${test} AS v FROM chats)
SELECT stream_id, COUNT_IF(v) AS yes, COUNT_IF(NOT v) AS no, COUNT(*) - COUNT(v) AS unknown FROM marked GROUP BY stream_id`;

test.each([
  ['IN', (yes: string, no: string, unknown: string) => ({ yes, no, unknown })],
  ['NOT IN', (yes: string, no: string, unknown: string) => ({ yes: no, no: yes, unknown })],
])('(a, b) %s (SELECT …)', async (operator, of) => {
  const text = feature('entity: stream_id', counted(`(user_id, stars) ${operator} (SELECT user_id, amount FROM gifts)`));
  await expectEverywhere({ sources, events, feature: text }, [
    [{ stream_id: 's', as_of: before }, of('0', '8', '0')],
    [{ stream_id: 's', as_of: noon }, of('1', '2', '5')],
    [{ stream_id: 's', as_of: later }, of('2', '2', '4')],
    [{ stream_id: 'z', as_of: later }, of('0', '0', '0')],
  ]);
});

test('in WHERE, with constants among the values, and where nothing can be NULL', async () => {
  const known = '(SELECT user_id, COUNT(*) AS n FROM gifts WHERE user_id IS NOT NULL GROUP BY user_id)';
  const sql = `SELECT stream_id, COUNT(*) AS n, MAX(stars) AS stars FROM chats
WHERE (user_id, 's') IN (SELECT user_id, stream_id FROM gifts WHERE amount < 5) AND (stars, 1) NOT IN (SELECT 2, n FROM ${known} AS k)
GROUP BY stream_id`;
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [
    [
      { stream_id: 's', as_of: before },
      { n: '0', stars: null },
    ],
    [
      { stream_id: 's', as_of: noon },
      { n: '1', stars: '1' },
    ],
  ]);
});

test.each([
  ['WHERE (user_id, stars, 1) IN (SELECT user_id, amount FROM gifts)', /wrong-arguments.*3 values are looked for among rows of 2/s],
  ['WHERE (user_id, stars) IN (SELECT amount, user_id FROM gifts)', /type-mismatch/],
  ['WHERE (user_id, 1) IN (SELECT user_id, chats.stars FROM gifts)', /`chats.stars`, a column of the query around/],
  ['HAVING (stream_id, COUNT(*)) IN (SELECT user_id, amount FROM gifts)', /a row of values of an aggregate/],
  ['HAVING COUNT_IF((user_id, stars) IN (SELECT user_id, amount FROM gifts)) > 1', /a row of values inside an aggregate/],
])('refused: %s', (clause, message) => {
  const [where, having] = clause.startsWith('WHERE') ? [clause, ''] : ['', clause];
  const sql = `SELECT stream_id, COUNT(*) AS n FROM chats ${where} GROUP BY stream_id ${having}`;
  expect(() => prepare({ sources, feature: feature('entity: stream_id', sql) })).toThrow(message);
});
