/*---
entity: stream_id
description: Chats and bids of the last hour, each worth half as much every ten minutes. What the home feed sorts by.
owner: feed-ranking
every: 5 minutes
universe: streams
defaults: { hotness: 0 }
half_life_s: 600
consumers: home_feed_ranker
---*/
WITH signals AS (
  SELECT stream_id, sent_at AS happened_at, 1.0 AS weight
  FROM chats
  WHERE {{> within time="sent_at" window="1 hour"}}
  UNION ALL
  SELECT stream_id, bid_at, 3.0
  FROM bids
  WHERE {{> within time="bid_at" window="1 hour"}}
)
SELECT
  stream_id,
  SUM(weight * EXP(-0.693147 * DATEDIFF(second, happened_at, as_of()) / {{half_life_s}}))   AS hotness
FROM signals
GROUP BY stream_id
