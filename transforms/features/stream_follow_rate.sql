/*---
entity: stream_id
description: New followers per hundred viewers of a stream, over 24 hours.
owner: growth
every: 1 hour
defaults: { follows_24h: 0, viewers_24h: 0 }
---*/
WITH viewers AS (
  SELECT stream_id, COUNT(DISTINCT user_id) AS viewers
  FROM views
  WHERE {{> within time="watched_at" window="24 hours"}}
  GROUP BY stream_id
),
followers AS (
  SELECT stream_id, COUNT(DISTINCT user_id) AS followers
  FROM follows
  WHERE {{> within time="followed_at" window="24 hours"}}
  GROUP BY stream_id
)
SELECT
  COALESCE(viewers.stream_id, followers.stream_id)                 AS stream_id,
  COALESCE(viewers.viewers, 0)                                     AS viewers_24h,
  COALESCE(followers.followers, 0)                                 AS follows_24h,
  100 * followers.followers / NULLIF(viewers.viewers, 0)           AS follows_per_100_viewers
FROM viewers
FULL JOIN followers ON followers.stream_id = viewers.stream_id
