/*---
entity: user_id
description: What a person did in 24 hours, over chat, bids, orders and follows, in one number for each kind.
owner: growth
every: 1 day
---*/
WITH actions AS (
  SELECT user_id, 'chat' AS kind, stream_id, sent_at AS acted_at FROM chats
  UNION ALL
  SELECT bidder_id, 'bid', stream_id, bid_at FROM bids
  UNION ALL
  SELECT buyer_id, 'order', stream_id, ordered_at FROM orders
  UNION ALL
  SELECT user_id, 'follow', stream_id, followed_at FROM follows
)
SELECT
  user_id,
  COUNT(*)                                                                AS actions_24h,
  COUNT(DISTINCT stream_id)                                               AS streams_24h,
  LISTAGG(DISTINCT kind, ' ') WITHIN GROUP (ORDER BY kind)                AS kinds_24h,
  COUNT_IF(kind = 'chat')                                                 AS chats_24h,
  COUNT_IF(kind = 'bid')                                                  AS bids_24h,
  COUNT_IF(kind = 'order')                                                AS orders_24h,
  MAX(acted_at)                                                           AS last_action_at
FROM actions
WHERE acted_at >= as_of() - INTERVAL '24 hours'
GROUP BY user_id
