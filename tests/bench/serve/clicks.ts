/** Generated clicks of one day, whose streams are liked very differently. */
import type { World } from './world.ts';

const streams = 20_000;
const day = 86_400_000_000n;

/** Between 0 and 1, the same for the same number. */
const spread = (i: number): number => ((i * 2_654_435_761) % 4_294_967_296) / 4_294_967_296;

/** The first stream has 3.7 % of all clicks, and half of them are those of an eighth of the streams. */
const skewed = (i: number): number => Math.floor(streams * spread(i) ** 3);

export const clicks: World = {
  source: 'clicks',
  sourcesYml: `streams:
  clicks:
    warehouse: raw.clicks
    topic: clicks
    key: click_id
    event_time: clicked_at
    lateness: 10 minutes
    columns:
      click_id: VARCHAR
      stream_id: NUMBER(38,0)
      user_id: NUMBER(38,0)
      price: NUMBER(12,2)
      clicked_at: { type: TIMESTAMP_NTZ, unit: us }
`,
  feature: (window) => `/*---
entity: stream_id
description: Clicks of a stream.
owner: bench
every: 1 hour
---*/
SELECT stream_id, COUNT(*) AS clicks, COUNT(DISTINCT user_id) AS users, SUM(price) AS spent, MAX(clicked_at) AS last_click
FROM clicks
WHERE clicked_at >= as_of() - INTERVAL '${window}'
GROUP BY stream_id
`,
  entity: (i) => ({ stream_id: skewed(i) }),
  message: (id, i, at) => ({ click_id: id, stream_id: skewed(i), user_id: (i * 7919) % 1_000_000, price: '9.99', clicked_at: at }),
  fill: (events, now) => [
    'SELECT setseed(0.5)',
    `INSERT INTO CLICKS
SELECT 'c' || i, CAST(floor(${streams} * power(random(), 3)) AS HUGEINT), CAST(floor(random() * 1000000) AS HUGEINT),
  CAST(random() * 100 AS DECIMAL(12, 2)), make_timestamp(${now - day} + (${day} * i) // ${events}), NULL, NULL, i, make_timestamp(${now - day} + (${day} * i) // ${events})
FROM range(${events}) AS all_of(i)`,
  ],
};
