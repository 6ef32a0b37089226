/** Hints that say what to write, where a stranger was told something else. */
import { expect, test } from 'vitest';
import { prepare } from '../support/forms.ts';
import { check, text } from './checked.ts';

const sources = `streams:
  clicks:
    warehouse: raw.clicks
    key: click_id
    event_time: clicked_at
    columns: { click_id: VARCHAR, user_id: VARCHAR, campaign: VARCHAR, n: NUMBER(9,0), payload: VARIANT, clicked_at: TIMESTAMP_NTZ }
  orders:
    warehouse: raw.orders
    key: order_id
    event_time: ordered_at
    columns: { order_id: VARCHAR, user_id: VARCHAR, ordered_at: TIMESTAMP_NTZ }
`;

test.for([
  [
    'a VARIANT beside a text',
    "SELECT user_id, COUNT_IF(payload:meta.v = 'z') AS x FROM clicks GROUP BY user_id",
    /hint: say what is in the VARIANT: …::VARCHAR/,
  ],
  [
    'a VARIANT beside a number',
    'SELECT user_id, COUNT_IF(payload:meta.v > 2) AS x FROM clicks GROUP BY user_id',
    /hint: say what is in the VARIANT: …::NUMBER/,
  ],
  ['a number in quotes', "SELECT user_id, COUNT_IF(n = '1') AS x FROM clicks GROUP BY user_id", /hint: a number has no quotes: 1\n/],
  [
    'double quotes',
    'SELECT user_id, COUNT_IF(campaign = "A") AS x FROM clicks GROUP BY user_id',
    /hint: double quotes name a column; a text has single ones: 'A'/,
  ],
  [
    'an order that lacks one column of a key',
    `SELECT o.user_id, o.order_id, c.campaign FROM orders AS o JOIN clicks AS c ON c.user_id = o.user_id
QUALIFY ROW_NUMBER() OVER (PARTITION BY o.user_id ORDER BY c.clicked_at DESC, c.click_id DESC, o.order_id) = 1`,
    /hint: rows are unique by a key and its event time: add o\.ordered_at to the ORDER BY/,
  ],
] as const)('%s', ([, sql, hint]) => {
  expect(() => prepare({ sources, feature: `/*---\nentity: user_id\n---*/\n${sql}\n` })).toThrow(hint);
});

test.for([
  ['at, id', false],
  ['at', true],
] as const)('SUM OVER (ORDER BY %s) warns of ties: %s', async ([order, warns]) => {
  const sql = `WITH w AS (SELECT k, SUM(n) OVER (PARTITION BY k ORDER BY ${order}) AS s FROM e) SELECT k, MAX(s) AS s FROM w GROUP BY k`;
  const { said } = await check(text(sql));
  expect(said.map((d) => d.code).includes('frame-missing')).toBe(warns);
});
