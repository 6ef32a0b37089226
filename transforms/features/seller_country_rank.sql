/*---
entity: seller_id
description: A seller's part of the gross merchandise value of the seller's country over 7 days, and the rank there.
owner: marketplace-analytics
every: 1 day
universe: sellers
defaults: { gmv_7d: 0, country_share_7d: 0 }
---*/
WITH {{> priced_orders window="7 days"}},
gmv AS (
  SELECT seller_id, SUM(amount) AS gmv
  FROM priced_orders
  GROUP BY seller_id
),
placed AS (
  SELECT
    sellers.seller_id,
    sellers.country,
    COALESCE(gmv.gmv, 0) AS gmv
  FROM sellers
  LEFT JOIN gmv ON gmv.seller_id = sellers.seller_id
)
SELECT
  seller_id,
  country,
  gmv                                                                       AS gmv_7d,
  DIV0(gmv, SUM(gmv) OVER (PARTITION BY country))                           AS country_share_7d,
  RANK() OVER (PARTITION BY country ORDER BY gmv DESC)                      AS country_rank_7d,
  COUNT(*) OVER (PARTITION BY country)                                      AS sellers_in_country
FROM placed
