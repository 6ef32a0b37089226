/*---
entity: stream_id
description: How many signed-in people watch a stream now, that is, sent a heartbeat in the last 90 seconds.
owner: feed-ranking
every: 5 minutes
universe: streams
consumers: home_feed_ranker
---*/
WITH {{> present_viewers}}
SELECT
  stream_id,
  COUNT(*) AS viewers_now
FROM present_viewers
GROUP BY stream_id
