/*---
entity: [buyer_id, seller_id]
description: What a buyer and a seller have with each other over 90 days, and whether the buyer follows.
owner: personalisation
every: 1 day
defaults: { orders_90d: 0, spent_90d: 0, follows: false }
---*/
WITH {{> priced_orders window="90 days"}},
bought AS (
  SELECT buyer_id, seller_id, COUNT(*) AS orders, SUM(amount) AS spent, MAX(ordered_at) AS last_order_at
  FROM priced_orders
  GROUP BY buyer_id, seller_id
),
followed AS (
  SELECT DISTINCT user_id AS buyer_id, seller_id
  FROM follows
)
SELECT
  buyer_id,
  seller_id,
  COALESCE(bought.orders, 0)                                        AS orders_90d,
  COALESCE(bought.spent, 0)                                         AS spent_90d,
  DATEDIFF(day, bought.last_order_at, as_of())                      AS days_since_last_order,
  followed.buyer_id IS NOT NULL                                     AS follows
FROM bought
FULL JOIN followed USING (buyer_id, seller_id)
