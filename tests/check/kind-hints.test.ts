/** Hints that say what to write, where a stranger was told something else. */
import { expect, test } from 'vitest';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { prepare } from '../support/forms.ts';

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

function warningsOf(given: Parameters<typeof prepare>[0]): readonly string[] {
  const { value } = readAuthored({
    files: [
      { path: 'transforms/sources.yml', text: given.sources },
      { path: 'transforms/features/f.sql', text: given.feature },
    ],
  });
  const [definition] = value?.features ?? [];
  if (value === undefined || definition === undefined) throw new Error('the feature cannot be read');
  return checkFeature(definition, value.catalog, '2026-01-01').diagnostics.map((d) => d.code);
}

test.for([
  ['clicked_at, click_id', false],
  ['clicked_at', true],
] as const)('SUM OVER (ORDER BY %s) warns of ties: %s', ([order, warns]) => {
  const sql = `WITH w AS (SELECT user_id, clicked_at, SUM(n) OVER (PARTITION BY user_id ORDER BY ${order}) AS s FROM clicks)
SELECT user_id, MAX(s) AS s FROM w GROUP BY user_id`;
  expect(warningsOf({ sources, feature: `/*---\nentity: user_id\n---*/\n${sql}\n` }).includes('frame-missing')).toBe(warns);
});
