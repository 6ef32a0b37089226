/*---
entity: []
description: The marketplace in one row - what goes on now and over the last hour.
owner: marketplace-analytics
every: 1 hour
consumers: operations_wallboard
waive:
  - { code: count-through-join, reason: the CTEs have one row each at any time }
---*/
WITH {{> priced_orders window="1 hour"}},
{{> present_viewers}},
live AS (
  SELECT COUNT(*) AS streams
  FROM streams
  WHERE started_at < as_of()
    AND (ended_at IS NULL OR ended_at >= as_of())
),
viewers AS (
  SELECT COUNT(DISTINCT user_id) AS viewers
  FROM present_viewers
),
sales AS (
  SELECT COUNT(*) AS orders, COALESCE(SUM(amount), 0) AS gmv, COUNT(DISTINCT buyer_id) AS buyers
  FROM priced_orders
)
SELECT
  live.streams                                AS live_streams,
  viewers.viewers                             AS viewers_now,
  sales.orders                                AS orders_1h,
  sales.gmv                                   AS gmv_1h,
  DIV0(sales.gmv, sales.buyers)               AS gmv_per_buyer_1h
FROM live
CROSS JOIN viewers
CROSS JOIN sales
