/*---
entity: [buyer_id, category]
description: What part of a buyer's spending of 90 days went into a category, and the category's rank for that buyer.
owner: personalisation
every: 1 day
defaults: { orders_90d: 0, spent_90d: 0, spending_share_90d: 0 }
consumers: [home_feed_ranker, listing_recommender]
---*/
WITH {{> priced_orders window="90 days"}},
spending AS (
  SELECT buyer_id, category, COUNT(*) AS orders, SUM(amount) AS spent
  FROM priced_orders
  GROUP BY buyer_id, category
)
SELECT
  buyer_id,
  category,
  orders                                                                  AS orders_90d,
  spent                                                                   AS spent_90d,
  DIV0(spent, SUM(spent) OVER (PARTITION BY buyer_id))                    AS spending_share_90d,
  RANK() OVER (PARTITION BY buyer_id ORDER BY spent DESC)                 AS category_rank_90d
FROM spending
