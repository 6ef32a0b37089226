/** CONDITIONAL_CHANGE_EVENT counts where a value differs (<>) from the one before, as Snowflake's page defines it: NULL differs from nothing. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, chat, feature, sources } from './market.ts';

const sql = `WITH w AS (SELECT stream_id, sent_at, CONDITIONAL_CHANGE_EVENT(stars) OVER (PARTITION BY stream_id ORDER BY sent_at) AS n FROM chats)
SELECT stream_id, LISTAGG(n::VARCHAR, ',') WITHIN GROUP (ORDER BY sent_at) AS ns FROM w GROUP BY stream_id`;

test.for([
  // The page's own example: Alberta.
  [[0, 0, 13, 13, 14, 15, null], '0,0,1,1,2,3,3'],
  [[null, null, 1, 1, 2], '0,0,0,0,1'],
  [[1, null, 2, 1], '0,0,0,1'],
  [[1, null, 1], '0,0,0'],
] as const)('%j', async ([values, ns]) => {
  const events = { chats: values.map((stars, i) => chat(`c${i}`, 'a', 'u', at(-9 + i), { stars })) };
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', sql) }, [[{ stream_id: 'a', as_of: at(0) }, { ns }]]);
});
