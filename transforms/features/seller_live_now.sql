/*---
entity: seller_id
description: Whether a seller is live, in what category, for how long, and with how many viewers. The stream that began last, if there are several.
owner: feed-ranking
every: 5 minutes
universe: sellers
defaults: { is_live: false, viewers_now: 0 }
---*/
WITH {{> present_viewers}},
viewers AS (
  SELECT stream_id, COUNT(*) AS viewers
  FROM present_viewers
  GROUP BY stream_id
)
SELECT
  streams.seller_id,
  TRUE                                                     AS is_live,
  streams.category                                         AS live_category,
  DATEDIFF(minute, streams.started_at, as_of())            AS live_for_min,
  COALESCE(viewers.viewers, 0)                             AS viewers_now
FROM streams
LEFT JOIN viewers ON viewers.stream_id = streams.stream_id
WHERE streams.started_at < as_of()
  AND (streams.ended_at IS NULL OR streams.ended_at >= as_of())
QUALIFY ROW_NUMBER() OVER (PARTITION BY streams.seller_id ORDER BY streams.started_at DESC, streams.stream_id) = 1
