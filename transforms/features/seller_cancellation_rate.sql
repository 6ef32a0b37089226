/*---
entity: seller_id
description: The share of a seller's orders of the last 30 days that were called off, and by whom.
owner: trust-and-safety
every: 1 day
consumers: seller_standing
---*/
WITH called_off AS (
  SELECT order_id, BOOLOR_AGG(cancelled_by = 'seller') AS by_seller
  FROM cancellations
  WHERE {{> within time="cancelled_at" window="30 days"}}
  GROUP BY order_id
)
SELECT
  orders.seller_id,
  COUNT(*)                                                         AS orders_30d,
  COUNT(called_off.order_id)                                       AS cancelled_30d,
  COUNT_IF(called_off.by_seller)                                   AS cancelled_by_seller_30d,
  DIV0(COUNT(called_off.order_id), COUNT(*))                       AS cancellation_rate_30d
FROM orders
LEFT JOIN called_off ON called_off.order_id = orders.order_id
WHERE orders.ordered_at >= as_of() - INTERVAL '30 days'
GROUP BY orders.seller_id
