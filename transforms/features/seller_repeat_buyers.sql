/*---
entity: seller_id
description: How many buyers of the last 30 days came back, and the share of orders that they placed.
owner: seller-tools
every: 1 day
defaults: { buyers_30d: 0, repeat_buyers_30d: 0 }
---*/
WITH buyers AS (
  SELECT seller_id, buyer_id, COUNT(*) AS orders
  FROM orders
  WHERE {{> within time="ordered_at" window="30 days"}}
    AND buyer_id IS NOT NULL
  GROUP BY seller_id, buyer_id
)
SELECT
  seller_id,
  COUNT(*)                                                           AS buyers_30d,
  COUNT_IF(orders > 1)                                               AS repeat_buyers_30d,
  DIV0(COUNT_IF(orders > 1), COUNT(*))                               AS repeat_share_30d,
  SUM(IFF(orders > 1, orders, 0)) / NULLIF(SUM(orders), 0)           AS repeat_order_share_30d
FROM buyers
GROUP BY seller_id
